//! Formats: how records become text.
//!
//! One file for each format. Pure: bytes out for rows in, no I/O and no clock, so that a batch that
//! is done twice gives the same bytes. What stands around and between the batches of a file is
//! `pack::frame`'s; here are the records alone. Nothing is allocated per cell.

mod csv;
mod json;
mod jsonl;
mod xml;
mod fasta;
mod yolo;
mod voc;

use proto::definition::{Dataset, Format, LineEnd, Options};
use proto::fault::{Code, Fault};
use source::page::Row;
use source::walk::Malformed;
use source::{Dialect, Formulas, Quoting};

use self::csv::Csv;
use self::fasta::Fasta;
use self::json::Json;
use self::jsonl::Jsonl;
use self::voc::Voc;
use self::xml::Xml;
use self::yolo::Yolo;
use crate::error::BatchError;

/// A way to write records; one of its own for each batch.
pub(crate) trait Render {
    /// Appends a record of a file of many, with what parts it from the one before in this batch.
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable>;

    /// Appends the whole file of a record that has one of its own.
    fn record(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable>;

    /// What the format could not hold and was written otherwise so far.
    fn replaced(&self) -> Option<Fault>;
}

/// Why a record cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unrenderable {
    why: String,
}

impl Unrenderable {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }

    /// The same as the batch's error.
    pub(crate) fn in_format(self, format: Format) -> BatchError {
        BatchError::Unrenderable { format: format.as_str(), why: self.why }
    }

    /// The same as what is told of a record that was left out.
    pub(crate) fn fault(&self, format: Format) -> Fault {
        let what = format!("a record cannot be written as {}: {}", format.as_str(), self.why);
        Fault::new(Code::Unrenderable, what)
    }
}

impl From<Malformed> for Unrenderable {
    fn from(error: Malformed) -> Self {
        Self::new(error.to_string())
    }
}

/// Every format that is joined from the records of many batches, or makes a file of each.
///
/// The columns are the fields' names in the output, as many as cells are written; without them,
/// the first cell of a row is a whole document.
pub(crate) fn renderer(
    format: Format,
    options: &Options,
    columns: Option<&[String]>,
) -> Result<Box<dyn Render>, Unrenderable> {
    Ok(match format {
        Format::Csv => Box::new(Csv::new(options, columns)),
        Format::Json => Box::new(Json::new(options.layout, columns)),
        Format::Jsonl => Box::new(Jsonl::new(options.layout, columns)),
        Format::Xml => Box::new(Xml::new(options, columns)),
        Format::Fasta => Box::new(Fasta::new(options, columns)?),
        Format::Yolo => Box::new(Yolo::new(dataset(options)?)),
        Format::Voc => Box::new(Voc::new(dataset(options)?)),
        Format::Xlsx | Format::Parquet | Format::Coco | Format::Cvat | Format::Upd => {
            return Err(Unrenderable::new("it is made in one piece"));
        }
    })
}

/// Which fields are what; a definition of such a format says so.
pub(crate) fn dataset(options: &Options) -> Result<&Dataset, Unrenderable> {
    options.dataset.as_ref().ok_or_else(|| Unrenderable::new("nobody says which fields are what"))
}

/// What a source must know to make the format itself; nothing where it could not.
pub(crate) fn dialect(format: Format, options: &Options) -> Option<Dialect> {
    let one = |option: &Option<String>, default: u8| {
        option.as_ref().and_then(|text| text.bytes().next()).unwrap_or(default)
    };
    match format {
        Format::Csv if is_common(options) => Some(Dialect {
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
        Format::Csv
        | Format::Json
        | Format::Jsonl
        | Format::Xml
        | Format::Xlsx
        | Format::Parquet
        | Format::Fasta
        | Format::Coco
        | Format::Yolo
        | Format::Voc
        | Format::Cvat
        | Format::Upd => None,
    }
}

/// Whether there is nothing in the options that only the renderer knows how to write.
fn is_common(options: &Options) -> bool {
    options.escape.is_none()
        && options.null.is_none()
        && options.line_end != Some(LineEnd::Lf)
        && !options.takes_apart()
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
        page.rows().for_each(|row| renderer.row(&row, &mut out).unwrap());
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
            let columns = columns(&["id"]);
            let mut renderer = renderer(format, &Options::default(), Some(&columns)).ok().unwrap();
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
        let spelled = Options { null: Some("NULL".into()), ..Options::default() };
        assert_eq!(dialect(Format::Csv, &spelled), None);
    }
}
