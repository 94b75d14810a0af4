//! Templates, requests and links against those of the clients, and one by one.

mod recorded;
mod inherited;
mod fragments;
mod malformed;
mod usual;
mod listed;
mod requests;
mod configurations;

use serde_json::{Value, json};

use super::{Reference, Templates, Unannotated};
use crate::deriva::schema::{Catalogue, EXPORT, EXPORT_FRAGMENTS, TableIn};

/// A catalogue of one schema, `s`, with these annotations.
fn catalogue(of_catalogue: &Value, of_schema: &Value, tables: &[Value]) -> Catalogue {
    let tables: serde_json::Map<_, _> = tables
        .iter()
        .map(|table| (table["table_name"].as_str().unwrap().to_owned(), table.clone()))
        .collect();
    let document = json!({
        "snaptime": "361-FY5J-NNKT",
        "annotations": of_catalogue,
        "schemas": { "s": { "schema_name": "s", "annotations": of_schema, "tables": tables } },
    });
    Catalogue::read(document.to_string().as_bytes()).unwrap()
}

/// A table with a key, `RID`, before these columns of text.
fn table(name: &str, columns: &[&str], annotations: &Value) -> Value {
    let column = |name: &str| {
        json!({
            "name": name, "type": { "typename": "text" }, "nullok": name != "RID",
            "rights": { "select": true }, "annotations": {},
        })
    };
    let columns: Vec<_> = ["RID"].iter().chain(columns).map(|name| column(name)).collect();
    json!({
        "schema_name": "s", "table_name": name, "kind": "table", "annotations": annotations,
        "column_definitions": columns, "foreign_keys": [],
        "keys": [{ "names": [["s", format!("{name}_key")]], "unique_columns": ["RID"] }],
    })
}

/// Adds a foreign key of one column to the key of another table; it is called after both.
fn leading(mut table: Value, column: &str, to: &str) -> Value {
    let from = table["table_name"].as_str().unwrap().to_owned();
    let place = |table: &str, column: &str| json!({ "schema_name": "s", "table_name": table, "column_name": column });
    table["foreign_keys"].as_array_mut().unwrap().push(json!({
        "names": [["s", format!("{from}_{column}")]], "annotations": {},
        "foreign_key_columns": [place(&from, column)],
        "referenced_columns": [place(to, "RID")],
    }));
    table
}

/// Adds an annotation to a column.
fn annotated(mut table: Value, column: &str, tag: &str, annotation: &Value) -> Value {
    let columns = table["column_definitions"].as_array_mut().unwrap();
    let found = columns.iter_mut().find(|one| one["name"] == column).unwrap();
    found["annotations"][tag] = annotation.clone();
    table
}

/// The templates of a catalogue whose only table, `t`, has these in its annotation.
fn of_list(list: &Value, fragments: &Value) -> Templates {
    let annotations = json!({
        EXPORT: { "templates": list },
        EXPORT_FRAGMENTS: fragments,
    });
    let catalogue = catalogue(&json!({}), &json!({}), &[table("t", &["title"], &annotations)]);
    Templates::of(catalogue.table("s", "t").unwrap(), "detailed", Unannotated::Bag)
}

/// All rows of a table on a record's page.
fn reference<'a>(table: TableIn<'a>, root_path: &'a str) -> Reference<'a> {
    Reference {
        service: "https://example.org/ermrest",
        catalogue_id: "1@361-FY5J-NNKT",
        table,
        root_path,
        context: "detailed",
    }
}

/// The queries of the bag that a table offers of itself.
fn bag(catalogue: &Catalogue, table: &str) -> Vec<String> {
    let outputs = super::bag::outputs(catalogue.table("s", table).unwrap());
    let paths = outputs.into_iter().map(|one| {
        let path = one.source.path.unwrap_or_default();
        format!("{}: {}/{path}", one.destination.name.unwrap(), one.source.api.name())
    });
    paths.collect()
}
