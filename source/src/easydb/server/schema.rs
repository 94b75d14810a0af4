//! The tables and masks of a server, as `/api/v1/schema` and `/api/v1/mask` tell them, turned into object types
//! with their fields in the order of the preferred masks.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use crate::catalogue::{Column, ColumnKind, Localised, ObjectType};

/// Deepest nesting of rows within rows that is followed.
const DEEPEST: usize = 16;

/// The user's schema.
#[derive(Debug, Deserialize)]
pub(super) struct Schema {
    #[serde(default)]
    pub(super) version: u64,
    #[serde(default)]
    pub(super) based_on_base_version: Option<u64>,
    #[serde(default)]
    tables: Vec<Table>,
}

#[derive(Debug, Deserialize)]
struct Table {
    #[serde(rename = "table_id")]
    id: u64,
    name: String,
    in_main_search: Option<bool>,
    #[serde(default)]
    columns: Vec<TableColumn>,
}

#[derive(Debug, Deserialize)]
struct TableColumn {
    column_id: Option<u64>,
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// The masks of the schema.
#[derive(Debug, Deserialize)]
pub(super) struct Maskset {
    #[serde(default)]
    masks: Vec<Mask>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Mask {
    table_id: Option<u64>,
    table_name_hint: Option<String>,
    is_preferred: bool,
    fields: Vec<Field>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Field {
    kind: String,
    column_id: Option<u64>,
    column_name_hint: Option<String>,
    other_table_id: Option<u64>,
    other_table_name_hint: Option<String>,
    other_column_id: Option<u64>,
    other_column_name_hint: Option<String>,
    is_hierarchical: bool,
    mask: Option<Box<Mask>>,
}

/// What tables and columns are called, by their keys in `/api/v1/l10n`.
pub(super) type Names = HashMap<String, Value>;

/// Templates of what files are called, by the types of their objects and the ways to their fields.
pub(super) type Filenames = BTreeMap<String, BTreeMap<String, Localised>>;

/// The templates in what `/api/v1/objecttype` tells.
pub(super) fn filenames(told: &Value) -> Filenames {
    let types = told.as_array().into_iter().flatten();
    let named = types.filter_map(|one| {
        let name = one["objecttype"]["name"].as_str()?;
        let templates = one["_export_asset_filenames"].as_object()?.iter();
        let templates = templates.map(|(way, texts)| (way.clone(), localised(texts)));
        let templates = templates.filter(|(_, texts)| !texts.is_empty()).collect();
        Some((name.to_owned(), templates))
    });
    named.collect()
}

/// The object types of a schema: the tables that have a preferred mask. Objects come in the mask that fits their user
/// best, so that fields that only others of its masks have follow those of the preferred one.
pub(super) fn types(
    schema: &Schema,
    masks: &Maskset,
    names: &Names,
    filenames: &Filenames,
) -> BTreeMap<String, ObjectType> {
    let reader = Reader { schema, names };
    let (preferred, others): (Vec<&Mask>, Vec<&Mask>) =
        masks.masks.iter().partition(|mask| mask.is_preferred);
    let columns = |mask: &Mask| {
        let table = reader.table(mask.table_id, mask.table_name_hint.as_deref())?;
        Some((table, reader.columns(table, mask, 0)))
    };
    let types = preferred.into_iter().filter_map(columns).map(|(table, columns)| {
        let name = table.name.clone();
        let display = reader.named(&[format!("schema.user.table.{name}"), name.clone()]);
        let in_main_search = table.in_main_search.unwrap_or_default();
        let filenames = filenames.get(&name).cloned().unwrap_or_default();
        (name, ObjectType { display, in_main_search, columns, filenames })
    });
    let mut types: BTreeMap<String, ObjectType> = types.collect();
    for (table, columns) in others.into_iter().filter_map(columns) {
        if let Some(known) = types.get_mut(&table.name) {
            add(&mut known.columns, columns);
        }
    }
    types
}

/// Adds the fields of another mask, those that are not there yet.
fn add(known: &mut Vec<Column>, more: Vec<Column>) {
    for column in more {
        let Some(same) = known.iter_mut().find(|one| one.name == column.name) else {
            known.push(column);
            continue;
        };
        if let (
            ColumnKind::Nested { columns: known }
            | ColumnKind::ReverseNested { columns: known, .. },
            ColumnKind::Nested { columns: more } | ColumnKind::ReverseNested { columns: more, .. },
        ) = (&mut same.kind, column.kind)
        {
            add(known, more);
        }
    }
}

struct Reader<'r> {
    schema: &'r Schema,
    names: &'r Names,
}

impl<'r> Reader<'r> {
    fn table(&self, id: Option<u64>, name: Option<&str>) -> Option<&'r Table> {
        let by_id = |table: &&Table| Some(table.id) == id;
        let by_name = |table: &&Table| Some(table.name.as_str()) == name;
        let tables = &self.schema.tables;
        tables.iter().find(by_id).or_else(|| tables.iter().find(by_name))
    }

