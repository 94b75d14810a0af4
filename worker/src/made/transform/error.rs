//! Why a file cannot be made of others.

use std::io;

/// Why a file cannot be made. Rows are counted from one, through all inputs.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum TransformError {
    /// An input cannot be read, or the output not be written.
    #[error("a file cannot be read or written")]
    File(#[from] io::Error),
    /// An input ends within a row.
    #[error("row {row} is cut off")]
    RowCut {
        /// Its number.
        row: u64,
    },
    /// Something stands where a row is expected.
    #[error("row {row} is no object")]
    NoRow {
        /// Its number.
        row: u64,
    },
    /// A row is no JSON.
    #[error("row {row} is not readable")]
    RowUnreadable {
        /// Its number.
        row: u64,
        /// Why.
        source: serde_json::Error,
    },
    /// A row has more bytes than are held.
    #[error("row {row} has more than {most_bytes} bytes")]
    RowTooLarge {
        /// Its number.
        row: u64,
        /// How many are held.
        most_bytes: usize,
    },
    /// A column that is asked for is not in a row.
    #[error("row {row} has no column {column:?}")]
    ColumnMissing {
        /// The row's number.
        row: u64,
        /// The column.
        column: String,
    },
    /// A row has a column that the first one has not, so that the header does not name it.
    #[error("row {row} has a column {column:?} that the first row has not")]
    ColumnAdded {
        /// The row's number.
        row: u64,
        /// The column.
        column: String,
    },
    /// A row has several columns, and nobody says which of them are what.
    #[error("row {row} has several columns, and no column map says what they are")]
    ColumnsUnmapped {
        /// The row's number.
        row: u64,
    },
    /// A sequence has what is no letter of one.
    #[error("row {row} has {sign:?} in its sequence")]
    NoSequence {
        /// The row's number.
        row: u64,
        /// What is no letter.
        sign: char,
    },
}
