//! Every step, size and watermark on every kind of file, against ImageMagick: turned by EXIF, of 16 bits,
//! grey, seen through, of ink, with a palette.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::desk::{Desk, assert_alike, seen, tool};

/// A kind of file: its name, what ImageMagick makes it with, and how far on average two readers of it may
/// be apart, of 255.
const KINDS: &[(&str, &[&str], f64)] = &[
    ("turned.jpg", &["-quality", "98"], 0.7),
    ("deep.png", &["-depth", "16"], 0.3),
    ("grey.png", &["-colorspace", "Gray"], 0.3),
    ("grey.jpg", &["-colorspace", "Gray", "-quality", "98"], 0.7),
    ("alpha.png", &["-alpha", "set", "-channel", "A", "-fx", "i/w", "+channel"], 0.3),
    ("alpha.tif", &["-alpha", "set", "-channel", "A", "-fx", "i/w", "+channel"], 0.3),
    ("ink.jpg", &["-colorspace", "CMYK", "-quality", "98"], 0.9),
    ("ink.tif", &["-colorspace", "CMYK"], 0.5),
    ("palette.png", &["+dither", "-colors", "40", "-type", "Palette"], 0.5),
    // Its palette has colours of 16 bits, which ImageMagick rounds up or down to 8: one apart at most.
    ("palette.tif", &["+dither", "-colors", "40", "-type", "Palette"], 1.0),
    ("few.tif", &["+dither", "-colors", "11", "-type", "Palette", "-endian", "MSB"], 1.0),
    ("deep.tif", &["-depth", "16"], 0.3),
    ("a.webp", &["-define", "webp:lossless=true"], 0.3),
];

impl Desk {
    fn kind(&self, name: &str, arguments: &[&str]) -> PathBuf {
        let file = self.picture(name, arguments);
        if name.starts_with("turned") {
            let orientation =
                ["-q", "-overwrite_original", "-Orientation#=6", file.to_str().unwrap()];
            tool("exiftool", &orientation);
        }
        file
    }
}

/// That ImageMagick does the same to every kind of file, as it is seen on white; `more` is how much the
/// two may differ in this besides.
fn check(asked: &Value, operations: &[&str], more: f64) {
    let desk = Desk::new();
    let mut asked = asked.clone();
    // Nothing is lost by what is written, and ink is seen.
    asked["format"] = "png".into();
    for (name, arguments, most) in KINDS {
        let file = desk.kind(name, arguments);
        let made = desk.convert(&file, &asked);
        let white: &[&str] = &["-colorspace", "sRGB", "-background", "white", "-flatten"];
        let upright: &[&str] = &["-auto-orient", "-colorspace", "sRGB"];
        let expected = seen(&file, &[upright, operations, white].concat());
        assert_alike(&seen(&made, white), &expected, most + more, &format!("{name}, {asked}"));
    }
}

#[test]
fn steps_on_every_kind_of_file_are_those_of_imagemagick() {
    check(&json!({}), &[], 0.0);
    for (turn, degrees) in [(90, "90"), (180, "180"), (270, "270")] {
        check(&json!({"steps": [{"rotate": turn}]}), &["-rotate", degrees], 0.0);
    }
    check(&json!({"steps": [{"flip": "horizontal"}]}), &["-flop"], 0.0);
    check(&json!({"steps": [{"flip": "vertical"}]}), &["-flip"], 0.0);
    let crop = json!({"crop": {"left": 10, "top": 20, "width": 50, "height": 30}});
    check(&json!({"steps": [crop]}), &["-crop", "50x30+10+20", "+repage"], 0.0);
}

#[test]
fn sizes_of_every_kind_of_file_are_those_of_imagemagick() {
    let resized = |size: Value, geometry: &str| {
        check(&json!({"size": size}), &["-filter", "Catrom", "-resize", geometry], 0.7);
    };
    resized(json!({"long_edge": 60}), "60x60");
    // Upright or not: one is 119 by 83 pixels, the other 83 by 119.
    resized(json!({"short_edge": 40}), "40x40^");
    resized(json!({"width": 50}), "50x");
    resized(json!({"height": 20}), "x20");
    resized(json!({"contain": [80, 20]}), "80x20");
    let cover =
        ["-filter", "Catrom", "-resize", "40x40^", "-gravity", "center", "-extent", "40x40"];
    check(
        &json!({"size": {"cover": [40, 40]}}),
        &[&["-background", "none"], &cover[..]].concat(),
        2.7,
    );
    let larger = ["-filter", "Catrom", "-resize", "200x"];
    check(&json!({"size": {"width": 200}, "enlarge": true}), &larger, 0.7);
}

#[test]
fn watermarks_on_every_kind_of_file_are_those_of_imagemagick() {
    let desk = Desk::new();
    let mark = desk.path("mark.png");
    let mark = mark.to_str().unwrap();
    let square = ["-size", "40x20", "xc:#ff8000b0", mark];
    tool("convert", &square);
    for opacity in [100, 40] {
        let part = format!("{}", f64::from(opacity) / 100.0);
        let asked = json!({"mark": mark, "watermark":
            {"image": "logo", "position": "top_left", "opacity": opacity}});
        let operations = [
            "-type",
            "TrueColorMatte",
            "(",
            mark,
            "-channel",
            "A",
            "-evaluate",
            "multiply",
            &part,
            "+channel",
            ")",
            "-gravity",
            "northwest",
            "-geometry",
            "+1+1",
            "-composite",
        ];
        check(&asked, &operations, 0.3);
    }
}
