//! What events of single objects and files say, and those of what is fetched.

use axum::http::Method;
use fabric::record;
use proto::definition::Transport;
use proto::delivery::{Delivery, Step};
use proto::id::RunId;
use proto::key::Key;
use proto::run::{State, StoredDefinition};
use serde_json::{Value, json};

use super::super::super::scene::Scene;
use super::super::document;
use super::{PRODUCTS, answered, event, told};
use crate::api::easydb::Product;

/// An event of a file of a catalogue.
fn of_file(kind: &str, eas_id: u64, info: &Value) -> Value {
    json!({"type": kind, "basetype": "asset", "objecttype": "asset", "object_id": eas_id,
        "object_version": null, "pollable": false, "info": info})
}

#[tokio::test]
async fn events_of_objects_and_files_say_which_and_of_which_export() {
    let scene = Scene::new().await;
    let number = scene.put(&document("a")).await;
    let run = scene.run_of(number).await;
    for (ordinal, id) in [(0, 113), (1, 114)] {
        let line = json!({"objecttype": "bild", "id": id, "system_object_id": 11_000 + id,
            "version": 3});
        let key = Key::exported(run, ordinal);
        scene.store.put_if_absent(&key, format!("{line}\n").into()).await.unwrap();
    }
    scene.catalogue_files(run).await;
    scene.end_run(number, State::Done).await;
    let export = json!({"_id": number, "_version": 1});
    let objects = [113, 114].map(|id| {
        json!({"type": "EXPORT_OBJECT", "basetype": "object", "objecttype": "bild",
            "object_id": id, "object_version": 3, "pollable": false,
            "info": {"export": export, "objecttype": "bild", "object_id": id,
                "object_version": 3, "system_object_id": 11_000 + id}})
    });
    for product in PRODUCTS {
        assert_eq!(told(&scene, product, "EXPORT_OBJECT").await, objects);
        let files = [("a.jpg", 1), ("b.jpg", 2)].map(|(path, id)| {
            let info = file_info(&export, path, id);
            of_file("EXPORT_ASSET", id, &info)
        });
        assert_eq!(told(&scene, product, "EXPORT_ASSET").await, files);
    }
}

/// What is said of a file of a catalogue that went along.
fn file_info(export: &Value, path: &str, eas_id: u64) -> Value {
    json!({"export": export, "asset_id": eas_id, "asset_version": "original",
        "version": "original", "asset_class": "image", "system_object_id": 11_000 + eas_id,
        "path": path, "bytes_total": 5})
}

/// Lets a run of an export have handed over to another place what it has of a catalogue.
async fn brought(scene: &Scene, number: u64, run: RunId) {
    let key = Key::definition(run.export, 1);
    let (bytes, tag) = scene.store.get(&key).await.unwrap();
    let mut stored: StoredDefinition = record::decode(&key, &bytes).unwrap();
    let rsync: Transport =
        serde_json::from_value(json!({"type": "rsync", "target": "backup"})).unwrap();
    stored.definition.transports = vec![rsync];
    stored.original["document"]["ways"] = json!([{}]);
    scene.store.replace(&key, record::encode(&stored), &tag).await.unwrap();
    scene.catalogue_files(run).await;
    let mut delivery = Delivery::default();
    for step in [Step::Delivering, Step::Delivered] {
        delivery.note(scene.coordinator.ambient.now(), 1, step);
    }
    record::create(&*scene.store, &Key::delivery(run, 0), &delivery).await.unwrap();
    scene.end_run(number, State::Done).await;
}

