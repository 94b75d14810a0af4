//! Documents as a whole: sent, changed, kept as definitions.

use serde_json::{Value, json};

use super::{export, instance, read, refused};
use crate::definition::{Definition, Generation};
use crate::easydb::{Document, Instance, Read, What};

#[test]
fn unknown_keys_are_named_and_every_mistake_is_told_at_once() {
    let Read { warnings, .. } =
        read(&json!({"export": {"limit": null, "name": "a"}, "x": 1})).unwrap();
    let told = [
        "export.limit is not known and was left out",
        "x is not known and was left out",
        "null stands for the default of export.limit",
    ];
    assert_eq!(warnings, told);
    let mistakes =
        read(&json!({"export": {"type": 1, "xml": "x", "csv": {"quote": ""}, "flat": []},
        "_schedules": [{"hours": [24]}], "_transports": [{"type": "pigeon"}]}))
        .map(|read| read.document)
        .unwrap_err();
    let places: Vec<&str> = mistakes.iter().map(|mistake| mistake.place.as_str()).collect();
    let expected = [
        "export.type",
        "export.xml",
        "export.flat",
        "_schedules.0.hours",
        "_transports.0.type",
        "export.name",
    ];
    assert_eq!(places, expected);
}

#[test]
fn schedules_are_taken_in_singular_and_plural() {
    let given = json!({"export": {"name": "n"}, "_schedules": [
        {"weekdays": ["sunday"], "day_of_month": [1, 2, 3, 4, 5, 6, 7], "hour": 10},
        {"weekdays": ["mon", "Tue"], "hours": [5], "minutes": [0, 5], "timezone": "Europe/Berlin"}, {}]});
    let Read { document, warnings } = read(&given).unwrap();
    let shown = json!([
        {"weekdays": ["sunday"], "days_of_month": [1, 2, 3, 4, 5, 6, 7], "hours": [10]},
        {"weekdays": ["monday", "tuesday"], "hours": [5], "minutes": [0, 5],
         "timezone": "Europe/Berlin"}, {}]);
    assert_eq!((json!(document.schedules()), warnings.len()), (shown.clone(), 0));
    let again = read(&json!({"export": {"name": "n"}, "_schedules": shown})).unwrap();
    assert_eq!(again.document.schedules, document.schedules);
    let Err(mistakes) = read(&json!({"_schedules": [{}]})) else { panic!("it has no name") };
    assert_eq!(mistakes[0].what, What::NameRequired);
    refused(
        &json!({"export": {"name": "n"}, "_schedules": [{"timezone": "Mars/Crater"}]}),
        "_schedules.0",
    );
}

#[test]
fn a_change_leaves_what_it_does_not_name() {
    let first = export(&json!({"name": "a", "xml": true, "csv": true})).document;
    let change = json!({"export": {"_version": 2, "json": true, "csv": false}});
    let second = first.changed(&change, &instance(), Generation::Easydb).unwrap().document;
    assert!(second.easydb.xml && second.easydb.json && second.easydb.csv.is_none());
    assert_eq!((second.name.as_deref(), second.version), (Some("a"), Some(2)));
}

#[test]
fn a_definition_says_the_same_as_its_document() {
    let given = json!({"export": {"name": "Bilder", "type": "export_incremental", "xml": true,
        "search": {"search": []}, "batch_size": 20, "eas_fields": ["bild.datei"], "flat": true},
        "_schedules": [{"hours": [3]}], "_transports": [{"type": "download"}]});
    let document = read(&given).unwrap().document;
    let definition = document.definition("Bilder", &instance(), None).unwrap();
    assert_eq!(definition.batch_size, Some(20));
    assert_eq!(definition.outputs[0].from, "catalogue");
    assert!(definition.outputs[0].incremental.is_some());
    let kept: Definition = serde_json::from_value(json!(definition)).unwrap();
    assert_eq!(Document::of(&kept, &document), document);
}

/// Clients send every key, whatever else they ask for.
#[test]
fn what_means_nothing_beside_the_rest_is_shown_as_it_was_sent_and_stops_nothing() {
    let idle = json!({"xml_one_file_per_object": true, "xslt_xml_post_processing": {"_id": 77},
        "mapping": "easydb_flat", "merge_max_depth": 3});
    let mut sent = json!({"name": "n", "search": {}, "json": true, "xml": false, "csv": false,
        "merge_linked_objects": "none"});
    sent.as_object_mut().unwrap().extend(idle.as_object().cloned().unwrap());
    let document = export(&sent).document;
    let definition = document.definition("n", &instance(), None).unwrap();
    Definition::parse(&json!(definition).to_string()).unwrap();
    let shown = document.export();
    for (key, value) in idle.as_object().unwrap() {
        assert_eq!(shown[key], *value, "{key}");
    }
}

