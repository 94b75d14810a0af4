//! A page that lists the files of a run, with the pictures among them: made from the tree while it is
//! read, and kept nowhere, as the list of warnings is.
//!
//! It works from a disk, without a server and without scripts; whatever comes from a name is escaped.

use std::fmt::Write;
use std::sync::Arc;

use bytes::Bytes;
use fabric::store::{Store, StoreError};
use futures::stream::{self, BoxStream, StreamExt};
use proto::id::RunId;
use proto::plan::Plan;
use proto::tree::Tree;

use crate::file::File;
use crate::html::escape;
use crate::list::Whole;

/// What the page is called where no member is called so.
pub(super) const NAME: &str = "index.html";

/// How many files are written at a time.
const CHUNK: usize = 512;

/// What browsers show as a picture.
const PICTURES: [&str; 9] = ["apng", "avif", "bmp", "gif", "jpeg", "jpg", "png", "svg", "webp"];

const STYLE: &str = "body{font:16px/1.4 sans-serif;margin:2em;color:#222;background:#fff}\
table{border-collapse:collapse}td{border-top:1px solid #ccc;padding:.4em .8em;vertical-align:middle}\
td.n{text-align:right;white-space:nowrap}img{max-width:96px;max-height:96px;display:block}\
a{color:#0645ad;overflow-wrap:anywhere}\
@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8ab4f8}td{border-color:#444}}";

/// The page of a run whose tree is settled, in chunks.
pub fn page_of(
    store: &Arc<dyn Store>,
    run: RunId,
    plan: &Plan,
    tree: &Tree,
) -> BoxStream<'static, Result<Bytes, StoreError>> {
    let store = Arc::clone(store);
    page(&Arc::new(Whole { store, run, plan: plan.clone(), tree: tree.clone() }))
}

/// The same.
pub(super) fn page(whole: &Arc<Whole>) -> BoxStream<'static, Result<Bytes, StoreError>> {
    let (open, close) = (open(whole), Bytes::from_static(b"</table>\n</body>\n</html>\n"));
    let rows = whole.listed(None).chunks(CHUNK).map(|files| {
        let mut rows = String::new();
        for file in files {
            row(&file?, &mut rows);
        }
        Ok(Bytes::from(rows))
    });
    stream::iter([Ok(open)]).chain(rows).chain(stream::iter([Ok(close)])).boxed()
}

fn open(whole: &Whole) -> Bytes {
    let asked = whole.plan.definition.index.as_ref();
    let title = asked.and_then(|index| index.title.as_deref());
    let title = escaped(title.unwrap_or(&whole.plan.definition.name));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<table>\n"
    )
    .into()
}

fn row(file: &File, out: &mut String) {
    let (href, path) = (reference(&file.path), escaped(&file.path));
    let picture = if is_picture(&file.path) {
        format!("<a href=\"{href}\"><img src=\"{href}\" alt=\"\" loading=\"lazy\"></a>")
    } else {
        String::new()
    };
    writeln!(
        out,
        "<tr><td>{picture}</td><td><a href=\"{href}\">{path}</a></td><td class=\"n\">{}</td></tr>",
        size(file.size)
    )
    .expect("a string takes everything");
}

fn is_picture(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    PICTURES.iter().any(|picture| extension.eq_ignore_ascii_case(picture))
}

/// A path as a relative reference: its bytes in percent, but for those that mean nothing else.
fn reference(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            byte => write!(out, "%{byte:02X}").expect("a string takes everything"),
        }
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, &mut out);
    out
}

/// A length as people read it; whole numbers alone, so that it is the same everywhere.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut shown, mut unit) = (bytes, 0);
    while shown >= 10_240 && unit + 1 < UNITS.len() {
        shown = shown.div_ceil(1024);
        unit += 1;
    }
    format!("{shown} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_to_names() {
        assert_eq!(reference("a b/ä?#%\"<.png"), "a%20b/%C3%A4%3F%23%25%22%3C.png");
        assert_eq!(reference("javascript:x"), "javascript%3Ax");
        assert!(is_picture("a/B.JPG") && !is_picture("jpg") && !is_picture("a.html"));
    }

    #[test]
    fn lengths_are_rounded_up() {
        let shown = [0, 10_239, 10_240, 10_241, 1 << 40].map(size);
        assert_eq!(shown, ["0 B", "10239 B", "10 KiB", "11 KiB", "1024 GiB"]);
    }
}
