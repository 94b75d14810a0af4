//! Changes of exports with schedules: what becomes of their dues, and who loses against whom.

use axum::http::Method;
use fabric::record;
use futures::future::join_all;
use proto::key::Key;
use serde_json::{Value, json};

use super::scene::{Scene, definition};
use super::scheduling::{HOUR, change, due, hourly, marks, scheduled, shown};

#[tokio::test]
async fn schedules_rest_and_go_on_by_a_change_of_the_definition() {
    let scene = Scene::new().await;
    let export = hourly(&scene).await;
    let mut document = scheduled();
    document["paused"] = json!(true);
    let changed = change(&scene, export, "\"1\"", &document).await;
    assert_eq!((changed.status.as_u16(), changed.header("etag")), (200, "\"2\""));
    assert_eq!(changed.json()["schedule"], Value::Null);
    assert!(marks(&scene).await.is_empty());
    scene.pass(5 * HOUR);
    assert_eq!(scene.coordinator.start_due().await.unwrap(), None);
    assert_eq!(shown(&scene, export).await["run"], Value::Null);
    // What was due while they rested is not caught up.
    change(&scene, export, "", &scheduled()).await;
    assert_eq!(json!(scene.coordinator.start_due().await.unwrap()), due(6));
    document["paused"] = json!(false);
    document["schedules"] = json!([{"hours": [3], "minutes": [30], "zone": "Europe/Berlin"}]);
    document["name"] = json!("Andere");
    let changed = change(&scene, export, "\"3\"", &document).await.json();
    assert_eq!((&changed["version"], &changed["name"]), (&json!(4), &json!("Andere")));
    assert!(changed["schedule"]["next"].as_str().unwrap().ends_with("T02:30:00Z"), "{changed}");
    assert_eq!(marks(&scene).await.len(), 1);
}

#[tokio::test]
async fn a_change_that_leaves_the_schedules_makes_no_run_late() {
    let scene = Scene::new().await;
    let export = hourly(&scene).await;
    scene.pass(HOUR);
    let mut document = scheduled();
    document["name"] = json!("Andere");
    assert_eq!(change(&scene, export, "", &document).await.json()["schedule"]["next"], due(1));
    scene.coordinator.start_due().await.unwrap();
    assert_eq!(shown(&scene, export).await["run"]["due"], due(1));
}

#[tokio::test]
async fn nobody_undoes_what_somebody_else_changed() {
    let scene = Scene::new().await;
    let export = hourly(&scene).await;
    let tag = scene.get(&format!("/v1/exports/{export}"), &scene.ann).await;
    assert_eq!(tag.header("etag"), "\"1\"");
    assert_eq!(change(&scene, export, "\"1\"", &definition()).await.status, 200);
    let late = change(&scene, export, "\"1\"", &scheduled()).await;
    assert_eq!((late.status.as_u16(), &late.json()["code"]), (412, &json!("version_mismatch")));
    assert_eq!(shown(&scene, export).await["definition"]["schedules"], Value::Null);
    assert_eq!(change(&scene, export, "2", &scheduled()).await.status, 422);
    let bad = change(&scene, export, "\"2\"", &json!({"name": ""})).await;
    assert_eq!(bad.status, 422);
    let path = format!("/v1/exports/{export}");
    let theirs = scene.send(Method::PUT, &path, &scene.bob, &[], &definition().to_string()).await;
    assert_eq!(theirs.status, 404);
}

#[tokio::test]
async fn changes_at_the_same_moment_are_all_or_nothing() {
    let scene = Scene::new().await;
    let export = hourly(&scene).await;
    let documents: Vec<Value> = (0..8)
        .map(|number| {
            let mut document = scheduled();
            document["name"] = json!(format!("version {number}"));
            document
        })
        .collect();
    let answers = join_all(documents.iter().map(|to| change(&scene, export, "\"1\"", to))).await;
    let made = answers.iter().filter(|answer| answer.status == 200).count();
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 200 | 409 | 412)));
    assert_eq!(made, 1, "all of them were made for version 1");
    let after = shown(&scene, export).await;
    assert_eq!(after["name"], after["definition"]["name"]);
    let mut document = after["definition"].clone();
    document["name"] = json!("later");
    assert_eq!(
        change(&scene, export, "", &document).await.status,
        200,
        "what is left over does not matter"
    );
}

#[tokio::test]
async fn deleted_exports_are_due_no_more() {
    let scene = Scene::new().await;
    let export = hourly(&scene).await;
    let mark = marks(&scene).await.remove(0);
    scene.delete(&format!("/v1/exports/{export}"), &scene.ann).await;
    assert!(marks(&scene).await.is_empty());
    // A mark that somebody wrote late goes when its time comes.
    record::create(&*scene.store, &Key::listed(mark), &()).await.unwrap();
    scene.pass(HOUR);
    assert_eq!(scene.coordinator.start_due().await.unwrap(), None);
    assert!(marks(&scene).await.is_empty());
}

#[tokio::test]
async fn a_schedule_that_is_none_is_refused_with_its_place() {
    let scene = Scene::new().await;
    let mut document = definition();
    document["schedules"] = json!([{"cron": "* * * * * *"}, {"cron": "0 0 30 2 *"}, {"hours": [24]}, {"zone": "Mars/Base"}]);
    let refused = scene.post("/v1/exports", &scene.ann, &document).await;
    assert_eq!(refused.status, 422);
    let faults = refused.json();
    let places: Vec<&Value> =
        faults["faults"].as_array().unwrap().iter().map(|fault| &fault["place"]).collect();
    assert_eq!(places.len(), 4, "{faults}");
    for place in
        ["/schedules/0/cron", "/schedules/1/cron", "/schedules/2/hours/0", "/schedules/3/zone"]
    {
        assert!(places.contains(&&json!(place)), "{place} {faults}");
    }
}