#[tokio::test]
async fn files_that_a_transport_brought_are_told_of_with_it_and_with_whether_a_schedule_began_it() {
    for (schedules, kind) in [
        (json!([]), "ASSET_EXPORT_TRANSPORT_COPY"),
        (json!([{"hours": [3]}]), "ASSET_EXPORT_TRANSPORT_COPY_SCHEDULED"),
    ] {
        let scene = Scene::new().await;
        let mut sent = document("a");
        sent["_schedules"] = schedules;
        let number = scene.put(&sent).await;
        scene.pass(24 * 3600);
        scene.coordinator.start_due().await.unwrap();
        let run = scene.run_of(number).await;
        assert_eq!(run.run, 1);
        brought(&scene, number, run).await;
        let at = scene.coordinator.ambient.now();
        let export = json!({"_id": number, "_version": 1, "_transport_id": 0});
        let finished = json!({"transport": {"type": "rsync", "_id": 0}, "transport_state": "done",
            "transport_log": [format!("{at} handing over"), format!("{at} handed over")],
            "email_sent_to": [], "email_sent_error": null});
        for product in PRODUCTS {
            let files = [("a.jpg", 1), ("b.jpg", 2)]
                .map(|(path, id)| of_file(kind, id, &file_info(&export, path, id)));
            assert_eq!(told(&scene, product, kind).await, files);
            let other = answered(
                &scene,
                product,
                "event/list?type=ASSET_EXPORT_TRANSPORT_COPY,\
                ASSET_EXPORT_TRANSPORT_COPY_SCHEDULED",
            );
            assert_eq!(other.await["count"], 2);
            let expected = event(product, "EXPORT_TRANSPORT_FINISH", (number, 1), &finished);
            assert_eq!(told(&scene, product, "EXPORT_TRANSPORT_FINISH").await, [expected]);
        }
    }
}

#[tokio::test]
async fn what_is_fetched_is_told_of_with_its_length_and_where_it_is_from() {
    for product in PRODUCTS {
        let scene = Scene::new().await;
        let number = scene.put(&document("a")).await;
        scene.files_at(scene.run_of(number).await, &["a.txt"]).await;
        scene.end_run(number, State::Done).await;
        for (path, status) in [("file/a.txt", 200), ("zip", 200), ("file/none", 404)] {
            let path = format!("export/{number}/{path}");
            let answer = scene.ask(Method::GET, &path, &Value::Null).await;
            assert_eq!(answer.status, status, "{path}");
        }
        let fetched = match product {
            Product::Easydb5 => "DOWNLOAD_EXPORT",
            Product::Fylr => "EXPORT_DOWNLOAD",
        };
        let info = |url: &str, len: u64, more: &Value| {
            let mut info = json!({"state": "started", "url": url, "bytes_loaded": len,
                "bytes_total": len, "bytes_count": len,
                "export": {"_id": number, "_version": 1, "name": "a"}});
            for (key, value) in more.as_object().unwrap() {
                info["export"][key] = value.clone();
            }
            info
        };
        let made = json!({"is_archive": true, "format": "zip", "_transport_id": 0});
        let archive = info("Flüge.zip", 10, &made);
        let mut file = info("a.txt", 5, &json!({"is_archive": false, "format": "file"}));
        file["files"] = json!(["a.txt"]);
        let mut events = told(&scene, product, fetched).await;
        events.sort_by_key(|event| event["info"]["url"].to_string());
        let expected = [archive, file].map(|info| event(product, fetched, (number, 1), &info));
        assert_eq!(events, expected);
        let failed = json!({"state": "failed", "url": "none",
            "error": "error.user.export_file_not_found",
            "export": {"_id": number, "_version": 1, "name": "a"}});
        let expected = event(product, "EXPORT_DOWNLOAD_ERROR", (number, 1), &failed);
        assert_eq!(told(&scene, product, "EXPORT_DOWNLOAD_ERROR").await, [expected]);
    }
}

#[tokio::test]
async fn a_file_of_the_catalogue_that_is_fetched_is_told_of_with_what_it_is() {
    let scene = Scene::new().await;
    for (kind, easydb) in [("export", "ASSET_EXPORT_DOWNLOAD"), ("download", "ASSET_DOWNLOAD")] {
        let mut sent = document(kind);
        sent["export"]["type"] = json!(kind);
        let number = scene.put(&sent).await;
        scene.catalogue_files(scene.run_of(number).await).await;
        scene.end_run(number, State::Done).await;
        scene.ask(Method::GET, &format!("export/{number}/file/b.jpg"), &Value::Null).await;
        let info = json!({"type": kind, "state": "started", "url": "b.jpg", "bytes_loaded": 5,
            "bytes_total": 5, "bytes_count": 5, "files": ["b.jpg"], "asset_id": 2,
            "asset_version": "original", "version": "original", "asset_class": "image",
            "system_object_id": 11_002, "export": {"_id": number, "_version": 1, "name": kind,
                "is_archive": false, "format": "file"}});
        for (product, kind) in [(Product::Easydb5, easydb), (Product::Fylr, "FILE_DOWNLOAD")] {
            let events = told(&scene, product, kind).await;
            assert_eq!(events.last(), Some(&of_file(kind, 2, &info)));
        }
    }
}
