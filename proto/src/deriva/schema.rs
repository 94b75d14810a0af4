//! The schema document of an ERMrest catalogue: what `GET /ermrest/catalog/<id>/schema` answers.
//!
//! Tables, columns, keys and foreign keys stay in the order in which the server gives them, since what is
//! derived from them depends on it. What nothing here is derived from, such as access control lists, is not
//! kept. Nothing is checked against anything else: a foreign key to a table that the caller may not see leads
//! nowhere, and is left out by those who follow it.

mod annotations;
mod column;
mod key;
mod table;
mod link;
mod shortest_key;
mod association;
mod display;

use indexmap::IndexMap;
use serde::Deserialize;

pub use self::annotations::Annotations;
pub(super) use self::annotations::{
    ASSET, EXPORT, EXPORT_BY_CONTEXT, EXPORT_FRAGMENTS, SOURCE_DEFINITIONS, VISIBLE_COLUMNS,
    VISIBLE_FOREIGN_KEYS,
};
pub use self::column::{Column, ColumnType, Rights};
pub use self::key::{ColumnPlace, ConstraintName, ForeignKey, Key};
pub use self::link::Link;
pub use self::table::{Table, TableIn};

/// A catalogue.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Catalogue {
    /// The snapshot that the document describes, where the server tells it.
    #[serde(default)]
    pub snaptime: Option<String>,
    /// What is said of the catalogue as a whole.
    #[serde(default)]
    pub annotations: Annotations,
    /// Its schemas, by their names.
    pub schemas: IndexMap<String, Schema>,
}

/// A schema of a catalogue.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Schema {
    /// What it is called.
    #[serde(rename = "schema_name")]
    pub name: String,
    /// What is said of it.
    #[serde(default)]
    pub annotations: Annotations,
    /// Its tables, by their names.
    #[serde(default)]
    pub tables: IndexMap<String, Table>,
}

impl Catalogue {
    /// Reads a schema document.
    pub fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }

    /// A table, by the names of its schema and its own.
    pub fn table(&self, schema: &str, table: &str) -> Option<TableIn<'_>> {
        let schema = self.schemas.get(schema)?;
        let table = schema.tables.get(table)?;
        Some(TableIn { catalogue: self, schema, table })
    }

    /// All tables.
    pub fn tables(&self) -> impl Iterator<Item = TableIn<'_>> {
        self.schemas.values().flat_map(move |schema| {
            schema.tables.values().map(move |table| TableIn { catalogue: self, schema, table })
        })
    }

    /// The foreign key that a constraint is, by the names of its schema and its own.
    pub fn link(&self, schema: &str, name: &str) -> Option<Link<'_>> {
        let is_meant = |link: &Link<'_>| link.foreign_key.is_named(schema, name);
        self.tables().flat_map(TableIn::links).find(is_meant)
    }
}

#[cfg(test)]
mod tests;
