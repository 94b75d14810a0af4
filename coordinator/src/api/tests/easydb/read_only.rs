//! What only the server tells of an export.

use axum::http::Method;
use fabric::board::{Board as _, Mark, Summary};
use proto::run::{Counts, State};
use serde_json::{Value, json};

use super::super::scene::Scene;
use super::document;

/// The keys that lists have too.
const LISTED: [&str; 5] =
    ["_date_created", "_last_updated_at", "_last_run_at", "_next_run_at", "_owner"];

/// The keys that an export shown by itself has besides.
const SHOWN: [&str; 3] = ["_last_relevant_run_at", "_last_relevant_object_count", "_plugin_log"];

/// What Ann is shown as.
pub(super) fn ann() -> Value {
    json!({"_basetype": "user",
        "user": {"type": "easydb", "login": "ann", "_generated_displayname": "ann"}})
}

/// Some keys of an export.
fn keys(shown: &Value, names: &[&str]) -> Value {
    names.iter().map(|key| ((*key).to_owned(), shown[*key].clone())).collect()
}

/// The same as both products' clients are shown it by itself, and in a list; what they are shown.
async fn shown(scene: &Scene, number: u64) -> Value {
    let path = format!("export/{number}");
    let shown = scene.ask(Method::GET, &path, &Value::Null).await.json();
    let all = [LISTED.as_slice(), &SHOWN].concat();
    let other = scene.ask_fylr(Method::GET, &path, &Value::Null).await.json();
    assert_eq!(keys(&other, &all), keys(&shown, &all));
    let list = scene.ask(Method::GET, "export", &Value::Null).await.json();
    let other = scene.ask_fylr(Method::GET, "export", &Value::Null).await.json();
    for list in [list, other] {
        assert_eq!(keys(&list["objects"][0], &LISTED), keys(&shown, &LISTED));
    }
    keys(&shown, &all)
}

#[tokio::test]
async fn clients_of_both_products_are_told_when_an_export_was_made_changed_and_run_and_whose_it_is()
{
    let scene = Scene::new().await;
    let mut sent = document("a");
    sent["_schedules"] = json!([{"hours": [3], "minutes": [30]}]);
    // What a client says of it counts for nothing.
    for key in LISTED.iter().chain(&SHOWN) {
        sent[*key] = json!("2001-01-01T00:00:00Z");
    }
    let now = || json!(scene.coordinator.ambient.now());
    let made = now();
    let number = scene.put(&sent).await;
    let new = shown(&scene, number).await;
    let next = new["_next_run_at"].clone();
    assert!(next.as_str().unwrap().ends_with("T03:30:00Z") && next.as_str() > made.as_str());
    let mut expected = json!({"_date_created": made, "_last_updated_at": made,
        "_last_run_at": null, "_next_run_at": next, "_owner": ann(),
        "_last_relevant_run_at": null, "_last_relevant_object_count": null, "_plugin_log": []});
    assert_eq!(new, expected);

    scene.pass(60);
    let path = format!("export/{number}");
    let changed = scene.ask(Method::POST, &path, &json!({"export": {"json": true}})).await;
    assert_eq!(changed.status, 200);
    expected["_last_updated_at"] = now();
    assert_eq!(shown(&scene, number).await, expected);

    scene.pass(60);
    scene.ask(Method::POST, &format!("{path}/start"), &Value::Null).await;
    expected["_last_run_at"] = now();
    scene.pass(60);
    scene.end_run(number, State::Done).await;
    expected["_last_relevant_run_at"] = now();
    expected["_last_relevant_object_count"] = json!(2);
    assert_eq!(shown(&scene, number).await, expected);
}

#[tokio::test]
async fn who_looks_at_a_run_under_way_sees_how_far_it_is() {
    let scene = Scene::new().await;
    let number = scene.put(&document("a")).await;
    let path = format!("export/{number}");
    let progress = async || {
        let shown = scene.ask(Method::GET, &path, &Value::Null).await.json();
        (shown["_state"].clone(), shown.get("_progress").cloned())
    };
    assert_eq!(progress().await, (json!("pending"), None));
    let run = scene.run_of(number).await;
    let pending = scene.board.summary(run.export).await.unwrap().unwrap();
    let planned = Summary { state: State::Processing, batches: Some(5), ..pending };
    scene.board.show(&planned).await.unwrap();
    let counts = Counts { batches: 1, records: 3, bytes: 70, warnings: 0 };
    let marks = [0, 2].map(|ordinal| Mark { ordinal, counts });
    scene.board.mark(run, &marks).await.unwrap();
    let far = json!({"batches": 5, "batches_done": 2, "objects": 6, "bytes": 140});
    assert_eq!(progress().await, (json!("processing"), Some(far.clone())));
    scene.end_run(number, State::Done).await;
    assert_eq!(progress().await, (json!("done"), None));
    // Clients send back all that they were shown.
    let sent = json!({"_progress": far, "export": {"flat": true}});
    let changed = scene.ask(Method::POST, &path, &sent).await;
    assert_eq!(changed.status, 200);
    assert!(!changed.json()["_log"].to_string().contains("_progress"));
}
