//! Every step, size, watermark, colour and format on every kind of file, against ImageMagick: turned by EXIF,
//! of 16 bits, of one, grey, seen through, of ink with a profile and without, with a palette, compressed in
//! each way, with loss and without.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::desk::{CMYK, Desk, SRGB, assert_alike, identified, laid_over, tool};
use super::formats::assert_in;

/// A kind of file: its name, what ImageMagick makes it with, and how far on average two readers of it may
/// be apart, of 255.
const KINDS: &[(&str, &[&str], f64)] = &[
    ("turned.jpg", &["-quality", "98"], 0.7),
    ("deep.png", &["-depth", "16"], 0.3),
    ("grey.png", &["-colorspace", "Gray"], 0.3),
    ("grey.jpg", &["-colorspace", "Gray", "-quality", "98"], 0.7),
    ("alpha.png", &["-alpha", "set", "-channel", "A", "-fx", "i/w", "+channel"], 0.3),
    (
        "alpha.tif",
        &["-alpha", "set", "-channel", "A", "-fx", "i/w", "+channel", "-compress", "LZW"],
        0.3,
    ),
    ("ink.jpg", &["-colorspace", "CMYK", "-quality", "98"], 0.9),
    ("ink.tif", &["-colorspace", "CMYK", "-compress", "RLE"], 0.5),
    ("deep-ink.tif", &["-colorspace", "CMYK", "-depth", "16"], 0.5),
    ("palette.png", &["+dither", "-colors", "40", "-type", "Palette"], 0.5),
    // Its palette has colours of 16 bits, which ImageMagick rounds up or down to 8: one apart at most.
    ("palette.tif", &["+dither", "-colors", "40", "-type", "Palette"], 1.0),
    ("few.tif", &["+dither", "-colors", "11", "-type", "Palette", "-endian", "MSB"], 1.0),
    ("deep.tif", &["-depth", "16", "-compress", "Zip"], 0.3),
    ("jpeg.tif", &["-compress", "JPEG", "-quality", "98"], 0.7),
    ("grey-jpeg.tif", &["-colorspace", "Gray", "-compress", "JPEG", "-quality", "98"], 0.7),
    ("ink-jpeg.tif", &["-colorspace", "CMYK", "-compress", "JPEG", "-quality", "98"], 0.9),
    ("bilevel.tif", &["-threshold", "50%", "-depth", "1", "-compress", "Zip"], 0.3),
    // White is 0 in it, and in the one before 1.
    ("fax.tif", &["-threshold", "50%", "-compress", "Group4"], 0.3),
    ("a.webp", &["-define", "webp:lossless=true"], 0.3),
    ("lossy.webp", &["-quality", "90"], 0.7),
    ("a.bmp", &[], 0.3),
    ("a.gif", &[], 0.3),
    ("profiled.jpg", &["-profile", SRGB, "-profile", CMYK, "-quality", "98"], 3.0),
    ("ycck.jpg", &["-colorspace", "CMYK"], 1.2),
    ("ycck-profiled.jpg", &["-profile", SRGB, "-profile", CMYK], 3.3),
];

/// A file of every kind.
struct Kinds {
    desk: Desk,
    files: Vec<Sample>,
}

/// A file of a kind.
struct Sample {
    path: PathBuf,
    most: f64,
    is_ink: bool,
}

impl Kinds {
    fn new() -> Self {
        let desk = Desk::new();
        let made = KINDS.iter().map(|&(name, arguments, most)| {
            let path = made(&desk, name, arguments);
            let is_ink = identified(&path).ends_with("CMYK");
            Sample { path, most, is_ink }
        });
        Self { files: made.collect(), desk }
    }

    /// That ImageMagick does the same to every kind of file, as it is seen on white, and that what is
    /// written is in the format and the colour space that were asked for; `more` is how much the two may
    /// differ in this besides.
    fn check(&self, asked: &Value, operations: &[&str], more: f64) {
        let mut asked = asked.clone();
        // Where no format is asked for, nothing is lost by what is written, and ink is seen.
        asked.as_object_mut().unwrap().entry("format").or_insert("png".into());
        let (format, colour) = (asked["format"].as_str().unwrap(), asked["colour"].as_str());
        for Sample { path, most, is_ink } in &self.files {
            let made = self.desk.convert(path, &asked);
            let white: &[&str] = &["-colorspace", "sRGB", "-background", "white", "-flatten"];
            let upright = [&["-auto-orient"], &seen_by(path)[..]].concat();
            let expected = [&upright[..], operations, white].concat();
            let spaces: &[&str] = match colour {
                Some("cmyk") => &["CMYK"],
                Some("grey") => &["Gray"],
                Some("rgb") => &["sRGB"],
                _ if *is_ink && matches!(format, "jpeg" | "tiff") => &["CMYK"],
                _ => &["sRGB", "Gray"],
            };
            // What was in CMYK of a profile is so still, or no longer has one.
            let own = if is_profiled(path) && spaces == ["CMYK"] {
                seen_by(path)
            } else {
                seen_by(&made)
            };
            let what = format!("{}, {asked}", path.display());
            let own = [&own[..], white].concat();
            let (both, said) = self.desk.seen_both([(path, &expected), (&made, &own)]);
            assert_in(format, &said, &what);
            assert!(spaces.iter().any(|space| said.ends_with(*space)), "{what}: {said}");
            let [expected, made] = both;
            assert_alike(&made, &expected, most + more, &what);
        }
    }
}

