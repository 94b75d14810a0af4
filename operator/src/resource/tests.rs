use std::fs;
use std::path::Path;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use serde_json::{Value, json};

use super::*;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Compares a definition of resources with the one that is shipped, and leaves the new one where they differ.
fn check(name: &str, definition: &CustomResourceDefinition) {
    let file = Path::new(ROOT).join(format!("deploy/kubernetes/{name}.yaml"));
    let shipped: Value =
        serde_saphyr::from_str(&fs::read_to_string(file).unwrap_or_default()).unwrap_or_default();
    if shipped != serde_json::to_value(definition).unwrap() {
        let fresh = Path::new(ROOT).join("target/kubernetes");
        fs::create_dir_all(&fresh).unwrap();
        let text = format!(
            "# Made from operator/src/resource/; a test says how.\n{}",
            serde_saphyr::to_string(definition).unwrap()
        );
        fs::write(fresh.join(format!("{name}.yaml")), text).unwrap();
        panic!(
            "deploy/kubernetes/{name}.yaml is not that of the code:\n\
             cp target/kubernetes/{name}.yaml deploy/kubernetes/ && helm/check accept"
        );
    }
}

#[test]
fn the_definition_of_exports_is_the_one_that_is_shipped() {
    check("exports", &Export::crd());
}

#[test]
fn the_definition_of_schedules_is_the_one_that_is_shipped() {
    check("exportschedules", &ExportSchedule::crd());
}

/// Every schema below a schema, itself included.
fn below<'s>(schema: &'s Value, found: &mut Vec<&'s Value>) {
    found.push(schema);
    let properties = schema["properties"].as_object();
    for child in properties.into_iter().flat_map(serde_json::Map::values) {
        below(child, found);
    }
    if schema["items"].is_object() {
        below(&schema["items"], found);
    }
}

#[test]
fn schemas_are_structural() {
    for definition in [Export::crd(), ExportSchedule::crd()] {
        let definition = serde_json::to_value(definition).unwrap();
        let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        let mut found = Vec::new();
        below(schema, &mut found);
        assert!(found.len() > 20, "{schema:#}");
        for schema in found {
            assert!(schema["type"].is_string(), "{schema:#}");
            for key in ["$ref", "anyOf", "oneOf", "allOf", "definitions", "const"] {
                assert!(schema.get(key).is_none(), "{key}: {schema:#}");
            }
        }
    }
}

#[test]
fn what_is_left_out_of_a_resource_has_its_default() {
    let export: Export = serde_json::from_value(json!({
        "apiVersion": "longshore.dev/v1alpha1", "kind": "Export", "metadata": {"name": "a"},
        "spec": {"definitionFrom": {"configMap": "flights"}},
    }))
    .unwrap();
    assert_eq!(export.on_delete(), OnDelete::Stop);
    let Origin::ConfigMap(named) = export.origin() else { panic!() };
    assert_eq!((&*named.config_map, &*named.key), ("flights", "definition.json"));
    assert!(export.rhythm().is_none() && export.status().is_none());
    let schedule: ExportSchedule = serde_json::from_value(json!({
        "apiVersion": "longshore.dev/v1alpha1", "kind": "ExportSchedule", "metadata": {"name": "a"},
        "spec": {"schedules": [{"cron": "@daily"}], "definition": {"name": "A"}},
    }))
    .unwrap();
    let rhythm = schedule.rhythm().unwrap();
    assert_eq!((rhythm.schedules.len(), rhythm.suspend), (1, false));
    assert!(matches!(schedule.origin(), Origin::Inline(_)));
}

#[test]
fn a_condition_holds_since_it_began_to() {
    let at = |second: i64| jiff::Timestamp::from_second(second).unwrap();
    let condition = |kind: &str, status: Truth, second: i64| Condition {
        kind: kind.to_owned(),
        status,
        observed_generation: Some(second),
        last_transition_time: at(second),
        reason: "Because".to_owned(),
        message: String::new(),
    };
    let before = [condition("Done", Truth::False, 1), condition("Failed", Truth::False, 1)];
    let now = vec![condition("Done", Truth::True, 9), condition("Failed", Truth::False, 9)];
    let now = since(&before, now);
    let times: Vec<_> = now.iter().map(|condition| condition.last_transition_time).collect();
    assert_eq!(times, [at(9), at(1)]);
    assert_eq!(now[1].observed_generation, Some(9));
}
