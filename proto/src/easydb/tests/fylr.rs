//! What is otherwise where a client of fylr makes an export.

use serde_json::{Value, json};

use super::instance;
use crate::definition::Generation;
use crate::easydb::{Document, Mistake, Read};

fn read(export: &Value) -> Result<Read, Vec<Mistake>> {
    Document::default().changed(&json!({"export": export}), &instance(), Generation::Fylr)
}

fn refused(export: &Value, place: &str) {
    let mistakes = read(export).map(|read| read.document).unwrap_err();
    let places: Vec<&str> = mistakes.iter().map(|mistake| mistake.place.as_str()).collect();
    assert_eq!(places, [place], "{export}");
    // easydb takes it, with a warning or without one.
    let taken =
        Document::default().changed(&json!({"export": export}), &instance(), Generation::Easydb);
    assert!(taken.is_ok(), "{export}");
}

#[test]
fn a_batch_has_at_most_ten_thousand_objects() {
    for size in [json!(0), json!(10_000), json!(null)] {
        assert!(read(&json!({"batch_size": size})).is_ok(), "{size}");
    }
    refused(&json!({"batch_size": 10_001}), "export.batch_size");
}

#[test]
fn nulls_are_named_by_their_places_as_for_easydb() {
    let sent =
        json!({"flat": null, "csv": {"include_changelog": {"with_user": null}}, "xml": true});
    let told = "null stands for the default of export.flat, export.csv.include_changelog.with_user";
    assert_eq!(read(&sent).unwrap().warnings, [told]);
}

#[test]
fn a_field_has_nothing_but_what_it_is_called() {
    assert!(read(&json!({"fields": {"a.b": {"display_name": "B"}}})).is_ok());
    refused(&json!({"fields": {"a.b": {"name": "B"}}}), "export.fields.a.b.name");
}

#[test]
fn no_field_lies_further_away_than_objects_are_written_out() {
    let one = json!({"a.b.c.d": {}, "a._nested:a__e.f.g.h": {}});
    assert!(read(&json!({"fields": one})).is_ok());
    let two = json!({"a.b.c.d.e.f": {}});
    refused(&json!({"fields": two}), "export.fields.a.b.c.d.e.f");
    let Read { document, .. } = read(&json!({"fields": two, "merge_max_depth": 2})).unwrap();
    let change = |export: Value| {
        document.changed(&json!({"export": export}), &instance(), Generation::Fylr).is_ok()
    };
    assert!(change(json!({"xml": true})));
    assert!(!change(json!({"merge_max_depth": 1})));
}

#[test]
fn the_flat_form_is_the_standard_one() {
    let Read { document, .. } = read(&json!({"xml": true, "mapping": "easydb_flat"})).unwrap();
    assert_eq!(document.easydb.mapping, None);
}

#[test]
fn an_export_stays_what_it_was_made_as_whoever_changes_it() {
    for (made, changed) in
        [(Generation::Fylr, Generation::Easydb), (Generation::Easydb, Generation::Fylr)]
    {
        let new = json!({"export": {"name": "a", "search": {}, "xml": true}});
        let Read { document, .. } = Document::read(&new, &instance(), made).unwrap();
        let change = json!({"export": {"csv": true, "json": true}});
        let Read { document, .. } = document.changed(&change, &instance(), changed).unwrap();
        assert_eq!(document.easydb.generation, made);
        assert_eq!(document.easydb.csv.unwrap().generation, made);
    }
}
