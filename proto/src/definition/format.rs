//! Formats and their details: how an output's records are written.
//!
//! A new format is a variant here; the compiler then names every place that must know it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma-separated values as in RFC 4180, UTF-8, CRLF.
    Csv,
    /// One JSON array of objects.
    Json,
    /// One JSON object on each line.
    Jsonl,
    /// Generic XML: `<records><record><field>…`.
    Xml,
}

impl Format {
    /// The format as definitions name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Xml => "xml",
        }
    }
}

/// Details of a format. Options of another format are refused.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// CSV: the character between fields; `,` unless given. One ASCII character, `\t` for a tab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1))]
    pub delimiter: Option<String>,
    /// CSV: the character around fields; `"` unless given. One ASCII character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1))]
    pub quote: Option<String>,
    /// CSV: quote every field, not only those that need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub always_quote: Option<bool>,
    /// CSV: begin with a byte order mark, which spreadsheets take as a sign of UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bom: Option<bool>,
    /// CSV: put `'` before cells that a spreadsheet would run as a formula. Numbers stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spreadsheet_safe: Option<bool>,
}

impl Options {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
