//! Sizes, turns, cuts and watermarks.

use serde_json::{Value, json};

use super::super::Refusal;
use super::desk::{Desk, assert_alike, converted, identified, laid_over, seen, tool};

/// What ImageMagick does is what we do.
fn check(asked: &Value, operations: &[&str], most: f64) {
    let desk = Desk::new();
    let file = desk.picture("a.png", &[]);
    let made = desk.convert(&file, asked);
    assert_alike(&seen(&made, &[]), &seen(&file, operations), most, &asked.to_string());
}

#[test]
fn sizes_are_those_of_imagemagick() {
    let resized = |size: Value, geometry: &str| {
        let operations = ["-filter", "Catrom", "-resize", geometry];
        check(&json!({"size": size}), &operations, 1.0);
        check(&json!({"size": size, "enlarge": true}), &operations, 1.0);
    };
    resized(json!({"long_edge": 60}), "60x60");
    resized(json!({"short_edge": 40}), "x40");
    resized(json!({"width": 50}), "50x");
    resized(json!({"height": 20}), "x20");
    resized(json!({"contain": [80, 20]}), "80x20");
    check(
        &json!({"size": {"cover": [40, 40]}}),
        &["-filter", "Catrom", "-resize", "40x40^", "-gravity", "center", "-extent", "40x40"],
        3.0,
    );
    check(&json!({"size": {"width": 300}}), &[], 0.0);
    let larger = ["-filter", "Catrom", "-resize", "300x"];
    check(&json!({"size": {"width": 300}, "enlarge": true}), &larger, 1.0);
}

#[test]
fn alpha_and_ink_are_resized_too() {
    let desk = Desk::new();
    let half = ["-alpha", "set", "-channel", "A", "-fx", "i/w", "+channel"];
    let file = desk.picture("half.png", &half);
    let made = desk.convert(&file, &json!({"size": {"width": 40}}));
    let white = ["-background", "white", "-flatten"];
    let expected = ["-filter", "Catrom", "-resize", "40x", "-background", "white", "-flatten"];
    assert_alike(&seen(&made, &white), &seen(&file, &expected), 1.0, "alpha");
    let file = desk.picture("ink.tif", &["-colorspace", "CMYK"]);
    let made = desk.convert(&file, &json!({"size": {"width": 40}}));
    assert!(identified(&made).ends_with("CMYK"));
    let rgb = ["-colorspace", "sRGB"];
    let expected = ["-filter", "Catrom", "-resize", "40x", "-colorspace", "sRGB"];
    assert_alike(&seen(&made, &rgb), &seen(&file, &expected), 1.0, "ink");
}

#[test]
fn steps_are_done_in_the_order_given() {
    let crop = json!({"crop": {"left": 10, "top": 20, "width": 50, "height": 30}});
    let cropped = ["-crop", "50x30+10+20", "+repage"];
    check(&json!({"steps": [{"rotate": 90}]}), &["-rotate", "90"], 0.0);
    check(&json!({"steps": [{"rotate": 180}]}), &["-rotate", "180"], 0.0);
    check(&json!({"steps": [{"rotate": 270}]}), &["-rotate", "270"], 0.0);
    check(&json!({"steps": [{"flip": "horizontal"}]}), &["-flop"], 0.0);
    check(&json!({"steps": [{"flip": "vertical"}]}), &["-flip"], 0.0);
    check(
        &json!({"steps": [crop, {"rotate": 90}]}),
        &[&cropped[..], &["-rotate", "90"]].concat(),
        0.0,
    );
    check(
        &json!({"steps": [{"rotate": 90}, crop]}),
        &[&["-rotate", "90"], &cropped[..]].concat(),
        0.0,
    );
}

/// EXIF's orientations that need a change, and what ImageMagick calls them.
const ORIENTATIONS: [(u8, &str); 7] = [
    (2, "TopRight"),
    (3, "BottomRight"),
    (4, "BottomLeft"),
    (5, "LeftTop"),
    (6, "RightTop"),
    (7, "RightBottom"),
    (8, "LeftBottom"),
];

