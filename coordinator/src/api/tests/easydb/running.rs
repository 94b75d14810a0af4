//! Runs that begin by themselves, that somebody asks for, and that are stopped.

use axum::http::Method;
use proto::run::{Counts, Outcome, State};
use serde_json::{Value, json};

use super::super::scene::Scene;
use super::document;

#[tokio::test]
async fn the_first_start_after_making_takes_the_run_that_began_by_itself() {
    let scene = Scene::new().await;
    let number = scene.put(&document("a")).await;
    assert_eq!(scene.run_of(number).await.run, 1);
    let start = format!("export/{number}/start");
    let started = scene.ask(Method::POST, &start, &Value::Null).await;
    assert_eq!((started.status.as_u16(), scene.run_of(number).await.run), (200, 1));
    let again = scene.ask(Method::POST, &start, &Value::Null).await;
    assert_eq!(again.status, 400);
    assert_eq!(again.json()["code"], "error.user.export_already_running");
    scene.end_run(number, State::Done).await;
    assert_eq!(scene.ask(Method::POST, &start, &Value::Null).await.json()["_state"], "pending");
    assert_eq!(scene.run_of(number).await.run, 2);
}

#[tokio::test]
async fn a_run_that_ended_before_it_was_asked_for_is_taken_for_a_while() {
    let scene = Scene::new().await;
    for (state, seconds, run) in
        [(State::Done, 60, 1), (State::Done, 3600, 2), (State::Failed, 1, 2)]
    {
        let number = scene.exported(&document(&format!("{state:?} {seconds}")), state).await;
        scene.pass(seconds);
        let started =
            scene.ask(Method::POST, &format!("export/{number}/start"), &Value::Null).await;
        assert_eq!(started.status, 200);
        assert_eq!(scene.run_of(number).await.run, run, "{state:?} {seconds}");
    }
}

#[tokio::test]
async fn an_export_with_schedules_stays_new_until_it_is_due_or_asked_for() {
    let scene = Scene::new().await;
    let mut scheduled = document("a");
    scheduled["_schedules"] = json!([{"hours": [3]}]);
    let number = scene.put(&scheduled).await;
    let shown = scene.ask(Method::GET, &format!("export/{number}"), &Value::Null).await.json();
    assert_eq!((&shown["_state"], &shown["_schedules"]), (&json!("new"), &json!([{"hours": [3]}])));
    assert!(shown["_next_run_at"].is_string() && shown["_last_run_at"].is_null());
    let started = scene.ask(Method::POST, &format!("export/{number}/start"), &Value::Null).await;
    assert_eq!(started.json()["_state"], "pending");
}

#[tokio::test]
async fn a_scheduled_run_needs_nobody_signed_in() {
    let scene = Scene::new().await;
    let login = format!("/api/v1/session/authenticate?login=ann&password={}", scene.ann);
    let session = scene.post(&login, "", &Value::Null).await.json();
    let path = format!("/api/v1/export?token={}", session["token"].as_str().unwrap());
    let mut scheduled = document("a");
    scheduled["_schedules"] = json!([{"hours": [3]}]);
    let made = scene.send(Method::PUT, &path, "", &[], &scheduled.to_string()).await.json();
    let number = made["export"]["_id"].as_u64().unwrap();
    scene.pass(24 * 3600);
    assert_eq!(scene.get(&path, "").await.status, 403);
    scene.coordinator.start_due().await.unwrap();
    assert_eq!(scene.run_of(number).await.run, 1);
    scene.end_run(number, State::Done).await;
    let shown = scene.ask(Method::GET, &format!("export/{number}"), &Value::Null).await.json();
    assert_eq!(shown["_log"][1]["event"]["info"]["scheduled"], true);
}

#[tokio::test]
async fn a_change_begins_anew() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let path = format!("export/{number}");
    let changed = scene.ask(Method::POST, &path, &json!({"export": {"flat": true}})).await.json();
    assert_eq!((&changed["_state"], scene.run_of(number).await.run), (&json!("pending"), 2));
    scene.end_run(number, State::Done).await;
    let scheduled = json!({"_schedules": [{"hours": [3]}]});
    let changed = scene.ask(Method::POST, &path, &scheduled).await.json();
    assert_eq!((&changed["_state"], scene.run_of(number).await.run), (&json!("new"), 2));
}