    fn columns(&self, table: &Table, mask: &Mask, depth: usize) -> Vec<Column> {
        if depth > DEEPEST {
            return Vec::new();
        }
        mask.fields.iter().filter_map(|field| self.column(table, field, depth)).collect()
    }

    /// A field of a mask; nothing for what only divides it, and for what the schema does not know.
    fn column(&self, table: &Table, field: &Field, depth: usize) -> Option<Column> {
        let other = || self.table(field.other_table_id, field.other_table_name_hint.as_deref());
        let within = |other: &Table| match &field.mask {
            Some(mask) => self.columns(other, mask, depth + 1),
            None => Vec::new(),
        };
        let (name, id, kind) = match field.kind.as_str() {
            "field" => {
                let column = column(table, field.column_id, field.column_name_hint.as_deref())?;
                (column.name.clone()?, column.column_id, kind(column.kind.as_deref()?))
            }
            "link" => {
                let column = column(table, field.column_id, field.column_name_hint.as_deref())?;
                let kind = ColumnKind::Link { to: other()?.name.clone() };
                (column.name.clone()?, column.column_id, kind)
            }
            "linked-table" => {
                let other = other()?;
                let kind = ColumnKind::Nested { columns: within(other) };
                (format!("_nested:{}", other.name), None, kind)
            }
            "reverse-linked-table" => {
                // Of a hierarchy its own table, by the link to the parent.
                let other = if field.is_hierarchical { table } else { other()? };
                let by =
                    column(other, field.other_column_id, field.other_column_name_hint.as_deref());
                let id = by.and_then(|column| column.column_id);
                let by = by.and_then(|column| column.name.as_deref()).unwrap_or("_id_parent");
                let kind =
                    ColumnKind::ReverseNested { from: other.name.clone(), columns: within(other) };
                (format!("_reverse_nested:{}:{by}", other.name), id, kind)
            }
            _ => return None,
        };
        let keys =
            [format!("schema.user.column.{}.{name}", table.name), format!("{}.{name}", table.name)];
        Some(Column { display: self.named(&keys), name, id, kind })
    }

    /// What something is called; nothing where its names are kept under other keys.
    fn named(&self, keys: &[String]) -> Localised {
        let found = keys.iter().find_map(|key| self.names.get(key).filter(|it| it.is_object()));
        found.map(localised).unwrap_or_default()
    }
}

/// The texts of an object, by their languages.
fn localised(texts: &Value) -> Localised {
    let texts = texts.as_object().into_iter().flatten();
    let texts =
        texts.filter_map(|(language, text)| Some((language.clone(), text.as_str()?.to_owned())));
    texts.collect()
}

fn column<'t>(table: &'t Table, id: Option<u64>, name: Option<&str>) -> Option<&'t TableColumn> {
    let by_id = id.and_then(|id| table.columns.iter().find(|column| column.column_id == Some(id)));
    by_id.or_else(|| {
        let name = name?;
        table.columns.iter().find(|column| column.name.as_deref() == Some(name))
    })
}

/// A column's type, in its older and newer spellings.
fn kind(of: &str) -> ColumnKind {
    match of {
        "text" => ColumnKind::Text,
        "text_oneline" => ColumnKind::TextOneline,
        "text_l10n" => ColumnKind::TextL10n,
        "text_l10n_oneline" => ColumnKind::TextL10nOneline,
        "string" => ColumnKind::String,
        "integer" | "serial" | "number" => ColumnKind::Number,
        "decimal.2" | "integer.2" => ColumnKind::Hundredths,
        "double" | "float" | "decimal" => ColumnKind::Double,
        "boolean" => ColumnKind::Boolean,
        "date" => ColumnKind::Date,
        "date_time" | "datetime" | "timestamp" => ColumnKind::Datetime,
        "date_range" | "daterange" => ColumnKind::Daterange,
        "eas" | "file" => ColumnKind::Eas,
        other => ColumnKind::Custom { kind: other.to_owned() },
    }
}

#[cfg(test)]
mod tests;
