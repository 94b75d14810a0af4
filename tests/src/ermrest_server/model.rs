//! What a catalogue says of its tables: columns, keys, and which table refers to which.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::refusal::Refusal;
use super::value::Type;

/// The tables of a catalogue by the names of their schemas and their own.
pub(super) type Models = BTreeMap<(String, String), Arc<TableModel>>;

/// A table.
#[derive(Debug)]
pub(super) struct TableModel {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The columns of the shortest key.
    pub(super) key: Vec<usize>,
    pub(super) references: Vec<Reference>,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) of: Type,
}

/// Columns that refer to those of a table.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) columns: Vec<String>,
    pub(super) table: (String, String),
    pub(super) referenced: Vec<String>,
}

impl TableModel {
    /// The tables of a schema document.
    pub(super) fn all(document: &Json) -> Models {
        let mut all = Models::new();
        for (schema, told) in document["schemas"].as_object().into_iter().flatten() {
            for (name, table) in told["tables"].as_object().into_iter().flatten() {
                let model = Self::of(schema, name, table);
                all.insert((schema.clone(), name.clone()), Arc::new(model));
            }
        }
        all
    }

    fn of(schema: &str, name: &str, told: &Json) -> Self {
        let columns = items(&told["column_definitions"])
            .iter()
            .map(|column| Column { name: text(&column["name"]), of: Type::of(&column["type"]) });
        let columns: Vec<Column> = columns.collect();
        let keys = items(&told["keys"]).iter().map(|key| items(&key["unique_columns"]));
        let place = |name: &Json| columns.iter().position(|column| *name == column.name.as_str());
        let key = keys.min_by_key(|key| key.len()).unwrap_or_default();
        let key = key.iter().filter_map(place).collect();
        let references = items(&told["foreign_keys"]).iter().map(Reference::of).collect();
        Self { schema: schema.to_owned(), name: name.to_owned(), columns, key, references }
    }

    /// The place of a column.
    pub(super) fn column(&self, name: &str) -> Result<usize, Refusal> {
        self.columns.iter().position(|column| column.name == name).ok_or_else(|| {
            let table = &self.name;
            Refusal::conflict(format!("Column {name} does not exist in table {table}."))
        })
    }

    /// The places of some columns.
    pub(super) fn places(&self, names: &[String]) -> Result<Vec<usize>, Refusal> {
        names.iter().map(|name| self.column(name)).collect()
    }

    /// Whether it is a table of these names.
    pub(super) fn is(&self, names: &(String, String)) -> bool {
        self.schema == names.0 && self.name == names.1
    }
}

impl Reference {
    fn of(told: &Json) -> Self {
        let names = |key: &str| items(&told[key]).iter().map(|one| text(&one["column_name"]));
        let target = &told["referenced_columns"][0];
        Self {
            columns: names("foreign_key_columns").collect(),
            table: (text(&target["schema_name"]), text(&target["table_name"])),
            referenced: names("referenced_columns").collect(),
        }
    }
}

fn items(told: &Json) -> &[Json] {
    told.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(told: &Json) -> String {
    told.as_str().unwrap_or_default().to_owned()
}
