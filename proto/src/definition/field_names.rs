//! Fields of an output that are one thing together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A field by its name in the output, or several in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FieldNames {
    /// One field.
    One(String),
    /// Several fields.
    Several(Vec<String>),
}

impl FieldNames {
    /// The names, in their order.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}
