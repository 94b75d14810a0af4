//! Rows as records of FASTA: a line with a comment, and one with the letters of a sequence.

use std::borrow::Cow;

use proto::definition::ColumnsOfFasta;

use super::error::TransformError;
use super::record::{Record, is_null, text};
use crate::fasta;

/// Appends the record of a row, with its comments in the order of its columns.
pub(super) fn row(
    columns: &ColumnsOfFasta,
    record: &Record,
    number: u64,
    out: &mut Vec<u8>,
) -> Result<(), TransformError> {
    if columns.is_line() {
        return whole(record, number, out);
    }
    if let Some(missing) = columns.named().find(|column| record.value(column).is_none()) {
        return Err(TransformError::ColumnMissing { row: number, column: missing.clone() });
    }
    fasta::comment(" ", texts(record, &columns.comment), out);
    let begin = out.len();
    for sequence in texts(record, &columns.data) {
        for letter in fasta::letters(&sequence) {
            let none = |sign| TransformError::NoSequence { row: number, sign };
            fasta::append(letter.map_err(none)?, out);
        }
    }
    if out.len() > begin {
        out.push(b'\n');
    }
    Ok(())
}

/// The texts of a row in columns of these names; a column without a value says nothing.
fn texts<'r>(record: &'r Record, names: &'r [String]) -> impl Iterator<Item = Cow<'r, str>> {
    let meant = record.columns().filter(move |(name, _)| names.contains(name));
    meant.filter(|(_, value)| !is_null(value)).map(|(_, value)| text(value))
}

/// The value of a row's only column, which is a line already.
fn whole(record: &Record, number: u64, out: &mut Vec<u8>) -> Result<(), TransformError> {
    if record.columns().len() > 1 {
        return Err(TransformError::ColumnsUnmapped { row: number });
    }
    for (_, value) in record.columns().filter(|(_, value)| !is_null(value)) {
        out.extend_from_slice(text(value).as_bytes());
        out.push(b'\n');
    }
    Ok(())
}
