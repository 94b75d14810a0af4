//! Answers of a source in its own bytes, instead of records in a format.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The form in which a source answers, of which every byte is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verbatim {
    /// A table: a line with the names of its columns, and a line for each row.
    Csv,
    /// A list of objects, one for each row.
    Json,
    /// An object for each row, each on a line of its own.
    JsonStream,
}

impl Verbatim {
    /// Its name in definitions.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonStream => "json_stream",
        }
    }

    /// What stands before the first row, between two rows, and after the last one, besides what is of each row: as
    /// `ERMrest` writes lists.
    pub fn frame(self) -> [&'static str; 3] {
        match self {
            Self::Json => ["[", ",\n ", "]\n"],
            Self::Csv | Self::JsonStream => ["", "", ""],
        }
    }
}
