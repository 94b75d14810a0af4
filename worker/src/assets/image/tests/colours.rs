//! Colour spaces, with profiles and without.

use std::fs;
use std::path::{Path, PathBuf};

use jpeg_encoder::{ColorType, Encoder};
use serde_json::json;

use super::desk::{CMYK, Desk, GREY, SRGB, assert_alike, found, identified, seen, tool};

/// The files that ink may be in: their extension, and the bits that they have for each channel.
const INKED: [(&str, &str); 3] = [("jpg", "8"), ("tif", "8"), ("tif", "16")];

/// The picture in CMYK of the profile, and in plain ink without one.
fn inked(desk: &Desk, (extension, bits): (&str, &str)) -> [PathBuf; 2] {
    let profiled = ["-profile", SRGB, "-profile", CMYK, "-quality", "98", "-depth", bits];
    let plain = ["-colorspace", "CMYK", "+profile", "icc", "-quality", "98", "-depth", bits];
    [("profiled", &profiled[..]), ("plain", &plain[..])]
        .map(|(name, arguments)| desk.picture(&format!("{name}-{bits}.{extension}"), arguments))
}

#[test]
fn cmyk_is_seen_as_its_profile_says() {
    let desk = Desk::new();
    for kind in INKED {
        let [profiled, _] = inked(&desk, kind);
        let ycck = desk.ycck(&profiled, Some(CMYK));
        for file in [profiled, ycck] {
            let expected = seen(&file, &["-profile", SRGB]);
            for format in ["png", "jpeg"] {
                let made = desk.convert(&file, &json!({"format": format, "colour": "rgb"}));
                let what = format!("{} as {format}", file.display());
                assert_alike(&seen(&made, &[]), &expected, 3.0, &what);
            }
        }
    }
}

#[test]
fn cmyk_without_a_profile_is_plain_ink_or_that_of_the_operators_profile() {
    let desk = Desk::new();
    for kind in INKED {
        let [_, plain] = inked(&desk, kind);
        let ycck = desk.ycck(&plain, None);
        for file in [plain, ycck] {
            let what = file.display().to_string();
            let made = desk.convert(&file, &json!({"format": "png"}));
            assert_alike(&seen(&made, &[]), &seen(&file, &["-colorspace", "sRGB"]), 2.0, &what);
            let made = desk.convert(&file, &json!({"format": "png", "cmyk_profile": CMYK}));
            let expected = seen(&file, &["-profile", CMYK, "-profile", SRGB]);
            assert_alike(&seen(&made, &[]), &expected, 3.0, &what);
        }
    }
}

#[test]
fn cmyk_that_is_kept_stays_with_its_profile() {
    let desk = Desk::new();
    let mut files = Vec::new();
    for kind in INKED {
        files.extend(inked(&desk, kind).map(|file| (file, 2.5)));
    }
    // Readers of YCCK are farther apart than those of ink as it is.
    for (file, profile) in [(files[0].0.clone(), Some(CMYK)), (files[1].0.clone(), None)] {
        files.push((desk.ycck(&file, profile), 3.0));
    }
    let profile = |file: &Path| tool("exiftool", &["-b", "-icc_profile", file.to_str().unwrap()]);
    for (file, most) in files {
        let own = profile(&file);
        let see = if own.is_empty() { ["-colorspace", "sRGB"] } else { ["-profile", SRGB] };
        let expected = seen(&file, &see);
        for format in ["jpeg", "tiff"] {
            let made = desk.convert(&file, &json!({"format": format, "quality": null}));
            let what = format!("{} as {format}", file.display());
            assert!(identified(&made).ends_with("CMYK"), "{what}: {}", identified(&made));
            assert_eq!(profile(&made), own, "{what}");
            assert_alike(&seen(&made, &see), &expected, most, &what);
        }
    }
}

#[test]
fn colours_become_ink_with_and_without_a_profile() {
    let desk = Desk::new();
    let file = desk.picture("a.png", &[]);
    for format in ["jpeg", "tiff"] {
        let made = desk.convert(&file, &json!({"format": format, "colour": "cmyk"}));
        assert!(identified(&made).ends_with("CMYK"), "{}", identified(&made));
        let back = seen(&made, &["-colorspace", "sRGB"]);
        assert_alike(&back, &seen(&file, &[]), 2.0, format);
        let asked = json!({"format": format, "colour": "cmyk", "cmyk_profile": CMYK});
        let made = desk.convert(&file, &asked);
        let expected = desk.picture("expected.tif", &["-profile", SRGB, "-profile", CMYK]);
        let (back, expected) =
            (seen(&made, &["-profile", SRGB]), seen(&expected, &["-profile", SRGB]));
        assert_alike(&back, &expected, 4.0, format);
    }
}

#[test]
fn ink_without_a_profile_stays_and_gets_the_operators() {
    let desk = Desk::new();
    let [_, plain] = inked(&desk, ("tif", "8"));
    let made = desk.convert(&plain, &json!({"colour": "cmyk", "cmyk_profile": CMYK}));
    let ink = |file: &Path| tool("convert", &[file.to_str().unwrap(), "-depth", "8", "cmyk:-"]);
    assert_eq!(ink(&made), ink(&plain));
    let profile = tool("exiftool", &["-b", "-icc_profile", made.to_str().unwrap()]);
    assert_eq!(profile, fs::read(CMYK).unwrap());
}

