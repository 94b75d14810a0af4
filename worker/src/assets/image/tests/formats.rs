//! From every format into every format.

use serde_json::json;

use super::desk::{Desk, assert_alike, identified, seen, tool};

/// Every format that is written: its name, its extension, and what ImageMagick calls it.
const WRITTEN: &[(&str, &str, &str)] = &[
    ("jpeg", "jpg", "JPEG"),
    ("png", "png", "PNG"),
    ("tiff", "tif", "TIFF"),
    ("bmp", "bmp", "BMP3"),
    ("webp", "webp", "WEBP"),
];

/// That a file is in a format, by what ImageMagick says it is.
#[track_caller]
pub(super) fn assert_in(format: &str, said: &str, what: &str) {
    let (.., called) = WRITTEN.iter().find(|(name, ..)| *name == format).unwrap();
    assert!(said.starts_with(&called[..3]), "{what}: {said}");
}

#[test]
fn every_format_becomes_every_other() {
    let desk = Desk::new();
    for name in ["a.jpg", "a.png", "a.tif", "a.bmp", "a.webp", "a.gif"] {
        let file = desk.picture(name, &["-quality", "95"]);
        for &(format, extension, _) in WRITTEN {
            let made = desk.convert(&file, &json!({"format": format}));
            let what = format!("{name} as {format}");
            assert_eq!(made.extension().unwrap(), extension, "{what}");
            let told = identified(&made);
            assert_in(format, &told, &what);
            assert!(told.contains("119x83"), "{what}: {told}");
            // What JPEG loses at quality 95; the others lose nothing, but for how a JPEG is read.
            let most = match (format, name) {
                ("jpeg", _) => 1.5,
                (_, "a.jpg") => 0.5,
                _ => 0.0,
            };
            assert_alike(&seen(&made, &[]), &seen(&file, &[]), most, &what);
        }
    }
}

#[test]
fn a_format_that_is_kept_stays_and_a_gif_becomes_png() {
    let desk = Desk::new();
    for (name, expected) in [
        ("a.jpg", "jpg"),
        ("a.png", "png"),
        ("a.tif", "tif"),
        ("a.bmp", "bmp"),
        ("a.gif", "png"),
        ("a.webp", "webp"),
    ] {
        let made = desk.convert(&desk.picture(name, &[]), &json!({}));
        assert_eq!(made.extension().unwrap(), expected, "{name}");
    }
}

#[test]
fn of_several_pictures_the_first_is_taken() {
    let desk = Desk::new();
    for name in ["two.gif", "two.tif"] {
        let file = desk.path(name);
        let (first, second) = ("xc:#c01030", "xc:#102080");
        tool("convert", &["-size", "30x20", first, second, file.to_str().unwrap()]);
        let many = tool("identify", &["-format", "%n,", file.to_str().unwrap()]);
        assert_eq!(many, b"2,2,", "{name}");
        for format in ["keep", "png", "jpeg"] {
            let made = desk.convert(&file, &json!({"format": format}));
            let many = tool("identify", &["-format", "%n,", made.to_str().unwrap()]);
            assert_eq!(many, b"1,", "{name} as {format}");
            let expected = [0xc0, 0x10, 0x30].repeat(30 * 20);
            assert_alike(&seen(&made, &[]), &expected, 1.5, &format!("{name} as {format}"));
        }
    }
}

#[test]
fn what_a_file_is_counts_and_not_what_it_is_called() {
    let desk = Desk::new();
    let file = desk.picture("a.png", &[]);
    let lying = desk.path("a.jpg");
    std::fs::rename(&file, &lying).unwrap();
    assert_eq!(desk.convert(&lying, &json!({})).extension().unwrap(), "png");
}

#[test]
fn a_lower_quality_is_shorter_and_further_away() {
    let desk = Desk::new();
    let file = desk.picture("a.png", &[]);
    let mut before = u64::MAX;
    for (quality, most) in [
        (json!(100), 1.0),
        (json!("maximum"), 1.5),
        (json!("medium"), 3.0),
        (json!("small"), 4.5),
        (json!(5), 20.0),
    ] {
        let made = desk.convert(&file, &json!({"format": "jpeg", "quality": quality}));
        let len = std::fs::metadata(&made).unwrap().len();
        assert!(len < before, "{quality} has {len} bytes, the one before {before}");
        before = len;
        assert_alike(&seen(&made, &[]), &seen(&file, &[]), most, &quality.to_string());
    }
}

#[test]
fn grey_alpha_and_deep_pictures_are_read_right() {
    let desk = Desk::new();
    let half = ["-alpha", "set", "-channel", "A", "-evaluate", "set", "40%", "+channel"];
    let grey = ["-colorspace", "Gray"];
    for (name, arguments) in [
        ("grey.png", &grey[..]),
        ("grey.tif", &grey),
        ("grey.jpg", &grey),
        ("half.png", &half),
        ("half.webp", &half),
        ("half.tif", &half),
        ("deep.png", &["-depth", "16"]),
        ("deep.tif", &["-depth", "16"]),
        ("palette.png", &["-colors", "16", "-type", "Palette"]),
        ("progressive.jpg", &["-interlace", "Plane"]),
        ("halved.jpg", &["-sampling-factor", "2x2"]),
    ] {
        let file = desk.picture(name, arguments);
        let white = ["-background", "white", "-flatten", "-colorspace", "sRGB"];
        let expected = seen(&file, &white);
        let made = desk.convert(&file, &json!({"format": "png"}));
        assert_alike(&seen(&made, &white), &expected, 1.0, name);
        let made = desk.convert(&file, &json!({"format": "jpeg", "quality": 100}));
        assert_alike(&seen(&made, &["-colorspace", "sRGB"]), &expected, 1.5, name);
        let made = desk.convert(&file, &json!({"format": "tiff"}));
        assert_alike(&seen(&made, &white), &expected, 1.0, name);
    }
}
