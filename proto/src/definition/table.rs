//! How records become the rows of a table: which values are columns of their own, and what these
//! are called.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of columns in which no record has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmptyColumns {
    /// They stay.
    Keep,
    /// They are left out: those in which all cells are NULL or the empty text.
    Drop,
}

/// How the columns of nested values are called: `address.city`, `tags[0]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flatten {
    /// Between a field and a key of it.
    #[serde(default = "dot")]
    #[schemars(length(max = 20))]
    pub separator: String,
    /// After a list's name, for each of its items; `{}` stands for the number, which begins with 0.
    #[serde(default = "brackets")]
    #[schemars(length(min = 2, max = 20))]
    pub item: String,
    /// Puts the plain values of a list into one column, with this between them, instead of into one
    /// column each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20))]
    pub join: Option<String>,
}

/// Fields that hold a text in several languages, as an object of language tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Languages {
    /// The fields of the source.
    #[schemars(length(min = 1, max = 1000))]
    pub fields: Vec<String>,
    /// The languages, in this order, as the objects spell them; others are left out.
    #[schemars(length(min = 1, max = 1000))]
    pub tags: Vec<String>,
    /// Between the field's name and the language.
    #[serde(default = "hash")]
    #[schemars(length(max = 20))]
    pub separator: String,
}

/// Fields that hold a path through a hierarchy, as a list from its top down; the items may be texts
/// in several languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hierarchies {
    /// The fields of the source.
    #[schemars(length(min = 1, max = 1000))]
    pub fields: Vec<String>,
    /// How they are written.
    #[serde(rename = "as")]
    pub levels: Levels,
    /// Between the field's name and the number of the level, which begins with 0.
    #[serde(default = "hash")]
    #[schemars(length(max = 20))]
    pub separator: String,
}

/// How the levels of a path are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Levels {
    /// A column for each level.
    #[serde(rename = "column")]
    Column,
    /// One column: `Europe / Germany / Berlin`.
    #[serde(rename = "/")]
    Slash,
    /// One column: `Europe > Germany > Berlin`.
    #[serde(rename = ">")]
    Greater,
}

impl Levels {
    /// What stands between the levels in one column.
    pub fn between(self) -> Option<&'static str> {
        match self {
            Self::Column => None,
            Self::Slash => Some(" / "),
            Self::Greater => Some(" > "),
        }
    }
}

fn dot() -> String {
    ".".to_owned()
}

fn brackets() -> String {
    "[{}]".to_owned()
}

fn hash() -> String {
    "#".to_owned()
}