#[test]
fn what_holds_no_ink_and_stays_what_it_is_loses_nothing_to_it() {
    let desk = Desk::new();
    let half = ["-alpha", "set", "-channel", "A", "-fx", "i/w", "+channel"];
    let lossless = ["-define", "webp:lossless=true"];
    let pixels = |file: &Path| tool("convert", &[file.to_str().unwrap(), "-depth", "8", "rgba:-"]);
    for (name, arguments) in [
        ("half.png", &half[..]),
        ("a.png", &[]),
        ("a.gif", &[]),
        ("a.bmp", &[]),
        ("a.webp", &lossless),
        ("half.webp", &[&half[..], &lossless].concat()),
    ] {
        let file = desk.picture(name, arguments);
        for asked in [json!({"colour": "cmyk"}), json!({"colour": "cmyk", "cmyk_profile": CMYK})] {
            let made = desk.convert(&file, &asked);
            let what = format!("{name}, {asked}: {}", identified(&made));
            assert!(identified(&made).ends_with("sRGB"), "{what}");
            assert_alike(&pixels(&made), &pixels(&file), 0.0, &what);
        }
    }
}

#[test]
fn grey_is_the_luma_of_what_is_seen() {
    let desk = Desk::new();
    let [_, plain] = inked(&desk, ("jpg", "8"));
    for (file, most) in [(desk.picture("a.png", &[]), 0.6), (plain, 2.0)] {
        let made = desk.convert(&file, &json!({"format": "png", "colour": "grey"}));
        assert!(identified(&made).ends_with("Gray"), "{}", identified(&made));
        let expected = seen(&file, &["-colorspace", "sRGB", "-colorspace", "Gray"]);
        assert_alike(&seen(&made, &[]), &expected, most, "grey");
    }
}

#[test]
fn grey_is_seen_as_its_own_profile_says() {
    let desk = Desk::new();
    let grey = ["-colorspace", "Gray", "-profile", GREY, "-quality", "98"];
    let half = ["-alpha", "set", "-channel", "A", "-fx", "i/w", "+channel"];
    let half = [&grey[..], &half].concat();
    let white = ["-profile", SRGB, "-background", "white", "-flatten"];
    for (name, arguments, most) in [
        ("grey.jpg", &grey[..], 1.0),
        ("grey.png", &grey, 0.6),
        ("grey.tif", &grey, 0.6),
        ("half.png", &half, 0.6),
    ] {
        let file = desk.picture(name, arguments);
        let expected = seen(&file, &white);
        let darker = seen(&file, &white[2..]);
        assert!(
            darker.iter().zip(&expected).any(|(one, other)| one.saturating_add(5) < *other),
            "{name}"
        );
        for asked in [
            json!({"format": "png", "colour": "rgb"}),
            json!({"format": "png", "colour": "grey"}),
            // Kept with its profile, and converted where it cannot stay.
            json!({"format": "png"}),
            json!({"format": "tiff"}),
            json!({"format": "webp"}),
            json!({"format": "bmp"}),
        ] {
            let made = desk.convert(&file, &asked);
            assert_alike(&seen(&made, &white), &expected, most, &format!("{name}, {asked}"));
        }
        for (format, tag, three) in
            [("jpeg", "File:ColorComponents", json!(3)), ("bmp", "File:BitDepth", json!(24))]
        {
            let made = desk.convert(&file, &json!({"format": format, "colour": "rgb"}));
            assert_eq!(found(&made)[tag], three, "{name} as {format}");
        }
    }
}

#[test]
fn a_profile_of_other_colours_is_kept_or_converted() {
    const OTHER: &str = "/usr/share/color/icc/ghostscript/a98.icc";
    let desk = Desk::new();
    for extension in ["jpg", "png", "tif", "webp"] {
        let arguments = ["-profile", SRGB, "-profile", OTHER, "-quality", "98"];
        let file = desk.picture(&format!("a.{extension}"), &arguments);
        let expected = seen(&file, &["-profile", SRGB]);
        let kept = desk.convert(&file, &json!({}));
        assert_alike(&seen(&kept, &["-profile", SRGB]), &expected, 2.0, extension);
        let made = desk.convert(&file, &json!({"format": "png", "colour": "rgb"}));
        assert_alike(&seen(&made, &[]), &expected, 2.0, extension);
        let made = desk.convert(&file, &json!({"format": "bmp"}));
        assert_alike(&seen(&made, &[]), &expected, 2.0, extension);
    }
}

#[test]
fn a_jpeg_of_plain_red_green_and_blue_is_read_as_such() {
    let desk = Desk::new();
    let expected = seen(&desk.picture("a.png", &[]), &[]);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 100);
    encoder.add_app_segment(14, b"Adobe\0\x64\0\0\0\0\0".to_vec()).unwrap();
    encoder.encode(&expected, 119, 83, ColorType::Ycbcr).unwrap();
    // Without the segment of JFIF, which stands first and says that colours are YCbCr.
    bytes.drain(2..20);
    let file = desk.path("plain.jpg");
    fs::write(&file, bytes).unwrap();
    let made = desk.convert(&file, &json!({"format": "png"}));
    assert_alike(&seen(&made, &[]), &expected, 1.0, "ours");
    assert_alike(&seen(&file, &[]), &expected, 1.0, "ImageMagick's");
}
