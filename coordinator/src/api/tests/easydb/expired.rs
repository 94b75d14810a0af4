//! Exports whose files time has taken away.

use axum::http::Method;
use proto::run::State;
use serde_json::{Value, json};

use super::super::scene::{ARCHIVE, Scene, big};
use super::document;

/// How long the files of the scene are kept, in seconds.
const RETENTION: i64 = 7 * 24 * 3600;

impl Scene {
    /// An export as it is shown.
    async fn shown(&self, number: u64) -> Value {
        self.ask(Method::GET, &format!("export/{number}"), &Value::Null).await.json()
    }

    /// Lets time pass, and takes away what is due then.
    async fn age(&self, seconds: i64) {
        self.pass(seconds);
        self.coordinator.clean_up().await.unwrap();
    }
}

#[tokio::test]
async fn what_has_expired_says_so_has_no_files_and_is_made_anew_by_a_start() {
    let scene = Scene::new().await;
    let mut with_download = document("a");
    with_download["_transports"] = json!([{"type": "download", "packer": "zip"}]);
    let number = scene.exported(&with_download, State::Done).await;
    let before = scene.shown(number).await;
    let url = before["_transports"][0]["_download"]["_files"][0]["url"].as_str().unwrap();
    let by_passkey = format!("/api/v1/export/{number}/download/{url}");
    scene.age(RETENTION - 1).await;
    assert_eq!(scene.shown(number).await["_state"], "done");
    assert_eq!(&scene.get(&by_passkey, "").await.body[..], ARCHIVE);

    scene.age(1).await;
    let expired = scene.shown(number).await;
    assert_eq!((&expired["_state"], &expired["_files"]), (&json!("expired"), &json!([])));
    assert_eq!(expired["_transports"][0]["_download"], Value::Null);
    assert_eq!(expired["export"], before["export"], "what was asked for stays");
    let sent_away = scene.get(&by_passkey, "").await;
    assert_eq!(sent_away.header("location"), "/#server_error:export.invalid.passkey");
    for path in ["file/big/2.json", "file/", "zip/", "zip/big", "tar_gz/"] {
        let path = format!("export/{number}/{path}");
        let none = scene.ask_fylr(Method::GET, &path, &Value::Null).await;
        assert_eq!((none.status.as_u16(), &none.json()["code"]), (400, &json!("FileNotDone")));
    }
    let stopped = scene.ask(Method::POST, &format!("export/{number}/stop"), &Value::Null).await;
    assert_eq!(stopped.status, 404, "nothing runs");
    for (filter, count) in [("status:expired", 1), ("status:done", 0)] {
        let listed = scene.ask(Method::GET, &format!("export?filter={filter}"), &Value::Null).await;
        assert_eq!(listed.json()["count"], count, "{filter}");
    }

    let started = scene.ask(Method::POST, &format!("export/{number}/start"), &Value::Null).await;
    assert_eq!(started.json()["_state"], "pending");
    assert_eq!(scene.run_of(number).await.run, 2);
    scene.end_run(number, State::Done).await;
    let anew = scene.shown(number).await;
    assert_eq!(anew["_state"], "done");
    assert_eq!(anew["_transports"][0]["_download"], before["_transports"][0]["_download"]);
    let path = format!("export/{number}/file/big/2.json");
    assert_eq!(scene.ask(Method::GET, &path, &Value::Null).await.body, big());
    assert_eq!(&scene.get(&by_passkey, "").await.body[..], ARCHIVE);
    // The second run is kept as long as the first was.
    scene.age(RETENTION - 1).await;
    assert_eq!(scene.shown(number).await["_state"], "done");
    scene.age(1).await;
    assert_eq!(scene.shown(number).await["_state"], "expired");
}

#[tokio::test]
async fn an_export_that_is_changed_after_its_files_are_gone_begins_anew() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    scene.age(RETENTION).await;
    assert_eq!(scene.shown(number).await["_state"], "expired");
    let change = json!({"export": {"_version": 2, "flat": true}});
    let changed = scene.ask(Method::POST, &format!("export/{number}"), &change).await.json();
    assert_eq!((&changed["_state"], scene.run_of(number).await.run), (&json!("pending"), 2));
    scene.end_run(number, State::Done).await;
    assert_eq!(scene.shown(number).await["_files"].as_array().unwrap().len(), 3);
}
