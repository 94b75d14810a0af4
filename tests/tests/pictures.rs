//! Pictures to convert: good ones of every format, and bad ones that cost nothing but themselves.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

/// Files that nothing can be made of, with what is said of them, in the order of their records.
pub(crate) const BAD: &[(&str, &str)] = &[
    ("bad/huge.png", "60000 by 60000 pixels"),
    ("bad/frames.gif", "more than 10000 pictures"),
    ("bad/circle.tif", "in a circle"),
    ("bad/cut.jpg", "cut off"),
    ("bad/label.jpg", "no format that can be converted"),
    ("bad/empty.jpg", "empty"),
    ("bad/drawing.svg", "no format that can be converted"),
];

/// How many good ones there are: `good/0.jpg` to `good/11.gif`, among them two that are not what they
/// look like, number 1 (a PNG) and number 6 (a page too).
pub(crate) const GOOD: usize = 12;

/// What makes a picture something else too: a page with a script, for whoever looks for one.
const POLYGLOT: &[u8] = b"<html><script>alert(1)</script></html>";

/// Puts them all into a folder, the records that name them into its `r.jsonl`, and a watermark into
/// `marks/logo.png`.
pub(crate) fn lay_out(folder: &Path) {
    for below in ["good", "bad", "marks"] {
        fs::create_dir_all(folder.join(below)).unwrap();
    }
    let mut records = String::new();
    let kinds = ["jpg", "png", "tif", "bmp", "webp", "gif"];
    for number in 0..GOOD {
        let name = format!("good/{number}.{}", kinds[number % kinds.len()]);
        let size = format!("{}x60", 80 + number);
        let colours = format!("gradient:red-#{number:02x}80ff");
        draw(&["-size", &size, &colours], &folder.join(&name));
        let name = name.replace("good/1.png", "good/1.jpg");
        writeln!(records, "{}", json!({"id": number, "file": name, "title": "Sea"})).unwrap();
        if let Some((name, _)) = BAD.get(number) {
            writeln!(records, "{}", json!({"id": number, "file": name})).unwrap();
        }
    }
    fs::write(folder.join("r.jsonl"), records).unwrap();
    fs::rename(folder.join("good/1.png"), folder.join("good/1.jpg")).unwrap();
    let whole = fs::read(folder.join("good/6.jpg")).unwrap();
    fs::write(folder.join("good/6.jpg"), [&whole, POLYGLOT].concat()).unwrap();

    let bad = |name: &str, bytes: &[u8]| fs::write(folder.join("bad").join(name), bytes).unwrap();
    let mut header = b"IHDR".to_vec();
    header.extend_from_slice(&60_000_u32.to_be_bytes().repeat(2));
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let sum = crc32fast::hash(&header).to_be_bytes();
    let pixels = b"\0\0\0\0IDAT\x35\xaf\x06\x1e";
    bad("huge.png", &[b"\x89PNG\r\n\x1a\n\0\0\0\x0d", &header[..], &sum, pixels].concat());
    let frame = b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    let screen = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff";
    bad("frames.gif", &[&screen[..], &frame.repeat(100_000), b";"].concat());
    bad("circle.tif", b"II*\0\x08\0\0\0\0\0\x08\0\0\0");
    bad("cut.jpg", &whole[..whole.len() / 2]);
    bad("label.jpg", b"no picture at all");
    bad("empty.jpg", b"");
    bad(
        "drawing.svg",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"file:///etc/passwd\"/></svg>",
    );
    draw(&["-size", "20x10", "xc:#ffffff80"], &folder.join("marks/logo.png"));
}

/// An export that makes small JPEGs of all of them, from the source `r`.
pub(crate) fn definition(batch_size: u64) -> Value {
    json!({
        "name": "Pictures",
        "batch_size": batch_size,
        "on_error": "warn",
        "outputs": [{"to": "p/", "from": "r", "assets": {
            "field": "file", "classes": ["image"], "name": "{id}.{_extension}", "convert": [{
                "format": "jpeg", "quality": "medium", "size": {"long_edge": 50}, "colour": "rgb",
                "watermark": {"image": "logo"},
                "metadata": {"title": ["xmp:dc:title", "iptc:ObjectName"]}}]}}],
    })
}

/// Makes a picture with ImageMagick.
pub(crate) fn draw(arguments: &[&str], file: &Path) {
    let mut program = Command::new("convert");
    // Pictures this small are not worth its threads.
    program.args(arguments).arg(file).env("MAGICK_THREAD_LIMIT", "1");
    let ended = program.output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "convert {arguments:?}: {said}");
}