#[test]
fn pictures_are_made_upright_and_say_so() {
    let desk = Desk::new();
    for name in ["a.jpg", "a.png", "a.tif", "a.webp"] {
        let file = desk.picture(name, &["-quality", "98"]);
        for (orientation, called) in ORIENTATIONS {
            // Named, for ImageMagick does not look for it in PNG and WebP.
            let expected = seen(&file, &["-orient", called, "-auto-orient"]);
            let said = format!("-Orientation#={orientation}");
            tool("exiftool", &["-q", "-overwrite_original", &said, file.to_str().unwrap()]);
            let ways =
                if orientation == 6 { &["keep", "standard", "remove"][..] } else { &["keep"] };
            for metadata in ways {
                let asked = json!({"metadata": metadata, "size": {"long_edge": 119}});
                let made = desk.convert(&file, &asked);
                let what = format!("{name}, {orientation}, {metadata}");
                let upright: &[&str] = &["-auto-orient"];
                let (both, _) = desk.seen_both([(&made, &[]), (&made, upright)]);
                for seen in both {
                    assert_alike(&seen, &expected, 1.5, &what);
                }
            }
        }
    }
}

#[test]
fn a_watermark_lies_where_and_as_strong_as_it_is_asked_for() {
    let desk = Desk::new();
    let file = desk.picture("a.png", &[]);
    let mark = desk.path("mark.png");
    let mark = mark.to_str().unwrap();
    let circle =
        ["-size", "40x20", "xc:none", "-fill", "white", "-draw", "ellipse 20,10 18,8 0,360", mark];
    tool("convert", &circle);
    for (position, gravity, edge) in [
        ("top_left", "northwest", "+1+1"),
        ("top_right", "northeast", "+1+1"),
        ("centre", "center", "+0+0"),
        ("bottom_left", "southwest", "+1+1"),
        ("bottom_right", "southeast", "+1+1"),
    ] {
        for opacity in [100, 30] {
            let asked = json!({"mark": mark, "watermark":
                {"image": "logo", "position": position, "opacity": opacity}});
            let made = desk.convert(&file, &asked);
            let part = format!("{}", f64::from(opacity) / 100.0);
            let expected = laid_over(mark, &part, [gravity, edge]);
            assert_alike(&seen(&made, &[]), &seen(&file, &expected), 1.0, position);
        }
    }
    let asked =
        json!({"mark": mark, "watermark": {"image": "logo", "position": "centre", "scale": 50}});
    let (made, plain) = (desk.convert(&file, &asked), seen(&file, &[]));
    let changed = seen(&made, &[])
        .chunks_exact(3)
        .zip(plain.chunks_exact(3))
        .filter(|(one, other)| one != other)
        .count();
    // An ellipse in 59 by 29 pixels.
    assert!((1000..1700).contains(&changed), "{changed} pixels are changed");
}

#[test]
fn what_the_operator_provides_and_cannot_be_used_is_no_fault_of_an_image() {
    let desk = Desk::new();
    let file = std::fs::read(desk.picture("a.png", &[])).unwrap();
    let (broken, missing) = (desk.path("broken"), desk.path("missing"));
    std::fs::write(&broken, "no picture").unwrap();
    for own in [
        json!({"mark": broken, "watermark": {"image": "logo"}}),
        json!({"mark": missing, "watermark": {"image": "logo"}}),
        json!({"colour": "cmyk", "format": "tiff", "cmyk_profile": broken}),
        json!({"colour": "cmyk", "format": "tiff", "cmyk_profile": missing}),
    ] {
        let refusal = converted(&file, &own).unwrap_err();
        assert!(matches!(refusal, Refusal::Provided(_)), "{own}: {refusal:?}");
    }
}
