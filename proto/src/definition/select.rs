//! Which records of a source an output is made from, and which of their fields.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::filter::Where;

/// Which records and which of their fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// Conditions by field; a record must meet all of them.
    #[serde(default, rename = "where", skip_serializing_if = "IndexMap::is_empty")]
    pub filter: Where,
    /// The fields, in this order; left out, all of them in the order of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 10000))]
    pub fields: Option<Vec<Field>>,
}

impl Select {
    pub(super) fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}

/// A field of the source, and what it is called in the output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Field {
    /// A field under its own name.
    Plain(String),
    /// A field under another name.
    Named(NamedField),
}

/// A field and its display name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedField {
    /// The field of the source.
    pub field: String,
    /// What it is called in the output.
    #[serde(rename = "as")]
    pub display: String,
}

impl Field {
    /// The field of the source.
    pub fn name(&self) -> &str {
        match self {
            Self::Plain(name) => name,
            Self::Named(named) => &named.field,
        }
    }

    /// What the field is called in the output.
    pub fn display(&self) -> &str {
        match self {
            Self::Plain(name) => name,
            Self::Named(named) => &named.display,
        }
    }
}
