//! Resources that change, or whose definitions are elsewhere: schedules, ConfigMaps, the examples that are shipped.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{Scene, condition, definition, holds};

const KIND: &str = "ExportSchedule";

/// Where the export of a resource is on the server.
fn path(resource: &Value) -> String {
    format!("/v1/exports/{}", resource["status"]["export"].as_str().unwrap())
}

#[tokio::test]
async fn a_schedule_is_on_the_server_what_its_resource_says() {
    let scene = Scene::set("").await;
    let cluster = &scene.cluster;
    let spec = json!({"schedules": [{"cron": "0 3 1 1 *"}], "definition": definition("Yearly")});
    cluster.apply(KIND, "yearly", &spec).await.unwrap();
    let due = cluster.until(KIND, "yearly", |resource| holds(resource, "Scheduled")).await.unwrap();
    let shown = async || scene.served.api.get(&path(&due)).await.unwrap().body;
    let on_server = shown().await;
    assert_eq!((&on_server["state"], &on_server["run"]), (&json!("new"), &Value::Null));
    assert_eq!(on_server["schedule"]["next"], due["status"]["next"]);
    assert_eq!(on_server["definition"]["schedules"][0]["cron"], "0 3 1 1 *");

    let changes = json!({"spec": {"suspend": true, "definition": {"name": "Never"}}});
    cluster.change(KIND, "yearly", &changes).await.unwrap();
    let is_suspended = |resource: &Value| condition(resource, "Scheduled")["reason"] == "Suspended";
    let suspended = cluster.until(KIND, "yearly", is_suspended).await.unwrap();
    assert_eq!(suspended["status"].get("next"), None, "{suspended:#}");
    let on_server = shown().await;
    assert_eq!((&on_server["version"], &on_server["schedule"]), (&json!(2), &Value::Null));
    assert_eq!(on_server["definition"]["name"], "Never");

    // A definition that is refused leaves the one before as it is.
    let wrong = json!({"spec": {"definition": {"outputs": [{"to": "a.csv"}]}}});
    cluster.change(KIND, "yearly", &wrong).await.unwrap();
    let is_refused = |resource: &Value| condition(resource, "Accepted")["reason"] == "Refused";
    cluster.until(KIND, "yearly", is_refused).await.unwrap();
    assert_eq!(shown().await["version"], 2);
    scene.told("yearly", &["Submitted", "Changed", "Refused"]).await;
}

#[tokio::test]
async fn a_schedule_that_was_deleted_on_the_server_is_made_anew_and_rests_once_its_resource_is_deleted()
 {
    let scene = Scene::set("").await;
    let cluster = &scene.cluster;
    let spec = json!({"schedules": [{"cron": "0 3 1 1 *"}], "definition": definition("Yearly")});
    cluster.apply(KIND, "yearly", &spec).await.unwrap();
    let first =
        cluster.until(KIND, "yearly", |resource| holds(resource, "Scheduled")).await.unwrap();
    let deleted = scene.served.api.delete(&path(&first)).await.unwrap();
    assert_eq!(deleted.status, 204, "{:#}", deleted.body);
    let is_other = |resource: &Value| {
        let export = &resource["status"]["export"];
        holds(resource, "Scheduled") && export.is_string() && *export != first["status"]["export"]
    };
    let second = cluster.until(KIND, "yearly", is_other).await.unwrap();
    assert_eq!(scene.count().await, 1);
    cluster.delete(KIND, "yearly").await.unwrap();
    cluster.gone(KIND, "yearly").await.unwrap();
    let left = scene.served.api.get(&path(&second)).await.unwrap().body;
    assert_eq!((&left["definition"]["paused"], &left["schedule"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn a_definition_may_come_later_and_from_a_config_map() {
    let scene = Scene::set("").await;
    let cluster = &scene.cluster;
    let spec = json!({"definitionFrom": {"configMap": "definitions", "key": "flights.json"}});
    cluster.apply("Export", "flights", &spec).await.unwrap();
    let waits =
        cluster.until("Export", "flights", |resource| holds(resource, "Failed")).await.unwrap();
    let accepted = condition(&waits, "Accepted");
    assert_eq!(accepted["reason"], "Invalid");
    assert!(accepted["message"].as_str().unwrap().contains("\"definitions\""), "{accepted:#}");
    let text = definition("Flights").to_string();
    cluster.config_map("definitions", "flights.json", &text).await.unwrap();
    assert_eq!(scene.done("flights").await["status"]["run"]["finished"]["records"], 3);
}

#[tokio::test]
async fn a_change_that_comes_too_late_is_told() {
    let scene = Scene::set("").await;
    let spec = json!({"definition": definition("Flights")});
    scene.cluster.apply("Export", "flights", &spec).await.unwrap();
    let done = scene.done("flights").await;
    let late = json!({"spec": {"definition": {"name": "Trains"}}});
    scene.cluster.change("Export", "flights", &late).await.unwrap();
    let is_told =
        |resource: &Value| condition(resource, "Accepted")["reason"] == "DefinitionChanged";
    let told = scene.cluster.until("Export", "flights", is_told).await.unwrap();
    assert_eq!(told["status"]["run"], done["status"]["run"]);
    assert_eq!(scene.served.api.get(&path(&done)).await.unwrap().body["version"], 1);
}

#[tokio::test]
async fn the_examples_that_are_shipped_are_taken() {
    let scene = Scene::set("").await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/kubernetes");
    let mut resources = 0;
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let objects: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
        for object in objects {
            let made = scene.cluster.create(object).await.unwrap();
            let kind = made["kind"].as_str().unwrap();
            if kind == "ConfigMap" {
                continue;
            }
            let name = made["metadata"]["name"].as_str().unwrap();
            let is_taken = |resource: &Value| holds(resource, "Accepted");
            let taken = scene.cluster.until(kind, name, is_taken).await.unwrap();
            // What the schema does not know would be gone.
            assert_eq!(taken["spec"], made["spec"]);
            resources += 1;
        }
    }
    assert_eq!(resources, 2);
    scene.done("flights").await;
}
