//! The forms in which rows are given: CSV, JSON, and JSON line by line.

use super::found::{Found, Line};
use super::text::{self, Lists};

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Csv,
    Json,
    JsonStream,
}

/// All forms, by the names of their types and the short ones that addresses have for them.
const FORMS: &[(&str, &str, Form)] = &[
    ("text/csv", "csv", Form::Csv),
    ("application/x-json-stream", "json-stream", Form::JsonStream),
    ("application/json", "json", Form::Json),
];

impl Form {
    /// The one that an address or a header names; JSON where neither names one that there is.
    pub(super) fn wanted(named: Option<&str>, accepted: &str) -> Self {
        let of_address = FORMS
            .iter()
            .find(|(long, short, _)| named.is_some_and(|named| named == *long || named == *short));
        let accepts =
            |form: &&(&str, &str, Self)| accepted.split([',', ';']).any(|one| one.trim() == form.0);
        let of_header = || FORMS.iter().find(accepts);
        of_address.or_else(of_header).map_or(Self::Json, |(_, _, form)| *form)
    }

    /// The type of its content.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Json => "application/json",
            Self::JsonStream => "application/x-json-stream",
        }
    }

    /// What files of it end with.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json | Self::JsonStream => "json",
        }
    }

    /// What comes before the first row.
    pub(super) fn head(self, found: &Found) -> String {
        match self {
            Self::Csv => {
                let names = found.outputs.iter().map(|one| text::quoted(one.name.clone()));
                format!("{}\n", names.collect::<Vec<_>>().join(","))
            }
            Self::Json => "[".to_owned(),
            Self::JsonStream => String::new(),
        }
    }

    /// A row, after so many others.
    pub(super) fn row(self, found: &Found, line: &Line, before: usize, lists: Lists) -> String {
        let values = (0..found.outputs.len()).map(|column| line.value(&found.outputs, column));
        if self == Self::Csv {
            let cells: Vec<String> = values.map(|value| text::csv(&value, lists)).collect();
            return format!("{}\n", cells.join(","));
        }
        let names = found.outputs.iter().map(|one| serde_json::Value::from(one.name.as_str()));
        let pairs = names.zip(values).map(|(name, value)| format!("{name}:{}", text::json(&value)));
        let object = pairs.collect::<Vec<_>>().join(",");
        match (self, before) {
            (Self::JsonStream, _) => format!("{{{object}}}\n"),
            (_, 0) => format!("{{{object}}}"),
            (_, _) => format!(",\n {{{object}}}"),
        }
    }

    /// What comes after the last row.
    pub(super) fn tail(self) -> &'static str {
        match self {
            Self::Json => "]\n",
            Self::Csv | Self::JsonStream => "",
        }
    }
}
