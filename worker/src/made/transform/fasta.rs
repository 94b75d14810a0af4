//! Rows as records of FASTA: a line with a comment, and one with the letters of a sequence.

use proto::definition::ColumnsOfFasta;

use super::error::TransformError;
use super::record::{Record, is_null, text};

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
    out.push(b'>');
    let mut before = " ";
    for (_, value) in record.columns().filter(|(name, _)| columns.comment.contains(name)) {
        if is_null(value) {
            continue;
        }
        out.extend_from_slice(before.as_bytes());
        before = " | ";
        for c in text(value).chars() {
            // A comment is one line, to every reader: to some, other signs end one too.
            let ends_line = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
            let c = if ends_line { ' ' } else { c };
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    out.push(b'\n');
    let begin = out.len();
    for (_, value) in record.columns().filter(|(name, _)| columns.data.contains(name)) {
        if !is_null(value) {
            letters(&text(value), number, out)?;
        }
    }
    if out.len() > begin {
        out.push(b'\n');
    }
    Ok(())
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

fn letters(sequence: &str, number: u64, out: &mut Vec<u8>) -> Result<(), TransformError> {
    for c in sequence.chars().filter(|c| !c.is_ascii_whitespace()) {
        if !c.is_ascii_alphabetic() && !matches!(c, '*' | '-' | '.') {
            return Err(TransformError::NoSequence { row: number, sign: c });
        }
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Ok(())
}
