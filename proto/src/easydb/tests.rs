//! Every row of the attribute table: what is taken, what it means, and how it is shown.

mod files;
mod old_files;
mod fylr;
mod tables;
mod vocabulary;
mod ways;
mod whole;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Document, Instance, Kind, Mistake, Places, Read, nulls};
use crate::definition::Generation;
use crate::target::TargetSpec;

fn instance() -> Instance {
    let targets: BTreeMap<String, TargetSpec> = serde_json::from_value(json!({
        "backup": {"kind": "rsync", "to": "/srv/exports"},
        "store": {"kind": "rsync", "to": "rsync://store.example/m"},
        "cloud": {"kind": "webdav", "url": "https://dav.example/ed"},
        "old": {"kind": "ftp", "host": "ftp.example", "user": "ed", "password_file": "/p"},
    }))
    .unwrap();
    Instance {
        source: "catalogue".to_owned(),
        watermark: Some("stamp".to_owned()),
        stylesheets: BTreeMap::from([("77".to_owned(), "mods".to_owned())]),
        metadata: serde_json::from_value(json!({"12": {"bild.titel": "xmp:dc:title"}})).unwrap(),
        places: Places::of(&targets),
        ..Instance::default()
    }
}

/// A document with some keys, which need not be all that a new export has.
fn read(document: &Value) -> Result<Read, Vec<Mistake>> {
    Document::default().changed(document, &instance(), Generation::Easydb)
}

fn export(export: &Value) -> Read {
    read(&json!({"export": export})).unwrap_or_else(|mistakes| panic!("{export}: {mistakes:?}"))
}

/// What is shown of a key that was given as this; nothing may be warned of but nulls. Read again, what is shown
/// means the same.
fn check(key: &str, given: &Value, shown: &Value) {
    let sent = json!({key: given});
    let Read { document, warnings } = export(&sent);
    assert_eq!(document.export()[key], *shown, "{key}: {given}");
    assert_eq!(warnings, of_nulls(&sent), "{key}: {given}");
    let sent = Value::Object(document.export());
    let again = export(&sent);
    assert_eq!(again.document.easydb, document.easydb, "{key}: {given}");
    assert_eq!(again.warnings, of_nulls(&sent), "{key}: {given}");
}

/// What is told of an export in which nothing but nulls is to be told of.
fn of_nulls(export: &Value) -> Vec<String> {
    nulls::told(&json!({"export": export})).into_iter().collect()
}

fn refused(document: &Value, place: &str) {
    let mistakes = read(document).map(|read| read.document).unwrap_err();
    let places: Vec<&str> = mistakes.iter().map(|mistake| mistake.place.as_str()).collect();
    assert_eq!(places, [place], "{document}");
}

#[test]
fn types_are_the_three_there_are() {
    for (name, kind) in [
        ("export", Kind::Export),
        ("export_incremental", Kind::Incremental),
        ("download", Kind::Download),
    ] {
        check("type", &json!(name), &json!(name));
        assert_eq!(export(&json!({"type": name})).document.kind, kind);
    }
    assert_eq!(export(&json!({})).document.kind, Kind::Export);
    refused(&json!({"export": {"type": "backup"}}), "export.type");
}

#[test]
fn switches_are_taken_as_they_are_sent() {
    for key in [
        "xml",
        "xml_one_file_per_object",
        "json",
        "json_one_file_per_object",
        "all_languages",
        "filename_original",
        "flat",
    ] {
        for (given, shown) in
            [(json!(true), true), (json!(1), true), (json!("true"), true), (json!(false), false)]
        {
            check(key, &given, &json!(shown));
        }
        let null = export(&json!({key: null}));
        assert_eq!(null.document.export()[key], json!(false));
        assert_eq!(null.warnings, [format!("null stands for the default of export.{key}")]);
        refused(&json!({"export": {key: "maybe"}}), &format!("export.{key}"));
    }
}

#[test]
fn a_search_is_kept_whole() {
    let search = json!({"search": [{"type": "in", "bool": "must", "fields": ["_objecttype"],
        "in": ["bild"]}], "format": "long", "limit": null});
    check("search", &search, &search);
    check("search", &json!(null), &json!(null));
    refused(&json!({"export": {"search": "bild"}}), "export.search");
}

#[test]
fn what_a_search_cannot_say_of_an_export_is_named() {
    let own = json!([{"field": "_system_object_id", "order": "ASC"}]);
    for search in [
        json!({"sort": own}),
        json!({"sort": [], "offset": 0}),
        json!({"limit": null}),
        json!({"best_mask_filter": true}),
    ] {
        check("search", &search, &search);
    }
    let order = "objects are in the order of their _system_object_id";
    let all = "all that is found is exported";
    for (key, value, why) in [
        ("sort", json!([{"field": "bild.titel", "order": "ASC"}]), order),
        ("sort", json!({"field": "_system_object_id", "order": "DESC"}), order),
        ("limit", json!(1000), all),
        ("offset", json!(20), all),
        ("best_mask_filter", json!(false), "each object is exported once, in the best mask"),
    ] {
        let warnings = export(&json!({"search": {key: value}})).warnings;
        assert_eq!(warnings, [format!("export.search.{key} has no effect: {why}")]);
    }
}

