//! What stands around and between the shares of a member that spans batches.
//!
//! A batch does not know whether the batches before it had rows, so it writes its own records alone;
//! whoever joins the shares puts these texts between those that are not empty, as
//! [`stored_block`](crate::deflate::stored_block)s. Pure functions of the definition, so that worker
//! and agent need not tell each other.

use proto::definition::{Format, Options};

use crate::csv_field::CsvFields;

/// What a spreadsheet takes as a sign of UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// The texts around a file's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Before the first share, also where there are no records.
    pub open: Vec<u8>,
    /// Between two shares that are both not empty.
    pub separator: &'static [u8],
    /// After the last share.
    pub close: &'static [u8],
}

/// The frame of a file with these columns; formats without a header do not look at the columns.
pub fn frame(format: Format, options: &Options, columns: &[String]) -> Frame {
    match format {
        Format::Csv => Frame { open: csv_header(options, columns), separator: b"", close: b"" },
        Format::Json => Frame { open: b"[\n".to_vec(), separator: b",\n", close: b"\n]\n" },
        Format::Jsonl => Frame { open: Vec::new(), separator: b"", close: b"" },
        Format::Xml => Frame {
            open: b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<records>\n".to_vec(),
            separator: b"",
            close: b"</records>\n",
        },
    }
}

fn csv_header(options: &Options, columns: &[String]) -> Vec<u8> {
    let mut out = Vec::new();
    if options.bom == Some(true) {
        out.extend_from_slice(BYTE_ORDER_MARK);
    }
    if columns.is_empty() {
        // A table over nothing: a lone pair of quotes would be a column without a name.
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
        let found = [&frame.open, frame.separator, frame.close]
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
    }

    #[test]
    fn a_table_without_columns_has_no_header() {
        assert!(frame(Format::Csv, &Options::default(), &[]).open.is_empty());
    }
}