/// Whatever is wrong with a change is told before anything is stopped for it.
#[tokio::test]
async fn a_change_that_is_refused_leaves_the_run_under_way_alone() {
    let scene = Scene::new().await;
    scene.put(&document("taken")).await;
    let number = scene.put(&document("a")).await;
    let (run, path) = (scene.run_of(number).await, format!("export/{number}"));
    for (name, status) in [("taken".to_owned(), 409_u16), ("ä".repeat(201), 400)] {
        let refused = scene.ask(Method::POST, &path, &json!({"export": {"name": name}})).await;
        assert_eq!(refused.status, status, "{name}");
        let stop = proto::key::Key::stop(run);
        assert!(!fabric::record::exists(&*scene.store, &stop).await.unwrap(), "{name}");
    }
    scene.end_run(number, State::Done).await;
    let shown = scene.ask(Method::GET, &path, &Value::Null).await.json();
    assert_eq!((&shown["_state"], &shown["export"]["name"]), (&json!("done"), &json!("a")));
}

#[tokio::test]
async fn a_change_that_waits_for_a_run_in_vain_leaves_its_name_to_others() {
    let scene = Scene::new().await;
    let number = scene.put(&document("a")).await;
    // Nobody is there who would end it.
    let renamed = json!({"export": {"name": "b"}});
    let refused = scene.ask(Method::POST, &format!("export/{number}"), &renamed).await;
    assert_eq!(refused.json()["code"], "error.user.export_not_stopped");
    scene.put(&document("b")).await;
}

#[tokio::test]
async fn what_does_not_run_is_not_stopped() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let stop = format!("export/{number}/stop");
    let answer = scene.ask(Method::POST, &stop, &Value::Null).await;
    assert_eq!(answer.status, 404);
    let answer = scene.ask_fylr(Method::POST, &stop, &Value::Null).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"], "unable to stop export in status done");
}

#[tokio::test]
async fn whoever_stops_a_run_learns_its_end() {
    let scene = Scene::new().await;
    let number = scene.put(&document("a")).await;
    let run = scene.run_of(number).await;
    let head = scene.coordinator.numbered(number).await.unwrap().unwrap();
    let path = format!("export/{number}/stop");
    let (stopped, ()) = tokio::join!(scene.ask(Method::POST, &path, &Value::Null), async {
        // As whoever leads does once it is told.
        let key = proto::key::Key::stop(run);
        while !fabric::record::exists(&*scene.store, &key).await.unwrap() {
            tokio::task::yield_now().await;
        }
        scene.coordinator.end_stopped(run, &head, Counts::default()).await.unwrap();
    });
    assert_eq!((stopped.status.as_u16(), &stopped.json()["_state"]), (200, &json!("failed")));
    let log = stopped.json()["_log"].clone();
    assert_eq!(log.as_array().unwrap().last().unwrap()["event"]["type"], "EXPORT_STOPPED");
}

#[tokio::test]
async fn states_are_those_that_the_product_knows() {
    let scene = Scene::new().await;
    for (state, easydb, fylr) in [
        (State::Done, "done", "done"),
        (State::DoneWithWarnings, "done", "done_with_warnings"),
        (State::Failed, "failed", "failed"),
        (State::Stopped, "failed", "failed"),
        (State::Expired, "expired", "expired"),
    ] {
        let number = scene.put(&document(state.as_str())).await;
        let run = scene.run_of(number).await;
        let (at, counts) = (scene.coordinator.ambient.now(), Counts::default());
        let outcome = Outcome { state, at, counts, faults: Vec::new(), warnings: Vec::new() };
        fabric::record::create(&*scene.store, &proto::key::Key::outcome(run), &outcome)
            .await
            .unwrap();
        let shown = scene.ask(Method::GET, "export?limit=1", &Value::Null).await.json();
        let other = scene.ask_fylr(Method::GET, "export?limit=1", &Value::Null).await.json();
        let states = (&shown["objects"][0]["_state"], &other["objects"][0]["_state"]);
        assert_eq!(states, (&json!(easydb), &json!(fylr)));
    }
}
