//! Texts within files that go along: which of them can be changed, however large they are.

use std::fs;

use serde_json::{Value, json};

use super::super::desk::{Desk, below};
use super::super::tool::tool;
use super::files::{changed, files, number, of_changed};
use crate::pictures::draw;

/// A video has pictures among its versions; and of a file nobody may have said what it is.
#[tokio::test]
async fn texts_are_written_into_a_picture_whatever_its_file_is() {
    let versions = json!([
        {"type": "original", "metadata": "remove"},
        {"type": "version", "version": "preview", "metadata": {"bild.signatur": "xmp:dc:title"}},
    ]);
    for class in [Some("video"), None] {
        let desk = Desk::new();
        changed(&desk, |object| {
            if number(object) == 1042 {
                let file = object["bild"]["datei"][0].as_object_mut().unwrap();
                file.remove("class");
                for version in file["versions"].as_object_mut().unwrap().values_mut() {
                    version.as_object_mut().unwrap().remove("class");
                }
                if let Some(class) = class {
                    file.insert("class".to_owned(), class.into());
                    file["versions"]["preview"]["class"] = "image".into();
                }
            }
        });
        let asked = of_changed(
            &desk,
            &json!({"xml": true, "eas_fields": {"bild.datei": {"files": true}},
                "assets": {"900028": {"versions": versions}}, "classes": {"office": []},
                "filename_template": "%_asset.id%-%_asset.version%"}),
        );
        let ran = desk.define(&asked).done().await;
        let mut names = files(&ran);
        names.sort();
        assert_eq!(names, ["900028-original.png", "900028-preview.png"], "{class:?}");
        let paths = below(&ran.unpacked());
        let picture = paths.iter().find(|path| path.ends_with("900028-preview.png")).unwrap();
        let title =
            tool("exiftool", ["-s3".as_ref(), "-XMP-dc:Title".as_ref(), picture.as_os_str()]);
        assert_eq!(title, "HM 000/14\n", "{class:?}");
    }
}

/// A JPEG as long as is asked for, which is a small picture behind many remarks.
fn long_jpeg(desk: &Desk, most: usize) -> Vec<u8> {
    let small = desk.write("small.jpg", "");
    draw(&["-size", "64x48", "gradient:#102080-#ffd040"], &small);
    let small = fs::read(small).unwrap();
    let (mut long, remark) = (small[..2].to_vec(), vec![0x20; 65_533]);
    while long.len() < most {
        long.extend_from_slice(&[0xff, 0xfe, 0xff, 0xff]);
        long.extend_from_slice(&remark);
    }
    long.extend_from_slice(&small[2..]);
    long
}

/// A catalogue whose object 1042 has a TIFF and a JPEG of these lengths.
fn with_pictures(desk: &Desk, tiff: &str, jpeg_bytes: usize) {
    changed(desk, |object| {
        if number(object) == 1042 {
            for (file, name) in [(0, "picture.tif"), (1, "picture.jpg")] {
                let file = &mut object["bild"]["datei"][file];
                file["extension"] = name.split('.').next_back().into();
                let original = &mut file["versions"]["original"];
                original["extension"] = name.split('.').next_back().into();
                original["url"] = format!("files/{name}").into();
                original["download_url"] = original["url"].clone();
            }
        }
    });
    let path = desk.path("catalogue/files/picture.tif");
    let gradient = "gradient:#102080-#ffd040";
    draw(&["-size", tiff, gradient, "-depth", "8", "-compress", "none"], &path);
    desk.write("catalogue/files/picture.jpg", long_jpeg(desk, jpeg_bytes));
}

/// What of two objects goes along, the first's with a title in them.
fn titled() -> Value {
    let titled = json!({"versions": [
        {"type": "original", "metadata": {"bild.signatur": "xmp:dc:title"}}]});
    json!({"json": true, "search": {"search": [{"type": "in", "bool": "must",
            "fields": ["_system_object_id"], "in": [1042, 1046]}]},
        "eas_fields": {"bild.datei": {"files": true, "include_non_preferred": true}},
        "assets": {"900028": titled, "900029": titled}, "filename_template": "%_asset.id%"})
}

/// Where metadata written into large files damaged them elsewhere.
#[tokio::test]
async fn texts_are_written_into_large_pictures_in_bounded_memory() {
    let desk = Desk::new();
    let mut peaks = Vec::new();
    for (size, jpeg_bytes) in [("64x48", 1), ("5000x4700", 70 << 20)] {
        with_pictures(&desk, size, jpeg_bytes);
        let asked = of_changed(&desk, &titled());
        let (ran, peak) = desk.define(&asked).apart(size).start().measured().await;
        assert_eq!(ran.code, 0, "{}", ran.said);
        peaks.push(peak);
        let paths = below(&ran.unpacked());
        for (name, size) in [("900028.tif", size), ("900029.jpg", "64x48")] {
            let file = paths.iter().find(|path| path.ends_with(name)).unwrap();
            let said = tool("identify", ["-format".as_ref(), "%wx%h".as_ref(), file.as_os_str()]);
            assert_eq!(said, size, "{name}");
            let title =
                tool("exiftool", ["-s3".as_ref(), "-XMP-dc:Title".as_ref(), file.as_os_str()]);
            assert_eq!(title, "HM 000/14\n", "{name}");
        }
    }
    // Neither of the files is ever in memory as a whole, but in the process that converts them.
    assert!(peaks[1] < peaks[0] + (60 << 20), "{peaks:?}");
}

#[tokio::test]
async fn a_picture_that_is_too_large_for_texts_costs_itself_alone() {
    let desk = Desk::new();
    with_pictures(&desk, "64x48", 2 << 20);
    let mut asked = of_changed(&desk, &titled());
    asked["on_error"] = "warn".into();
    let config = "[images]\nmax_bytes = \"1MiB\"\n";
    let ran = desk.define(&asked).config(config).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    let mut names = files(&ran);
    names.sort();
    assert_eq!(names, ["900028.tif", "900030.png"]);
    let warnings = ran.text("warnings.jsonl");
    assert_eq!(warnings.lines().count(), 1, "{warnings}");
    for told in ["asset_unconvertible", "picture.jpg", "1048576 bytes"] {
        assert!(warnings.contains(told), "{told} is not in {warnings}");
    }
}
