//! Custom versions of pictures, from documents of either product to files, as ImageMagick and ExifTool see these.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::super::desk::Desk;
use super::super::served::Served;
use super::super::tool::tool;
use super::files::{changed, number};
use crate::dialect::Guest;
use crate::pictures::draw;

/// A server over a catalogue whose object 1042 has a photograph of 400 by 300 with a red corner, 72 pixels an inch,
/// by Anna with Camera 1; and a white watermark.
pub(super) async fn served(desk: &Desk) -> Served {
    changed(desk, |object| {
        if number(object) == 1042 {
            let file = &mut object["bild"]["datei"][0];
            file["extension"] = "jpg".into();
            let original = &mut file["versions"]["original"];
            original["extension"] = "jpg".into();
            original["url"] = "files/photo.jpg".into();
            original["download_url"] = "files/photo.jpg".into();
        }
    });
    let photo = desk.path("catalogue/files/photo.jpg");
    let corner = ["-fill", "#c01030", "-draw", "rectangle 0,0 99,99"];
    let size = ["-size", "400x300", "gradient:#102080-#ffd040"];
    draw(&[&size[..], &corner, &["-quality", "98", "-density", "72"]].concat(), &photo);
    tool(
        "exiftool",
        [
            "-q".as_ref(),
            "-overwrite_original".as_ref(),
            "-EXIF:Artist=Anna".as_ref(),
            "-EXIF:Model=Camera 1".as_ref(),
            photo.as_os_str(),
        ],
    );
    let mark = desk.write("marks/stamp.png", "");
    draw(&["-size", "40x40", "xc:white"], &mark);
    Served::start(&format!(
        "[easydb]\nsource = \"museum\"\nwatermark = \"stamp\"\n\
         metadata = {{ 12 = {{ \"bild.signatur\" = \"xmp:dc:title\" }} }}\n\
         [images]\nwatermarks = \"{}\"\n\
         [sources.museum]\nkind = \"easydb\"\npath = \"{}\"\n",
        desk.path("marks").display(),
        desk.path("catalogue").display(),
    ))
    .await
}

/// The files that custom versions of the photograph come to, in the order of these.
async fn made(desk: &Desk, served: &Served, versions: &[Value]) -> Vec<PathBuf> {
    let versions: Vec<Value> = versions
        .iter()
        .map(|version| {
            let mut version = version.clone();
            version["type"] = "custom".into();
            version
        })
        .collect();
    let search = json!({"search": [{"type": "in", "bool": "must", "fields": ["_system_object_id"],
        "in": [1042]}]});
    let guest = Guest(served.api.clone());
    let path = guest
        .puts(&json!({"export": {"name": "custom", "search": search, "json": true,
            "eas_fields": {"bild.datei": {"files": true}},
            "assets": {"900028": {"versions": versions}}}}))
        .await;
    let shown = guest.sees_end(&path, 1).await;
    assert_eq!(shown["_state"], "done", "{shown:#}");
    let is_made = |file: &&Value| file["eas_id"] == 900_028;
    let mut files = Vec::new();
    for (nth, file) in shown["_files"].as_array().unwrap().iter().filter(is_made).enumerate() {
        let to = desk.path(&format!("made-{nth}"));
        let url = format!("{path}/{}", file["url"].as_str().unwrap());
        guest.0.download(&url, &to).await.unwrap();
        files.push(to);
    }
    assert_eq!(files.len(), versions.len(), "{shown:#}");
    files
}

/// What ImageMagick says of a file.
fn identified(format: &str, file: &Path) -> String {
    tool("identify", ["-format".as_ref(), format.as_ref(), file.as_os_str()])
}

/// What ExifTool finds under a tag.
fn told(tag: &str, file: &Path) -> String {
    tool("exiftool", ["-s3".as_ref(), tag.as_ref(), file.as_os_str()]).trim_end().to_owned()
}