#[test]
fn linked_objects_are_not_merged_into_the_flat_form() {
    for (rule, is_refused) in [("none", false), ("all", true)] {
        let sent = json!({"name": "n", "search": {}, "xml": true, "mapping": "easydb_flat",
            "merge_linked_objects": rule});
        let definition = export(&sent).document.definition("n", &instance(), None).unwrap();
        let faults = Definition::parse(&json!(definition).to_string()).err().unwrap_or_default();
        let places: Vec<&str> = faults.iter().filter_map(|fault| fault.place.as_deref()).collect();
        let expected: &[&str] = if is_refused { &["/outputs/0/easydb/mapping"] } else { &[] };
        assert_eq!(places, expected, "{rule}");
    }
}

#[test]
fn times_are_told_in_the_zone_of_the_installation() {
    let document = export(&json!({"name": "n", "search": {}, "xml": true})).document;
    let instance = Instance { zone: Some("Europe/Berlin".to_owned()), ..instance() };
    let definition = document.definition("n", &instance, None).unwrap();
    let zone = |definition: &Definition| definition.outputs[0].easydb.as_ref()?.time_zone.clone();
    assert_eq!(zone(&definition).as_deref(), Some("Europe/Berlin"));
    assert!(Definition::parse(&json!(definition).to_string()).is_ok());
    let text = json!(definition).to_string().replace("Europe/Berlin", "Mars/Crater");
    let faults = Definition::parse(&text).unwrap_err();
    assert_eq!(faults[0].place.as_deref(), Some("/outputs/0/easydb/time_zone"));
    let again = Document::of(&definition, &document);
    assert_eq!(again.easydb, document.easydb);
}

#[test]
fn of_much_that_is_tolerated_the_first_is_told_and_how_much_more_there_is() {
    let many: serde_json::Map<String, Value> =
        (1..=250).map(|number| (format!("k{number}"), json!(1))).collect();
    let mut sent = json!({"export": {"classes": {"image": [{"type": "original", "dpi": 1}]}}});
    sent["export"]["csv"] = Value::Object(many);
    sent["export"]["limit"] = json!(null);
    let Read { warnings, .. } = read(&sent).unwrap();
    assert_eq!(warnings.len(), 102);
    assert_eq!(warnings[99], "export.csv.k99 is not known and was left out");
    assert_eq!(warnings[100], "152 more keys are not known or have no effect");
    assert_eq!(warnings[101], "null stands for the default of export.limit");
    let long = "x".repeat(300);
    let Read { warnings, .. } = export(&json!({long: 1}));
    let place = format!("export.{}… and 107 more characters", "x".repeat(193));
    assert_eq!(warnings, [format!("{place} is not known and was left out")]);
}

#[test]
fn what_a_real_client_sends_is_taken() {
    let sent: Value = serde_json::from_str(include_str!("../client.json")).unwrap();
    let Read { document, warnings } = read(&sent).unwrap();
    assert!(document.easydb.xml && document.easydb.xml_one_file_per_object);
    assert_eq!((document.batch_size, document.easydb.merge_max_depth), (Some(5000), None));
    let unknown = ["export.limit", "export.offset"];
    let unknown = unknown.map(|key| format!("{key} is not known and was left out"));
    assert_eq!(warnings[..2], unknown);
    let nulls =
        "export.search.limit, export.fields, export.filename_template, export.limit, export.offset";
    assert_eq!(warnings[2..], [format!("null stands for the default of {nulls}")]);
}

#[test]
fn the_complete_example_in_its_old_shapes_is_taken() {
    let sent = json!({"_basetype": "export", "_schedules": [{"weekdays": ["monday"], "hour": [4]}],
        "_transports": [{"type": "email", "packer": "zip_2gb", "email": {
            "recipients": [{"user": {"type": "email", "login": "john@x.example"}}]}}],
        "export": {"_id": 1, "_version": 1, "type": "export", "name": "alles",
            "search": {"search": [{"type": "match", "mode": "fulltext", "string": "baum"}]},
            "fields": {"bilder.titel": {"display_name": "Titel"}}, "eas_fields": ["bilder.datei"],
            "classes": {"image": {"version": "current+original"}}, "assets": {"12": true},
            "csv": {"delimiter": ";", "quote": "\"", "escape": "\"", "all_languages": true},
            "xml": true, "merge_linked_objects": "not_in_main_search", "merge_max_depth": "3"}});
    let Read { document, warnings } = read(&sent).unwrap();
    assert_eq!(warnings, [""; 0]);
    assert!(document.easydb.all_languages && document.easydb.eas_fields["bilder.datei"].files);
    assert_eq!(document.easydb.classes["image"].len(), 2);
    assert_eq!(document.easydb.merge_max_depth, Some(3));
    document.definition("alles", &instance(), None).unwrap();
}
