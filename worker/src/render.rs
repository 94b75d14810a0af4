//! Formats: how records become text.
//!
//! One file for each format. Pure: bytes out for rows in, no I/O and no clock, so that a batch that
//! is done twice gives the same bytes. What stands around and between the batches of a file is
//! `pack::frame`'s; here are the records alone. Nothing is allocated per cell.

mod csv;
mod json;
mod jsonl;
mod xml;

use proto::definition::{Format, Options};
use proto::fault::Fault;
use source::page::{Page, Row};
use source::{Dialect, Formulas, Quoting};

use self::csv::Csv;
use self::json::Json;
use self::jsonl::Jsonl;
use self::xml::Xml;
use crate::error::BatchError;

/// A way to write records; one of its own for each batch.
pub(crate) trait Render {
    /// Appends a record of a file of many, with what parts it from the one before in this batch.
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable>;

    /// Appends the whole file of a record that has one of its own.
    fn record(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable>;

    /// What the format could not hold and was written otherwise so far.
    fn replaced(&self) -> Option<Fault>;

    /// Appends a page's records. Cells beyond the columns are for others.
    fn rows(&mut self, page: &Page, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        for row in page.rows() {
            self.row(&row, out)?;
        }
        Ok(())
    }
}

/// Why a record cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unrenderable {
    why: String,
}

impl Unrenderable {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }

    /// The same as the batch's error.
    pub(crate) fn in_format(self, format: Format) -> BatchError {
        BatchError::Unrenderable { format: format.as_str(), why: self.why }
    }
}

/// Every format an output can ask for.
///
/// The columns are the fields' names in the output, as many as cells are written; without them,
/// the first cell of a row is a whole document.
pub(crate) fn renderer(
    format: Format,
    options: &Options,
    columns: Option<&[String]>,
) -> Box<dyn Render> {
    match format {
        Format::Csv => Box::new(Csv::new(options, columns)),
        Format::Json => Box::new(Json::new(columns)),
        Format::Jsonl => Box::new(Jsonl::new(columns)),
        Format::Xml => Box::new(Xml::new(columns)),
    }
}

/// What a source must know to make the format itself; nothing where it could not.
pub(crate) fn dialect(format: Format, options: &Options) -> Option<Dialect> {
    let one = |option: &Option<String>, default: u8| {
        option.as_ref().and_then(|text| text.bytes().next()).unwrap_or(default)
    };
    match format {
        Format::Csv => Some(Dialect {
            delimiter: one(&options.delimiter, b','),
            quote: one(&options.quote, b'"'),
            quoting: if options.always_quote == Some(true) {
                Quoting::Always
            } else {
                Quoting::Needed
            },
            formulas: if options.spreadsheet_safe == Some(true) {
                Formulas::Escaped
            } else {
                Formulas::Kept
            },
        }),
        Format::Json | Format::Jsonl | Format::Xml => None,
    }
}

/// Rows to test formats with.
#[cfg(test)]
mod testing {
    use source::page::{Kind, Page};

    use super::*;

    /// A page of rows.
    pub(super) fn page(rows: &[&[(Kind, &str)]]) -> Page {
        let mut page = Page::new(rows.first().map_or(1, |row| row.len()));
        rows.iter().copied().flatten().for_each(|&(kind, text)| page.push(kind, text));
        page
    }

    /// The columns by these names.
    pub(super) fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    /// The page's rows as text, as part of a file of many.
    pub(super) fn rows(renderer: &mut dyn Render, page: &Page) -> String {
        let mut out = Vec::new();
        renderer.rows(page, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The page's first row as the text of a file of its own.
    pub(super) fn record(renderer: &mut dyn Render, page: &Page) -> String {
        let mut out = Vec::new();
        renderer.record(&page.rows().next().unwrap(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use source::page::Kind;

    use super::testing::{columns, page, rows};
    use super::*;

    #[test]
    fn cells_beyond_the_columns_are_not_written() {
        let page = page(&[&[(Kind::Number, "1"), (Kind::Text, "name of a file")]]);
        for (format, expected) in [
            (Format::Csv, "1\r\n"),
            (Format::Json, "{\"id\":1}"),
            (Format::Jsonl, "{\"id\":1}\n"),
            (Format::Xml, "<record><id>1</id></record>\n"),
        ] {
            let mut renderer = renderer(format, &Options::default(), Some(&columns(&["id"])));
            assert_eq!(rows(&mut *renderer, &page), expected);
        }
    }

    #[test]
    fn only_csv_can_come_ready_from_a_source() {
        let options =
            Options { delimiter: Some(";".into()), always_quote: Some(true), ..Options::default() };
        let expected = Dialect {
            delimiter: b';',
            quote: b'"',
            quoting: Quoting::Always,
            formulas: Formulas::Kept,
        };
        assert_eq!(dialect(Format::Csv, &options), Some(expected));
        assert_eq!(dialect(Format::Json, &options), None);
    }
}
