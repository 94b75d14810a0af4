//! What is told of files and archives that are fetched.

use axum::http::Method;
use futures::TryStreamExt;
use proto::id::Owner;
use proto::run::State;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::super::scene::Scene;
use super::document;
use super::events::types;
use crate::easydb::{Each, Happened, What};

impl Scene {
    /// What is written of Ann's exports beyond an event.
    async fn written(&self, after: u64) -> Vec<Happened> {
        let ann = Owner::try_from("ann".to_owned()).unwrap();
        let records = self.coordinator.chronicle.after(&ann, after);
        records.map_ok(|(_, happened)| happened).try_collect().await.unwrap()
    }

    /// A list of events.
    async fn listed(&self, query: &str) -> Vec<Value> {
        let path = format!("event/list?sort=_id&{query}");
        let listed = self.ask(Method::GET, &path, &Value::Null).await.json();
        let events = listed["objects"].as_array().unwrap();
        assert_eq!(listed["count"], events.len(), "{query}");
        events.iter().map(|one| one["event"].clone()).collect()
    }
}

#[tokio::test]
async fn what_is_fetched_is_told_of_and_stays_out_of_the_log() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    for path in ["file/flights.csv", "file/big/2.json", "zip", "file/none"] {
        scene.ask(Method::GET, &format!("export/{number}/{path}"), &Value::Null).await;
    }
    let polled = scene.ask(Method::GET, "event/poll/5", &Value::Null).await.json();
    let mut told = types(&polled);
    told.sort_unstable();
    let expected =
        ["DOWNLOAD_EXPORT", "DOWNLOAD_EXPORT", "DOWNLOAD_EXPORT", "EXPORT_DOWNLOAD_ERROR"];
    assert_eq!(told, expected);
    let file =
        polled.as_array().unwrap().iter().find(|one| one["event"]["info"]["url"] == "big/2.json");
    let file = &file.unwrap()["event"];
    assert_eq!(file["info"]["bytes_total"], super::super::scene::big().len());
    let again = scene.ask_fylr(Method::GET, &format!("event/{}", file["_id"]), &Value::Null).await;
    assert_eq!(again.json()["event"]["type"], "EXPORT_DOWNLOAD");
    let shown = scene.ask(Method::GET, &format!("export/{number}"), &Value::Null).await.json();
    assert_eq!(types(&shown["_log"]), ["EXPORT_INSERT", "EXPORT_START", "EXPORT_FINISH"]);
}

#[tokio::test]
async fn an_archive_that_is_fetched_is_told_of_without_a_wait() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let (stop, mut noting) = (CancellationToken::new(), tokio::task::JoinSet::new());
    noting.spawn(scene.noting().run(stop.clone()));
    let ann = Owner::try_from("ann".to_owned()).unwrap();
    let hold = std::time::Duration::from_secs(20);
    for (after, path, name) in [(5, "zip", "Flüge.zip"), (6, "tar_gz/big", "a big.tar.gz")] {
        scene.ask(Method::GET, &format!("export/{number}/{path}"), &Value::Null).await;
        let told = scene.coordinator.chronicle.wait(&ann, after, 25, hold).await.unwrap();
        assert_eq!(told.len(), 1, "{path}");
        let Some(Each::These(these)) = &told[0].1.each else { panic!("{told:?}") };
        assert_eq!((told[0].1.what, &these[0]["url"]), (What::Downloaded, &json!(name)));
        let (export, made_by) = (&these[0]["export"], (path == "zip").then_some(0));
        assert_eq!(export["format"], path.split('/').next().unwrap());
        assert_eq!(export.get("_transport_id").and_then(Value::as_u64), made_by, "{path}");
    }
    stop.cancel();
    noting.join_all().await;
}

/// Each record of an owner waits for the one before it.
#[tokio::test]
async fn of_those_who_fetch_an_archive_together_none_waits_for_what_is_told_of_others() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    for _ in 0..3 {
        scene.ask(Method::GET, &format!("export/{number}/zip"), &Value::Null).await;
    }
    assert!(scene.written(5).await.is_empty(), "the archive is on its way before anything is told");
    let stop = CancellationToken::new();
    stop.cancel();
    scene.noting().run(stop).await;
    assert_eq!(scene.written(5).await.iter().map(Happened::span).collect::<Vec<_>>(), [3]);
}

#[tokio::test]
async fn what_waits_is_written_when_the_server_stops_as_of_when_it_was_fetched() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let fetched_at = scene.coordinator.ambient.now();
    for path in ["file/flights.csv", "file/big/2.json"] {
        scene.ask(Method::GET, &format!("export/{number}/{path}"), &Value::Null).await;
    }
    scene.pass(5);
    assert!(scene.written(5).await.is_empty());
    let stop = CancellationToken::new();
    stop.cancel();
    scene.noting().run(stop).await;
    let written = scene.written(5).await;
    assert_eq!(written.iter().map(Happened::span).collect::<Vec<_>>(), [2]);
    assert_eq!((written[0].what, written[0].at), (What::Downloaded, fetched_at));
    // Nothing of it is left beside the event.
    let export = scene.run_of(number).await.export;
    let told = fabric::record::keys(&scene.store, proto::key::Prefix::export(export));
    let told: Vec<_> = told.try_collect().await.unwrap();
    assert!(!told.iter().any(|key| key.as_str().contains("fetched")), "{told:?}");
}

