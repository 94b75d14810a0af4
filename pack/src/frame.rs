//! What stands around and between the shares of a member that spans batches.
//!
//! A batch does not know whether the batches before it had rows, so it writes its own records alone;
//! whoever joins the shares puts these texts between those that are not empty, as
//! [`stored_block`](crate::deflate::stored_block)s. Pure functions of the definition, so that worker
//! and agent need not tell each other.

use std::fmt::Write;

use proto::definition::{Format, JsonLayout, Options};

use crate::csv_field::CsvFields;
use crate::xml;

/// What a spreadsheet takes as a sign of UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// The texts around a file's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Before the first share, also where there are no records.
    pub open: Vec<u8>,
    /// Between two shares that are both not empty.
    pub separator: Vec<u8>,
    /// After the last share.
    pub close: Vec<u8>,
}

impl Frame {
    /// Nothing at all.
    pub const EMPTY: Self = Self { open: Vec::new(), separator: Vec::new(), close: Vec::new() };
}

/// The frame of a file with these columns; formats without a header do not look at the columns.
pub fn frame(format: Format, options: &Options, columns: &[String]) -> Frame {
    match format {
        Format::Csv => Frame { open: csv_header(options, columns), ..Frame::EMPTY },
        Format::Json => json(options),
        Format::Yolo => Frame { open: yolo_names(options), ..Frame::EMPTY },
        Format::Jsonl
        | Format::Xlsx
        | Format::Parquet
        | Format::Fasta
        | Format::Coco
        | Format::Voc
        | Format::Cvat
        | Format::Upd => Frame::EMPTY,
        Format::Xml => Frame {
            open: xml::open_root(options),
            separator: Vec::new(),
            close: xml::close_root(options),
        },
    }
}

fn json(options: &Options) -> Frame {
    let [open, separator, close]: [&[u8]; 3] = match options.layout {
        None => [b"[\n", b",\n", b"\n]\n"],
        // The elements themselves are indented.
        Some(JsonLayout::Pretty) => [b"[\n", b",\n", b"\n]\n"],
        Some(JsonLayout::Compact) => [b"[", b",", b"]\n"],
    };
    Frame { open: open.to_vec(), separator: separator.to_vec(), close: close.to_vec() }
}

/// The file that trainers of YOLO read first: where pictures are, and what the numbers stand for.
fn yolo_names(options: &Options) -> Vec<u8> {
    let Some(dataset) = &options.dataset else { return Vec::new() };
    let quoted = |text: &str| serde_json::to_string(text).expect("texts are JSON");
    let folder = dataset.folder.as_deref().unwrap_or_default().trim_end_matches('/');
    let folder = quoted(if folder.is_empty() { "." } else { folder });
    let mut out = format!("path: .\ntrain: {folder}\nval: {folder}\nnames:\n");
    for (number, name) in dataset.categories.iter().enumerate() {
        // A text of JSON is one of YAML too.
        writeln!(out, "  {number}: {}", quoted(name)).expect("a string takes everything");
    }
    out.into_bytes()
}

fn csv_header(options: &Options, columns: &[String]) -> Vec<u8> {
    let mut out = Vec::new();
    if options.bom == Some(true) {
        out.extend_from_slice(BYTE_ORDER_MARK);
    }
    if columns.is_empty() || options.header == Some(false) {
        // Of a table over nothing: a lone pair of quotes would be a column without a name.
        return out;
    }
    let (fields, start) = (CsvFields::new(options), out.len());
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            fields.delimiter(&mut out);
        }
        fields.text(column, &mut out);
    }
    fields.end_row(start, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: Format, options: &Options, expected: [&str; 3]) {
        let frame = frame(format, options, &["id".to_owned(), "a,b".to_owned(), "=x".to_owned()]);
        let found = [&frame.open, &frame.separator, &frame.close]
            .map(|text| std::str::from_utf8(text).unwrap());
        assert_eq!(found, expected);
    }

    #[test]
    fn each_format_has_its_frame() {
        let options = Options::default();
        check(Format::Csv, &options, ["id,\"a,b\",=x\r\n", "", ""]);
        check(Format::Json, &options, ["[\n", ",\n", "\n]\n"]);
        check(Format::Jsonl, &options, ["", "", ""]);
        let open = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<records>\n";
        check(Format::Xml, &options, [open, "", "</records>\n"]);
    }

    #[test]
    fn a_header_follows_the_options() {
        let options =
            Options { bom: Some(true), spreadsheet_safe: Some(true), ..Options::default() };
        check(Format::Csv, &options, ["\u{FEFF}id,\"a,b\",\"'=x\"\r\n", "", ""]);
        let bare = Options { bom: Some(true), header: Some(false), ..Options::default() };
        check(Format::Csv, &bare, ["\u{FEFF}", "", ""]);
    }

    #[test]
    fn a_root_has_the_name_and_the_namespace_that_are_asked_for() {
        let options = Options {
            root: Some("flights".into()),
            namespace: Some("urn:x?a&b".into()),
            ..Options::default()
        };
        let open =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<flights xmlns=\"urn:x?a&amp;b\">\n";
        check(Format::Xml, &options, [open, "", "</flights>\n"]);
    }

    #[test]
    fn a_table_without_columns_has_no_header() {
        assert!(frame(Format::Csv, &Options::default(), &[]).open.is_empty());
    }
}
