//! What comes out of exports of catalogues, held against files that are checked in.

use serde_json::{Value, json};

use super::super::desk::Desk;
use super::super::material::scenario;
use super::{TOP, catalogue, config, export, lint, workbook};
use crate::easydb::scenarios::{listed, name};
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
    let desk = Desk::new();
    for asked in listed("exports.json") {
        let name = name(&asked);
        let ran = desk.define(&of_scenario(&asked)).apart(name).config(&config()).done().await;
        let expected = scenario.join("expected").join(name);
        compare(&files(&ran.unpacked().join(TOP)), &files(&expected), name);
        assert_eq!(lint(&ran) > 0, asked["easydb"]["xml"] == true, "{name}");
    }
}

#[tokio::test]
async fn workbooks_hold_the_cells_that_are_checked_in() {
    let desk = Desk::new();
    for asked in listed("workbooks.json") {
        let name = name(&asked);
        let ran = desk.define(&of_scenario(&asked)).apart(name).config(&config()).done().await;
        let expected = scenario(&format!("easydb/expected/{name}.txt"));
        assert_eq!(workbook(&ran), std::fs::read_to_string(expected).unwrap(), "{name}");
    }
}