#[test]
fn a_new_export_says_what_it_searches_for_and_keeps_saying_it() {
    let new =
        |export: Value| Document::read(&json!({"export": export}), &instance(), Generation::Fylr);
    for (export, places) in [
        (json!({"xml": true}), &["export.search"][..]),
        (json!({"search": null}), &["export.search"]),
        (json!({"search": 7}), &["export.search"]),
        (json!({"csv": 7}), &["export.csv", "export.search"]),
    ] {
        let mistakes = new(export.clone()).map(|read| read.document).unwrap_err();
        let told: Vec<&str> = mistakes.iter().map(|mistake| mistake.place.as_str()).collect();
        assert_eq!(told, places, "{export}");
    }
    for everything in [json!({}), json!({"search": []})] {
        let document = new(json!({"search": everything})).unwrap().document;
        let change =
            |json: Value| document.changed(&json!({"export": json}), &instance(), Generation::Fylr);
        assert!(change(json!({"xml": true})).is_ok());
        assert!(change(json!({"search": null})).is_err());
    }
}

#[test]
fn fields_are_a_map_or_a_list() {
    check("fields", &json!(null), &json!(null));
    check("fields", &json!({}), &json!(null));
    let shown = json!({"bild.titel": {"display_name": "Titel"}, "bild.typ": {}});
    check("fields", &json!({"bild.titel": {"display_name": "Titel"}, "bild.typ": null}), &shown);
    check("fields", &json!(["bild.typ"]), &json!({"bild.typ": {}}));
    refused(&json!({"export": {"fields": 7}}), "export.fields");
}

#[test]
fn links_are_merged_by_either_products_words() {
    for word in
        ["none", "not_in_main_search", "not_in_main_search_and_reverse", "in_main_search", "all"]
    {
        check("merge_linked_objects", &json!(word), &json!(word));
    }
    check(
        "merge_linked_objects",
        &json!("not_in_main_search_unless_reverse"),
        &json!("not_in_main_search_and_reverse"),
    );
    refused(&json!({"export": {"merge_linked_objects": "some"}}), "export.merge_linked_objects");
    check("merge_max_depth", &json!("3"), &json!(3));
    check("merge_max_depth", &json!(null), &json!(1));
    for depth in [0, 10] {
        refused(&json!({"export": {"merge_max_depth": depth}}), "export.merge_max_depth");
    }
}

#[test]
fn a_batch_has_a_hundred_objects_unless_said() {
    check("batch_size", &json!(null), &json!(100));
    check("batch_size", &json!("5000"), &json!(5000));
    check("batch_size", &json!(0), &json!(0));
    refused(&json!({"export": {"batch_size": -1}}), "export.batch_size");
}

#[test]
fn names_of_files_are_originals_or_of_a_template() {
    check("filename_template", &json!("%bild.titel%"), &json!("%bild.titel%"));
    check("filename_template", &json!(null), &json!(null));
    refused(
        &json!({"export": {"filename_original": true, "filename_template": "%a.b%"}}),
        "export.filename_template",
    );
}

#[test]
fn plugins_are_refused_unless_they_are_easydbs_own() {
    let given = json!({"addLinkedData": true, "plugin": "easydb"});
    check("produce_options", &given, &given);
    check("produce_options", &json!({}), &json!({"plugin": "easydb"}));
    refused(
        &json!({"export": {"produce_options": {"plugin": "pptx"}}}),
        "export.produce_options.plugin",
    );
}

#[test]
fn what_only_fylr_has_is_named_where_it_is_asked_for() {
    check("include_parents", &json!(true), &json!(true));
    assert!(!export(&json!({"include_parents": false})).document.easydb.include_parents);
    for key in ["file_metadata", "no_inheritance"] {
        assert_eq!(export(&json!({key: 1})).warnings, [format!("export.{key} has no effect")]);
        assert!(export(&json!({key: false})).warnings.is_empty());
    }
    let days = export(&json!({"file_url_expire_days": 30})).warnings;
    let why = "addresses of files are the catalogue's, and hold as long as it says";
    assert_eq!(days, [format!("export.file_url_expire_days has no effect: {why}")]);
    let null = export(&json!({"file_url_expire_days": null})).warnings;
    assert_eq!(null, ["null stands for the default of export.file_url_expire_days"]);
}
