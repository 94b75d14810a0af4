//! Rows of JSON as rows of CSV, as Python's `csv` writes them.
//!
//! The columns are those of the first row. Lists and objects are written as their JSON, and what has no
//! value as nothing.

use std::borrow::Cow;

use proto::deriva::engine::{Dialect, LineEnd, Quotes};

use super::error::TransformError;
use super::record::{Record, is_null, text};

/// Writes rows as CSV.
pub(super) struct Json2Csv {
    dialect: Dialect,
    /// Those of the first row.
    columns: Option<Vec<String>>,
}

impl Json2Csv {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, columns: None }
    }

    /// Appends a row, the first one with the names of the columns before it.
    pub(super) fn row(
        &mut self,
        record: &Record,
        number: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), TransformError> {
        let dialect = self.dialect;
        let columns = self.columns.get_or_insert_with(|| {
            let columns: Vec<String> = record.columns().map(|(name, _)| name.clone()).collect();
            if dialect.has_header {
                line(dialect, columns.iter().map(|name| Cow::Borrowed(name.as_str())), out);
            }
            columns
        });
        if let Some((added, _)) = record.columns().find(|(name, _)| !columns.contains(name)) {
            return Err(TransformError::ColumnAdded { row: number, column: added.clone() });
        }
        let cells = columns.iter().map(|name| match record.value(name) {
            Some(value) if !is_null(value) => text(value),
            Some(_) | None => Cow::Borrowed(""),
        });
        line(dialect, cells, out);
        Ok(())
    }
}

fn line<'c>(
    dialect: Dialect,
    cells: impl ExactSizeIterator<Item = Cow<'c, str>>,
    out: &mut Vec<u8>,
) {
    let is_alone = cells.len() == 1;
    for (n, cell) in cells.enumerate() {
        if n > 0 {
            out.push(dialect.delimiter);
        }
        let means_else =
            |byte: u8| byte == dialect.delimiter || matches!(byte, b'"' | b'\r' | b'\n');
        // An empty line would be no row.
        let is_quoted = match dialect.quotes {
            Quotes::Always => true,
            Quotes::Needed => (is_alone && cell.is_empty()) || cell.bytes().any(means_else),
        };
        if is_quoted {
            out.push(b'"');
            out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
    out.extend_from_slice(match dialect.line_end {
        LineEnd::Lf => b"\n",
        LineEnd::CrLf => b"\r\n",
    });
}
