//! What is derived from a schema document alone: keys, associations, names.

use serde_json::{Value, json};

use super::Catalogue;

/// A catalogue of one schema with a display style.
fn catalogue(style: &Value, tables: &Value) -> Catalogue {
    let annotations = json!({ "tag:misd.isi.edu,2015:display": { "name_style": style } });
    let document = json!({
        "schemas": { "s": { "schema_name": "s", "annotations": annotations, "tables": tables } },
    });
    Catalogue::read(document.to_string().as_bytes()).unwrap()
}

/// Columns by name, type and whether they may hold nothing; and keys.
fn table(columns: &[(&str, &str, bool)], keys: &[&[&str]]) -> Value {
    let columns: Vec<_> = columns
        .iter()
        .map(|(name, kind, nullok)| {
            json!({ "name": name, "type": { "typename": kind }, "nullok": nullok })
        })
        .collect();
    let keys: Vec<_> = keys.iter().map(|columns| json!({ "unique_columns": columns })).collect();
    json!({ "table_name": "t", "column_definitions": columns, "keys": keys })
}

fn shortest(columns: &[(&str, &str, bool)], keys: &[&[&str]]) -> Vec<String> {
    let catalogue = catalogue(&json!({}), &json!({ "t": table(columns, keys) }));
    let key = catalogue.table("s", "t").unwrap().shortest_key();
    key.into_iter().map(str::to_owned).collect()
}

#[test]
fn the_shortest_key_is_what_clients_tell_rows_apart_by() {
    let columns = [
        ("a", "text", false),
        ("b", "text", false),
        ("n", "int8", false),
        ("maybe", "int4", true),
        ("RID", "ermrest_rid", false),
    ];
    assert_eq!(shortest(&columns, &[&["n"], &["RID"]]), ["RID"]);
    assert_eq!(shortest(&columns, &[&["b", "a"], &["b"], &["a"]]), ["a"]);
    assert_eq!(shortest(&columns, &[&["b"], &["n"]]), ["n"]);
    assert_eq!(shortest(&columns, &[&["maybe"], &["b", "a"]]), ["a", "b"]);
    assert_eq!(shortest(&columns, &[&["maybe"]]), ["maybe"]);
    assert_eq!(shortest(&columns, &[]), ["a", "b", "n", "maybe", "RID"]);
}

#[test]
fn names_are_written_in_the_style_of_the_nearest_one_to_say_it() {
    let name = |style: Value, display: Value| {
        let mut table = table(&[("RID", "text", false)], &[&["RID"]]);
        table["table_name"] = json!("my_first TABLE-of");
        table["annotations"] = json!({ "tag:misd.isi.edu,2015:display": display });
        let catalogue = catalogue(&style, &json!({ "t": table }));
        catalogue.table("s", "t").unwrap().display_name()
    };
    assert_eq!(name(json!({}), json!({})), "my_first TABLE-of");
    assert_eq!(name(json!({ "underline_space": true }), json!({})), "my first TABLE-of");
    assert_eq!(name(json!({ "title_case": true }), json!({})), "My_First Table-Of");
    let both = json!({ "underline_space": true, "title_case": true });
    assert_eq!(name(both.clone(), json!({})), "My First Table-Of");
    let own = json!({ "name_style": { "title_case": false } });
    assert_eq!(name(both.clone(), own), "my first TABLE-of");
    assert_eq!(name(both.clone(), json!({ "markdown_name": "*It*" })), "*It*");
    assert_eq!(name(both, json!({ "markdown_name": "*It*", "name": "It" })), "It");
}

#[test]
fn pairs_of_foreign_keys_associate_unless_something_else_is_said_of_them() {
    let is_association = |change: fn(&mut Value)| {
        let one = table(&[("RID", "text", false)], &[&["RID"]]);
        let place = |table: &str, column: &str| json!({ "schema_name": "s", "table_name": table, "column_name": column });
        let link = |column: &str, to: &str| {
            json!({
                "names": [["s", column]],
                "foreign_key_columns": [place("p", column)],
                "referenced_columns": [place(to, "RID")],
            })
        };
        let columns = [
            ("RID", "text", false),
            ("a", "text", false),
            ("b", "text", false),
            ("RCT", "timestamptz", false),
        ];
        let mut pairs = table(&columns, &[&["RID"], &["a", "b"]]);
        pairs["table_name"] = json!("p");
        pairs["foreign_keys"] = json!([link("a", "one"), link("b", "two"), link("RCT", "two")]);
        change(&mut pairs);
        let tables = json!({ "one": one, "two": one, "p": pairs });
        let catalogue = catalogue(&json!({}), &tables);
        catalogue.table("s", "p").unwrap().association().is_some()
    };
    assert!(is_association(|_| {}));
    // Two keys, or none.
    assert!(!is_association(|pairs| pairs["keys"] = json!([{ "unique_columns": ["RID"] }])));
    assert!(!is_association(|pairs| {
        pairs["keys"] = json!([{ "unique_columns": ["a"] }, { "unique_columns": ["b"] }]);
    }));
    // A column of its own.
    assert!(!is_association(|pairs| {
        let note = json!({ "name": "note", "type": { "typename": "text" }, "nullok": true });
        pairs["column_definitions"].as_array_mut().unwrap().push(note);
    }));
    // One foreign key.
    assert!(!is_association(|pairs| {
        pairs["foreign_keys"].as_array_mut().unwrap().remove(1);
    }));
}
