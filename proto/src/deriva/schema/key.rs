//! What tells rows apart, and what leads from one table to another.

use serde::Deserialize;

use super::annotations::Annotations;

/// What a constraint is called: its schema, and its name in there.
pub type ConstraintName = [String; 2];

/// Columns that tell rows apart.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Key {
    /// What it is called.
    #[serde(default)]
    pub names: Vec<ConstraintName>,
    /// The columns.
    pub unique_columns: Vec<String>,
}

/// Columns that hold a key of another table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ForeignKey {
    /// What it is called.
    #[serde(default)]
    pub names: Vec<ConstraintName>,
    /// The columns that hold it.
    pub foreign_key_columns: Vec<ColumnPlace>,
    /// The columns that they hold values of, in the same order.
    pub referenced_columns: Vec<ColumnPlace>,
    /// What is said of it.
    #[serde(default)]
    pub annotations: Annotations,
}

/// Where a column is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ColumnPlace {
    /// Its schema.
    #[serde(rename = "schema_name")]
    pub schema: String,
    /// Its table.
    #[serde(rename = "table_name")]
    pub table: String,
    /// Its name.
    #[serde(rename = "column_name")]
    pub column: String,
}

impl Key {
    /// Whether it is called so.
    pub fn is_named(&self, schema: &str, name: &str) -> bool {
        is_among(&self.names, schema, name)
    }

    /// Whether it is of one column, and that is this one.
    pub fn is_only(&self, column: &str) -> bool {
        matches!(self.unique_columns.as_slice(), [only] if only == column)
    }
}

impl ForeignKey {
    /// Whether it is called so.
    pub fn is_named(&self, schema: &str, name: &str) -> bool {
        is_among(&self.names, schema, name)
    }
}

fn is_among(names: &[ConstraintName], schema: &str, name: &str) -> bool {
    names.iter().any(|[its_schema, its_name]| its_schema == schema && its_name == name)
}