#[tokio::test]
async fn what_waits_is_written_in_a_while_though_nothing_else_is_fetched() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    scene.ask(Method::GET, &format!("export/{number}/file/flights.csv"), &Value::Null).await;
    scene.pass(10);
    let (stop, mut noting) = (CancellationToken::new(), tokio::task::JoinSet::new());
    noting.spawn(scene.noting().run(stop.clone()));
    let ann = Owner::try_from("ann".to_owned()).unwrap();
    let hold = std::time::Duration::from_secs(20);
    let told = scene.coordinator.chronicle.wait(&ann, 5, 25, hold).await.unwrap();
    assert_eq!(told.len(), 1);
    stop.cancel();
    noting.join_all().await;
}

#[tokio::test]
async fn a_path_of_any_length_takes_little_room() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let path = format!("export/{number}/file/{}", "x".repeat(9000));
    assert_eq!(scene.ask(Method::GET, &path, &Value::Null).await.status, 404);
    let polled = scene.ask(Method::GET, "event/poll/5", &Value::Null).await.json();
    assert_eq!(polled[0]["event"]["info"]["url"], "x".repeat(1024));
}

#[tokio::test]
async fn files_of_a_catalogue_are_told_of_one_by_one_however_they_are_fetched() {
    let scene = Scene::new().await;
    let mut document = document("a");
    document["_transports"] = json!([{"type": "download", "packer": "zip"}]);
    let number = scene.put(&document).await;
    scene.catalogue_files(scene.run_of(number).await).await;
    scene.end_run(number, State::Done).await;
    let shown = scene.ask(Method::GET, &format!("export/{number}"), &Value::Null).await.json();
    let url = &shown["_transports"][0]["_download"]["_files"][0]["url"];
    let before = scene.written(0).await.len();
    for path in ["file/b.jpg", "file/a.jpg", &format!("download/{}", url.as_str().unwrap())] {
        let path = format!("export/{number}/{path}");
        assert_eq!(scene.ask(Method::GET, &path, &Value::Null).await.status, 200, "{path}");
    }
    assert_eq!(scene.written(0).await.len(), before, "nobody waits for what is told");
    let exported = scene.listed("type=EXPORT_ASSET").await;
    let files: Vec<_> = exported.iter().map(|one| &one["info"]["path"]).collect();
    assert_eq!(files, ["a.jpg", "b.jpg"]);
    let fetched = scene.listed("type=ASSET_EXPORT_DOWNLOAD").await;
    let told = |one: &Value| (one["info"]["asset_id"].clone(), one["info"]["url"].clone());
    let expected = [(json!(2), json!("b.jpg")), (json!(1), json!("a.jpg"))];
    assert_eq!(fetched.iter().map(told).collect::<Vec<_>>(), expected);
    assert_eq!(
        (&fetched[0]["basetype"], &fetched[0]["info"]["type"]),
        (&json!("asset"), &json!("export"))
    );
    let in_archive = scene.listed("type=ASSET_EXPORT_TRANSPORT_DOWNLOAD").await;
    let ids: Vec<_> = in_archive.iter().map(|one| &one["info"]["asset_id"]).collect();
    assert_eq!(ids, [1, 2]);
    assert_eq!(in_archive[1]["info"]["export"]["_transport_id"], 0);
    let single = format!("event/{}", fetched[1]["_id"]);
    let single = scene.ask_fylr(Method::GET, &single, &Value::Null).await.json();
    assert_eq!(
        (&single["event"]["type"], told(&single["event"])),
        (&json!("FILE_DOWNLOAD"), expected[1].clone())
    );
    // Whoever polls hears of the archive alone.
    let polled = scene.ask(Method::GET, "event/poll/7", &Value::Null).await.json();
    assert_eq!(types(&polled), ["DOWNLOAD_EXPORT"]);
}

#[tokio::test]
async fn of_an_export_of_the_type_download_files_are_downloaded() {
    let scene = Scene::new().await;
    let mut document = document("a");
    document["export"]["type"] = json!("download");
    let number = scene.put(&document).await;
    scene.catalogue_files(scene.run_of(number).await).await;
    scene.end_run(number, State::Done).await;
    scene.ask(Method::GET, &format!("export/{number}/file/a.jpg"), &Value::Null).await;
    assert_eq!(scene.listed("type=ASSET_DOWNLOAD").await.len(), 1);
}
