//! XML 1.0, as frames and records share it: characters, and the elements around all records.
//!
//! Markup is escaped, so is the carriage return, which readers would take for a line end. Control
//! characters, U+FFFE and U+FFFF are in no XML document, not even escaped: U+FFFD stands for them.

mod text;

use proto::definition::Options;

pub use self::text::{attribute, content};

/// What every document begins with.
pub const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// What a file of many records begins with.
pub fn open_root(options: &Options) -> Vec<u8> {
    let mut out = DECLARATION.as_bytes().to_vec();
    out.push(b'<');
    out.extend_from_slice(root(options).as_bytes());
    namespace(options, &mut out);
    out.extend_from_slice(b">\n");
    out
}

/// What a file of many records ends with.
pub fn close_root(options: &Options) -> Vec<u8> {
    format!("</{}>\n", root(options)).into_bytes()
}

/// Appends the namespace to the tag of an outermost element, where there is one.
pub fn namespace(options: &Options, out: &mut Vec<u8>) {
    if let Some(namespace) = &options.namespace {
        out.extend_from_slice(b" xmlns=\"");
        attribute(namespace, out);
        out.push(b'"');
    }
}

fn root(options: &Options) -> &str {
    options.root.as_deref().unwrap_or("records")
}
