//! The texts in files, as ExifTool finds them.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::desk::{Desk, found, tool};

/// A picture with texts of all kinds, a place and a device.
fn told(desk: &Desk, name: &str) -> PathBuf {
    let file = desk.picture(name, &[]);
    let mut arguments = vec![
        "-q",
        "-overwrite_original",
        "-EXIF:ImageDescription=The moon",
        "-EXIF:Artist=Anna",
        "-EXIF:Model=Camera 1",
        "-EXIF:DateTimeOriginal=1969:07:20 20:17:40",
        "-EXIF:SerialNumber=77",
        "-EXIF:GPSLatitude=48.1",
        "-EXIF:GPSLatitudeRef=N",
        "-XMP-dc:Title=Moon",
        "-XMP-exif:GPSLatitude=48.1",
    ];
    if holds_iptc(name) {
        arguments.extend_from_slice(&[
            "-IPTC:Headline=Landed",
            "-IPTC:Keywords=sea",
            "-IPTC:Keywords=moon",
        ]);
    }
    arguments.push(file.to_str().unwrap());
    tool("exiftool", &arguments);
    file
}

/// Whether files of a name hold IPTC.
fn holds_iptc(name: &str) -> bool {
    matches!(name, "a.jpg" | "a.tif")
}

/// That of these tags exactly those are there that are expected, with these texts.
fn check(file: &Path, expected: &[(&str, Value)], missing: &[&str]) {
    let found = found(file);
    for (tag, text) in expected {
        assert_eq!(&found[tag], text, "{tag} in {found:#}");
    }
    for tag in missing {
        assert_eq!(found[tag], Value::Null, "{tag} in {found:#}");
    }
}

#[test]
fn texts_are_kept_removed_or_only_describe() {
    let desk = Desk::new();
    for name in ["a.jpg", "a.png", "a.webp", "a.tif"] {
        let file = told(&desk, name);
        let description = ("EXIF:ImageDescription", json!("The moon"));
        let artist = ("EXIF:Artist", json!("Anna"));
        let made = desk.convert(&file, &json!({"metadata": "keep"}));
        let title = ("XMP:Title", json!("Moon"));
        let mut kept = vec![description.clone(), artist.clone(), title];
        if name != "a.tif" {
            let model = ("EXIF:Model", json!("Camera 1"));
            let taken = ("EXIF:DateTimeOriginal", json!("1969:07:20 20:17:40"));
            kept.extend([model, taken, ("EXIF:GPSLatitudeRef", json!("North"))]);
        }
        let iptc = [("IPTC:Headline", json!("Landed")), ("IPTC:Keywords", json!(["sea", "moon"]))];
        let iptc = if holds_iptc(name) { &iptc[..] } else { &[] };
        kept.extend_from_slice(iptc);
        check(&made, &kept, &[]);
        let made = desk.convert(&file, &json!({}));
        let private =
            ["EXIF:Model", "EXIF:SerialNumber", "EXIF:GPSLatitude", "XMP:Title", "XMP:GPSLatitude"];
        check(&made, &[&[description, artist][..], iptc].concat(), &private);
        let made = desk.convert(&file, &json!({"metadata": "remove"}));
        let texts =
            ["EXIF:ImageDescription", "EXIF:Artist", "XMP:Title", "IPTC:Headline", "IPTC:Keywords"];
        check(&made, &[], &[&private[..], &texts].concat());
    }
}

#[test]
fn fields_of_the_record_are_written_to_the_tags_they_are_mapped_to() {
    let desk = Desk::new();
    let asked = |format: &str| {
        json!({"format": format, "metadata": {"title": "xmp:dc:title"}, "written": [
            ["xmp:dc:title", "Mond & Meer"], ["xmp:dc:subject", "[\"sea\", \"moon\"]"],
            ["xmp:dc:creator", "Änne"], ["xmp:photoshop:Credit", "Us"], ["xmp:dc:rights", ""],
            ["exif:Artist", "Änne"], ["exif:Copyright", "2026"],
            ["iptc:ObjectName", "Mond"], ["iptc:Keywords", "[\"sea\", \"moon\"]"]]})
    };
    let xmp = [
        ("XMP:Title", json!("Mond & Meer")),
        ("XMP:Subject", json!(["sea", "moon"])),
        ("XMP:Creator", json!(["Änne"])),
        ("XMP:Credit", json!("Us")),
    ];
    let file = told(&desk, "a.jpg");
    for format in ["jpeg", "png", "tiff", "webp"] {
        let made = desk.convert(&file, &asked(format));
        let gone = [
            "EXIF:ImageDescription",
            "EXIF:Model",
            "EXIF:GPSLatitude",
            "IPTC:Headline",
            "XMP:Rights",
        ];
        let mut written = xmp.to_vec();
        written.push(("EXIF:Copyright", json!(2026)));
        if matches!(format, "jpeg" | "tiff") {
            written.push(("IPTC:ObjectName", json!("Mond")));
            written.push(("IPTC:Keywords", json!(["sea", "moon"])));
        }
        check(&made, &written, &gone);
    }
    let made = desk.convert(&file, &asked("bmp"));
    check(&made, &[], &["XMP:Title", "EXIF:Artist"]);
}

#[test]
fn an_inch_has_as_many_pixels_as_is_asked_for_in_each_place_that_tells() {
    let desk = Desk::new();
    // Made by ExifTool, its EXIF says 72.
    let file = told(&desk, "a.jpg");
    for (format, places) in [
        ("jpeg", &[("JFIF:XResolution", 300), ("EXIF:YResolution", 300)][..]),
        ("tiff", &[("EXIF:XResolution", 300), ("EXIF:YResolution", 300)]),
        ("png", &[("PNG:PixelsPerUnitX", 11_811), ("EXIF:XResolution", 300)]),
        ("bmp", &[("File:PixelsPerMeterX", 11_811), ("File:PixelsPerMeterY", 11_811)]),
        ("webp", &[("EXIF:XResolution", 300), ("EXIF:YResolution", 300)]),
    ] {
        let made = desk.convert(&file, &json!({"format": format, "dpi": 300}));
        let expected: Vec<_> = places.iter().map(|(tag, dpi)| (*tag, json!(dpi))).collect();
        check(&made, &expected, &[]);
    }
    let made = desk.convert(&file, &json!({"format": "webp", "dpi": 300, "metadata": "remove"}));
    check(&made, &[("EXIF:XResolution", json!(300))], &["EXIF:Artist"]);
    let made = desk.convert(&file, &json!({"metadata": "remove"}));
    check(&made, &[], &["EXIF:XResolution"]);
}
