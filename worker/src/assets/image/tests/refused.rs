//! What cannot be converted, and what must not be tried.

use std::fs;

use serde_json::json;

use super::desk::{Desk, converted, tool};

/// That a file is refused, for a reason with these words.
fn check(input: &[u8], why: &str) {
    let refusal = converted(input, &json!({"format": "png"})).unwrap_err().why();
    assert!(refusal.contains(why), "{refusal:?} says nothing of {why:?}");
}

/// A PNG that claims a size, and has hardly any pixels.
fn huge_png() -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend_from_slice(&60_000_u32.to_be_bytes().repeat(2));
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let sum = crc32fast::hash(&header);
    let length = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    [length, header, sum.to_be_bytes().to_vec(), b"\0\0\0\0IDAT\x35\xaf\x06\x1e".to_vec()].concat()
}

#[test]
fn a_claim_of_too_many_pixels_is_refused_before_they_are_read() {
    check(&huge_png(), "60000 by 60000 pixels");
    let desk = Desk::new();
    for name in ["large.jpg", "large.tif", "large.bmp", "large.webp", "large.gif"] {
        let file = desk.path(name);
        tool("convert", &["-size", "1001x1000", "xc:red", file.to_str().unwrap()]);
        check(&fs::read(file).unwrap(), "1001 by 1000 pixels");
    }
}

#[test]
fn what_is_no_picture_is_refused() {
    check(b"", "empty");
    check(b"hello", "no format");
    check(
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"file:///etc/passwd\"/></svg>",
        "no format",
    );
    check(b"%PDF-1.7", "no format");
    check(b"\xff\xd8\xff\xe0", "cut off");
    check(b"GIF89a", "cannot be read");
    check(b"II*\0\x08\0\0\0\0\0\x08\0\0\0", "circle");
}

#[test]
fn kinds_of_tiff_that_are_not_read_are_refused() {
    let desk = Desk::new();
    let grey = ["-colorspace", "Gray"];
    let half = ["-alpha", "set", "-channel", "A", "-fx", "i/w", "+channel"];
    let half = [&grey[..], &half].concat();
    for (name, arguments) in [
        ("grey of 2 bits", &["-colorspace", "Gray", "-depth", "2"][..]),
        ("grey of 4 bits", &["-colorspace", "Gray", "-depth", "4"]),
        ("grey of 32 bits", &["-colorspace", "Gray", "-depth", "32"]),
        ("grey seen through", &half[..]),
        ("YCbCr", &["-colorspace", "YCbCr", "-compress", "JPEG"]),
        ("Lab", &["-colorspace", "Lab"]),
        ("ink seen through", &["-colorspace", "CMYK", "-alpha", "set"]),
        ("fax of group 3", &["-threshold", "50%", "-compress", "Fax"]),
        ("Zstandard", &["-compress", "ZSTD"]),
        ("WebP", &["-compress", "WebP"]),
    ] {
        let file = desk.picture("a.tif", arguments);
        let converted = converted(&fs::read(file).unwrap(), &json!({"format": "png"}));
        let refusal = converted.expect_err(name).why();
        assert!(refusal.contains("cannot be read"), "{name}: {refusal}");
    }
}

#[test]
fn what_is_cut_off_or_damaged_is_refused_and_never_worse() {
    let desk = Desk::new();
    for name in ["a.jpg", "a.png", "a.tif", "a.bmp", "a.gif", "a.webp"] {
        let whole = fs::read(desk.picture(name, &[])).unwrap();
        for part in [1, 2, 5, 9] {
            let cut = &whole[..whole.len() * part / 10];
            let refused = converted(cut, &json!({"format": "png"}));
            assert!(refused.is_err(), "{part} tenths of {name} are taken for a picture");
        }
        // A byte that is wrong may be seen or not; it must not do harm.
        for at in (0..whole.len()).step_by(whole.len() / 40) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            let done = std::panic::catch_unwind(|| converted(&damaged, &json!({"format": "png"})));
            assert!(done.is_ok(), "{name} with a wrong byte at {at}");
        }
    }
}

#[test]
fn the_same_picture_gives_the_same_bytes() {
    let desk = Desk::new();
    let file = fs::read(desk.picture("a.jpg", &["-quality", "90"])).unwrap();
    for format in ["jpeg", "png", "tiff", "bmp", "webp"] {
        let asked = json!({"format": format, "size": {"width": 50}});
        let (one, other) = (converted(&file, &asked).unwrap(), converted(&file, &asked).unwrap());
        assert_eq!(one.bytes, other.bytes, "{format}");
    }
}
