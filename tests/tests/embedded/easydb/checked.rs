//! What comes out of exports of catalogues, held against files that are checked in.

use serde_json::{Value, json};

use super::super::desk::Desk;
use super::super::material::scenario;
use super::{TOP, catalogue, config, export, lint, workbook};
use crate::scenario::{compare, files};

/// The export of a scenario: of the small catalogue and in batches of ten, unless it says otherwise.
pub(super) fn of_scenario(asked: &Value) -> Value {
    let mut export = export(&asked["easydb"]);
    if let Some(name) = asked["catalogue"].as_str() {
        export["sources"]["museum"]["path"] = json!(catalogue(name));
    }
    if let Some(size) = asked["batch_size"].as_u64() {
        export["batch_size"] = size.into();
    }
    export
}

#[tokio::test]
async fn what_comes_out_is_what_is_checked_in() {
    let scenario = scenario("easydb");
    let asked: Vec<Value> =
        serde_json::from_slice(&std::fs::read(scenario.join("exports.json")).unwrap()).unwrap();
    let desk = Desk::new();
    for asked in asked {
        let name = asked["name"].as_str().unwrap();
        let ran = desk.define(&of_scenario(&asked)).apart(name).config(&config()).done().await;
        let expected = scenario.join("expected").join(name);
        compare(&files(&ran.unpacked().join(TOP)), &files(&expected), name);
        assert_eq!(lint(&ran) > 0, asked["easydb"]["xml"] == true, "{name}");
    }
}

#[tokio::test]
async fn workbooks_hold_the_cells_that_are_checked_in() {
    let desk = Desk::new();
    let search = json!({"search": [{"type": "in", "bool": "must", "fields": ["_system_object_id"],
        "in": [1006, 1028, 1042, 1046]}]});
    let of_small = json!({"search": search, "xlsx": {"hierarchy": "column"},
        "merge_linked_objects": "all", "eas_fields": {"bild.datei": {"files": true}}});
    let of_fylr = json!({"xlsx": {"hierarchy": ">", "localized_column_names": true,
        "changelog": "users", "thumbnails": true}, "all_languages": true});
    for (name, folder, easydb) in
        [("workbook", "small", of_small), ("workbook-fylr", "fylr", of_fylr)]
    {
        let asked = of_scenario(&json!({"catalogue": folder, "easydb": easydb}));
        let ran = desk.define(&asked).apart(name).config(&config()).done().await;
        let expected = scenario(&format!("easydb/expected/{name}.txt"));
        assert_eq!(workbook(&ran), std::fs::read_to_string(expected).unwrap(), "{name}");
    }
}