#[tokio::test]
async fn custom_versions_come_out_as_documents_of_both_products_ask_for_them() {
    let desk = Desk::new();
    let served = served(&desk).await;
    let sized = |of: &str, edge: u32| json!({"format": "png", "size": "custom", "custom_size": of, "custom_size_pixel": edge});
    let both = |of: &str| {
        json!({"format": "png", "size": "custom", "custom_size": of, "custom_width_pixel": 100,
            "custom_height_pixel": 100})
    };
    let turned = |steps: Value| json!({"format": "png", "transform": steps});
    let cut = |left: u32, top: u32| json!({"left": left, "top": top, "width": 50, "height": 40});
    let corner = "%wx%h %[pixel:p{5,5}]";
    let cases = [
        (json!({}), "%m %wx%h %[colorspace]", "JPEG 400x300 sRGB"),
        (
            json!({"format": "keep", "size": "keep", "colorspace": "keep"}),
            "%m %wx%h",
            "JPEG 400x300",
        ),
        (json!({"format": "jpeg"}), "%m %Q", "JPEG 95"),
        (json!({"format": "tiff"}), "%m %wx%h", "TIFF 400x300"),
        (json!({"format": "png"}), "%m %wx%h", "PNG 400x300"),
        (json!({"format": "bmp"}), "%wx%h %m", "400x300 BMP"),
        (json!({"format": "jpeg", "jpeg_quality": "maximum"}), "%Q", "95"),
        (json!({"format": "jpeg", "jpeg_quality": "medium"}), "%Q", "80"),
        (json!({"format": "jpeg", "jpeg_quality": "small"}), "%Q", "50"),
        (json!({"format": "jpeg", "quality": "low"}), "%Q", "50"),
        (json!({"format": "jpeg", "quality": "medium"}), "%Q", "75"),
        (json!({"format": "jpeg", "quality": "high"}), "%Q", "85"),
        (json!({"format": "jpeg", "quality": "maximum"}), "%Q", "100"),
        (json!({"format": "jpeg", "quality": "37"}), "%Q", "37"),
        (json!({"colorspace": "rgb"}), "%[colorspace]", "sRGB"),
        (json!({"colorspace": "gray"}), "%[colorspace]", "Gray"),
        (json!({"colorspace": "cmyk"}), "%[colorspace]", "CMYK"),
        (json!({"colorprofile": "sRGB"}), "%[colorspace]", "sRGB"),
        (sized("dimension_max", 200), "%wx%h", "200x150"),
        (sized("dimension_min", 150), "%wx%h", "200x150"),
        (sized("width", 100), "%wx%h", "100x75"),
        (sized("height", 30), "%wx%h", "40x30"),
        (both("cover"), "%wx%h", "100x100"),
        (both("contain"), "%wx%h", "100x75"),
        (turned(json!([{"rotate-z": 90}])), "%wx%h %[pixel:p{295,5}]", "300x400 srgb(19"),
        (turned(json!([{"rotate-y": 180}])), "%wx%h %[pixel:p{395,5}]", "400x300 srgb(19"),
        (turned(json!([{"rotate-x": 180}])), "%wx%h %[pixel:p{5,295}]", "400x300 srgb(19"),
        (turned(json!([{"crop": cut(0, 0)}])), corner, "50x40 srgb(19"),
        (turned(json!([{"crop": cut(0, 0)}, {"rotate-z": 270}])), "%wx%h", "40x50"),
        // fylr's are done in an order of their own: turned first, the corner lies at the right.
        (turned(json!({"crop": cut(250, 0), "rotate-z": 90})), corner, "50x40 srgb(19"),
        (json!({"format": "jpeg", "dpi": 300}), "%x", "300"),
        (json!({"format": "tiff", "dpi": 600}), "%x", "600"),
    ];
    let asked: Vec<Value> = cases.iter().map(|(version, ..)| version.clone()).collect();
    let files = made(&desk, &served, &asked).await;
    for (file, (version, format, expected)) in files.iter().zip(&cases) {
        let said = identified(format, file);
        assert!(said.starts_with(expected), "{version}: {said} is not {expected}");
    }
}

#[tokio::test]
async fn watermarks_and_texts_of_custom_versions_are_those_that_are_asked_for() {
    let desk = Desk::new();
    let served = served(&desk).await;
    let asked = [
        json!({"format": "png"}),
        json!({"format": "png", "watermark": true}),
        json!({"format": "png", "watermark": false}),
        json!({"metadata": "keep"}),
        json!({"metadata": "remove"}),
        json!({"metadata": "standard"}),
        json!({"metadata": 12}),
    ];
    let files = made(&desk, &served, &asked).await;
    let pixels = |nth: usize| identified("%#", &files[nth]);
    assert!(pixels(0) != pixels(1) && pixels(0) == pixels(2), "the watermark is not seen");
    for (nth, artist, model, title) in [
        (3, "Anna", "Camera 1", ""),
        (4, "", "", ""),
        (5, "Anna", "", ""),
        (6, "", "", "HM 000/14"),
    ] {
        let file = files[nth].as_path();
        let found =
            [told("-EXIF:Artist", file), told("-EXIF:Model", file), told("-XMP-dc:Title", file)];
        assert_eq!(found, [artist, model, title], "{}", asked[nth]);
    }
}

/// What has no effect is named in the log of the export, which goes on without it.
#[tokio::test]
async fn what_cannot_be_meant_is_refused_or_named_in_the_log() {
    let desk = Desk::new();
    let served = served(&desk).await;
    let guest = Guest(served.api.clone());
    let document = |version: Value| {
        json!({"export": {"name": version.to_string(), "search": {}, "json": true,
            "file_url_expire_days": 30, "classes": {"image": [version]}}})
    };
    let preset = document(json!({"type": "custom", "custom_version_preset": "web"}));
    let refused = guest.0.put("/api/v1/export", &preset).await.unwrap();
    assert_eq!(refused.status, 400, "{:#}", refused.body);
    assert!(refused.body.to_string().contains("custom_version_preset"), "{:#}", refused.body);
    let told = json!({"type": "custom", "format": "png", "custom_version_preset": "web",
        "colorprofile": "AdobeRGB1998"});
    let path = guest.puts(&document(told)).await;
    let log = guest.sees_end(&path, 1).await["_log"].to_string();
    for place in [
        "export.file_url_expire_days",
        "export.classes.image.0.custom_version_preset",
        "export.classes.image.0.colorprofile",
    ] {
        assert!(log.contains(place), "{place} is not in {log}");
    }
}
