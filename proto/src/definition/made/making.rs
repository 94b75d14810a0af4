//! How a file is made of others. Rows are objects of JSON, in lists or one after the other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::options::LineEnd;

/// How a file is made of others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Making {
    /// The files as they are, one after the other.
    Cat,
    /// A text for each row, which the row fills in.
    Interpolation(Filled),
    /// Columns get what a pattern leaves of others; a row is a line of JSON.
    Strsub(Replacements),
    /// Columns come, go and change; a row is a line of JSON.
    Column(Columns),
    /// Rows become rows of CSV.
    Json2csv(Json2csv),
    /// Rows become records of FASTA.
    Fasta(ColumnsOfFasta),
}

/// A text that each row fills in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filled {
    /// The text: `$column` and `${column}` stand for the value of a column, and `$$` for a dollar sign.
    pub template: String,
}

/// Replacements in the texts of columns, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replacements {
    /// The replacements.
    #[schemars(length(min = 1, max = 1000))]
    pub substitutions: Vec<Replaced>,
}

/// A replacement in the text of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replaced {
    /// The column that is read.
    pub input: String,
    /// The column that is written.
    pub output: String,
    /// A regular expression that neither looks around nor back.
    pub pattern: String,
    /// What stands in place of what it finds: `\1` and `\g<name>` stand for its groups.
    pub replacement: String,
}

/// What becomes of columns, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The columns.
    #[schemars(length(max = 1000))]
    pub columns: Vec<Treated>,
}

/// What becomes of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Treated {
    /// The column.
    pub column: String,
    /// What becomes of it.
    pub becomes: Treatment,
}

/// What becomes of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// It is there no longer.
    Nothing,
    /// It has this value.
    Value(Value),
    /// It has the value of another column.
    Other(OtherColumn),
}

/// A column, or what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherColumn {
    /// The column.
    pub column: String,
    /// The key of an object in it whose value is meant; left out, all that is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// How rows are written as CSV. The columns are those of the first row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Json2csv {
    /// The character between cells; `,` unless given. One ASCII character, `\t` for a tab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1))]
    pub delimiter: Option<String>,
    /// Quote every cell, not only those that need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub always_quote: Option<bool>,
    /// What ends a row; LF unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_end: Option<LineEnd>,
    /// Whether the file begins with the names of the columns; it does unless told not to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
}

/// Which columns are what in FASTA; none where a row has a single one, which is a whole line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnsOfFasta {
    /// What is said of a sequence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub comment: Vec<String>,
    /// What its letters are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub data: Vec<String>,
}

impl ColumnsOfFasta {
    /// Whether rows have a single column, which nobody names.
    pub fn is_line(&self) -> bool {
        self.comment.is_empty() && self.data.is_empty()
    }

    /// The columns that are looked for in each row.
    pub fn named(&self) -> impl Iterator<Item = &String> {
        self.comment.iter().chain(&self.data)
    }
}

impl Making {
    /// Its name in definitions.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Cat => "cat",
            Self::Interpolation(_) => "interpolation",
            Self::Strsub(_) => "strsub",
            Self::Column(_) => "column",
            Self::Json2csv(_) => "json2csv",
            Self::Fasta(_) => "fasta",
        }
    }
}