/// Whether a file is in CMYK of a profile.
fn is_profiled(file: &Path) -> bool {
    file.to_str().unwrap().ends_with("profiled.jpg")
}

/// What makes ImageMagick see the colours of a file as sRGB.
fn seen_by(file: &Path) -> [&'static str; 2] {
    if is_profiled(file) { ["-profile", SRGB] } else { ["-colorspace", "sRGB"] }
}

fn made(desk: &Desk, name: &str, arguments: &[&str]) -> PathBuf {
    if name.starts_with("ycck") {
        let profile = is_profiled(Path::new(name)).then_some(CMYK);
        return desk.ycck(&desk.picture("ink-for-ycck.tif", arguments), profile);
    }
    let file = desk.picture(name, arguments);
    if name == "turned.jpg" {
        let turn = ["-q", "-overwrite_original", "-Orientation#=6", file.to_str().unwrap()];
        tool("exiftool", &turn);
    }
    file
}

#[test]
fn steps_on_every_kind_of_file_are_those_of_imagemagick() {
    let kinds = Kinds::new();
    kinds.check(&json!({}), &[], 0.0);
    for (turn, degrees) in [(90, "90"), (180, "180"), (270, "270")] {
        kinds.check(&json!({"steps": [{"rotate": turn}]}), &["-rotate", degrees], 0.0);
    }
    kinds.check(&json!({"steps": [{"flip": "horizontal"}]}), &["-flop"], 0.0);
    kinds.check(&json!({"steps": [{"flip": "vertical"}]}), &["-flip"], 0.0);
    let crop = json!({"crop": {"left": 10, "top": 20, "width": 50, "height": 30}});
    kinds.check(&json!({"steps": [crop]}), &["-crop", "50x30+10+20", "+repage"], 0.0);
}

#[test]
fn sizes_of_every_kind_of_file_are_those_of_imagemagick() {
    let kinds = Kinds::new();
    let resized = |size: Value, geometry: &str| {
        kinds.check(&json!({"size": size}), &["-filter", "Catrom", "-resize", geometry], 0.7);
    };
    resized(json!({"long_edge": 60}), "60x60");
    // Upright or not: one is 119 by 83 pixels, the other 83 by 119.
    resized(json!({"short_edge": 40}), "40x40^");
    resized(json!({"width": 50}), "50x");
    resized(json!({"height": 20}), "x20");
    resized(json!({"contain": [80, 20]}), "80x20");
    let cover =
        ["-filter", "Catrom", "-resize", "40x40^", "-gravity", "center", "-extent", "40x40"];
    kinds.check(
        &json!({"size": {"cover": [40, 40]}}),
        &[&["-background", "none"], &cover[..]].concat(),
        2.7,
    );
    let larger = ["-filter", "Catrom", "-resize", "200x"];
    kinds.check(&json!({"size": {"width": 200}, "enlarge": true}), &larger, 0.7);
}

#[test]
fn colours_of_every_kind_of_file_are_those_of_imagemagick() {
    let kinds = Kinds::new();
    // Luma is rounded once more, after each colour was.
    kinds.check(&json!({"colour": "grey"}), &["-colorspace", "Gray"], 0.5);
    kinds.check(&json!({"colour": "rgb"}), &[], 0.0);
    // Plain ink is less fine than what it is made of, and rounded on the way back.
    kinds.check(&json!({"colour": "cmyk", "format": "tiff"}), &[], 1.0);
}

#[test]
fn every_kind_of_file_is_written_in_every_format() {
    let kinds = Kinds::new();
    // What even the best quality loses.
    kinds.check(&json!({"format": "jpeg", "quality": 100}), &[], 1.2);
    // What is seen through is rounded once more where it is laid on white.
    for (format, more) in [("tiff", 0.0), ("bmp", 0.2), ("webp", 0.0)] {
        kinds.check(&json!({"format": format}), &[], more);
    }
}

#[test]
fn watermarks_on_every_kind_of_file_are_those_of_imagemagick() {
    let kinds = Kinds::new();
    let mark = kinds.desk.path("mark.png");
    let mark = mark.to_str().unwrap();
    let square = ["-size", "40x20", "xc:#ff8000b0", mark];
    tool("convert", &square);
    for opacity in [100, 40] {
        let part = format!("{}", f64::from(opacity) / 100.0);
        let asked = json!({"mark": mark, "watermark":
            {"image": "logo", "position": "top_left", "opacity": opacity}});
        let laid = laid_over(mark, &part, ["northwest", "+1+1"]);
        kinds.check(&asked, &[&["-type", "TrueColorMatte"], &laid[..]].concat(), 0.3);
    }
}
