//! The columns of a table.

use serde::Deserialize;

use super::annotations::{Annotations, REQUIRED};

/// What every table of ERMrest has: who made a row and who changed it, and when.
const SYSTEM: [&str; 5] = ["RID", "RCB", "RMB", "RCT", "RMT"];

/// A column.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    /// Whether it may hold nothing.
    #[serde(default)]
    pub nullok: bool,
    /// What the caller may do with it.
    #[serde(default)]
    pub rights: Rights,
    /// What is said of it.
    #[serde(default)]
    pub annotations: Annotations,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ColumnType {
    /// As PostgreSQL calls it, such as `text` or `int4`.
    pub typename: String,
}

/// What a caller may do with a column.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Rights {
    /// Whether its values are shown; nothing where it depends on the row.
    #[serde(default)]
    pub select: Option<bool>,
}

impl Column {
    /// Whether every row has a value in it.
    pub fn is_always_there(&self) -> bool {
        !self.nullok || self.annotations.get(REQUIRED).is_some()
    }

    /// Whether the caller may not see it.
    pub fn is_hidden(&self) -> bool {
        self.rights.select == Some(false)
    }

    /// Whether it holds whole numbers.
    pub fn is_integer(&self) -> bool {
        let typename = self.column_type.typename.to_lowercase();
        typename.starts_with("int") || typename.starts_with("serial")
    }

    /// Whether it is numbered by the database.
    pub fn is_serial(&self) -> bool {
        self.column_type.typename.to_lowercase().starts_with("serial")
    }

    /// Whether every table has a column of that name.
    pub fn is_system(name: &str) -> bool {
        SYSTEM.contains(&name)
    }
}
