//! Transports of a run: each by itself.

use fabric::board::Board;
use fabric::record;
use proto::definition::Packer;
use proto::delivery::{Delivery, Moved, Step};
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use serde_json::{Value, json};

use super::scene::{ARCHIVE, Answer, Scene};

async fn shown(scene: &Scene, run: RunId) -> Value {
    let path = format!("/v1/exports/{}/runs/{}", run.export, run.run);
    scene.get(&path, &scene.ann).await.json()
}

async fn retry(scene: &Scene, run: RunId, transport: &str) -> Answer {
    let RunId { export, run } = run;
    let path = format!("/v1/exports/{export}/runs/{run}/transports/{transport}/retry");
    scene.post(&path, &scene.ann, &Value::Null).await
}

/// Asserts in which states the transports are.
fn are(transports: &Value, expected: &[&str]) {
    let states = transports.as_array().unwrap().iter().map(|shown| shown["state"].as_str());
    assert_eq!(states.flatten().collect::<Vec<_>>(), expected, "{transports:#}");
}

#[tokio::test]
async fn what_one_transport_delivered_is_there_though_another_failed() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    let shown = shown(&scene, run).await;
    assert_eq!(shown["state"], "failed");
    are(&shown["transports"], &["done", "failed"]);
    let [delivered, failed] = &shown["transports"].as_array().unwrap()[..] else { panic!("two") };
    let steps: Vec<_> = delivered["log"].as_array().unwrap().iter().map(|at| &at["step"]).collect();
    assert_eq!(steps, ["assembling", "assembled", "delivering", "delivered"]);
    let what = json!({"type": delivered["type"], "packer": delivered["packer"]});
    assert_eq!(what, json!({"type": "download", "packer": "zip"}));
    let receipt = &delivered["receipts"][0];
    assert_eq!(receipt["recipient"], "link");
    assert_eq!(receipt["volumes"][0]["name"], "Flüge.zip");
    assert_eq!(failed["attempts"], 1);
    assert_eq!(failed["fault"]["code"], "store_damaged");
    assert_eq!(failed["log"][1]["step"], "failed");
    assert_eq!(failed["log"][1]["hint"], "mend it");
    assert_eq!(failed["receipts"], json!([]));
    assert_eq!(scene.fetch(&scene.signed(run).await, "").await.body, ARCHIVE);
    let files = scene.get(shown["files"].as_str().unwrap(), &scene.ann).await;
    assert_eq!(files.json()["files"].as_array().unwrap().len(), 3);
    let links = format!("/v1/exports/{}/runs/1/links", run.export);
    for (transport, status) in [(0, 201), (1, 409), (2, 404)] {
        let made = scene.post(&links, &scene.ann, &json!({"transport": transport})).await;
        assert_eq!(made.status, status, "{transport}");
    }
}

#[tokio::test]
async fn a_failed_transport_is_tried_again_alone() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    for (transport, status) in [("0", 409), ("2", 404), ("-1", 404)] {
        assert_eq!(retry(&scene, run, transport).await.status, status, "{transport}");
    }
    assert_eq!(retry(&scene, RunId { run: 2, ..run }, "1").await.status, 404);
    let accepted = retry(&scene, run, "1").await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let transports = &accepted.json()["transports"];
    are(transports, &["done", "pending"]);
    assert_eq!(transports[1]["log"][2]["step"], "resumed");
    assert!(record::exists(&*scene.store, &Key::open(run)).await.unwrap());
    assert!(!record::exists(&*scene.store, &Key::outcome(run)).await.unwrap());
    assert!(record::exists(&*scene.store, &Key::handover(run, 0)).await.unwrap());
    assert_eq!(retry(&scene, run, "1").await.status, 409, "it waits already");
}

#[tokio::test]
async fn a_transport_that_failed_while_others_go_on_is_tried_again_at_once() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    scene.store.delete(&[Key::outcome(run)]).await.unwrap();
    let accepted = retry(&scene, run, "1").await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let kept: Delivery = record::read(&*scene.store, &Key::delivery(run, 1)).await.unwrap();
    assert_eq!(kept.log.last().unwrap().step, Step::Resumed);
}

#[tokio::test]
async fn a_transport_that_waits_for_its_next_try_is_tried_now() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    scene.store.delete(&[Key::outcome(run), Key::delivery(run, 1)]).await.unwrap();
    let (now, mut delivery) = (scene.coordinator.ambient.now(), Delivery::default());
    let fault = Fault::new(Code::MailUnavailable, "451 try later");
    delivery.note(now, 7, Step::Retrying { fault });
    record::create(&*scene.store, &Key::delivery(run, 1), &delivery).await.unwrap();
    assert_eq!(retry(&scene, run, "1").await.status, 202);
    assert_eq!(retry(&scene, run, "1").await.status, 409, "it is at it");
}

#[tokio::test]
async fn a_retried_run_tries_every_failed_transport_again_and_no_other() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    let path = format!("/v1/exports/{}/retry", run.export);
    assert_eq!(scene.post(&path, &scene.ann, &Value::Null).await.status, 202);
    are(&shown(&scene, run).await["transports"], &["done", "pending"]);
}

#[tokio::test]
async fn a_transport_of_an_older_run_is_left_alone() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    let start = format!("/v1/exports/{}/start", run.export);
    assert_eq!(scene.post(&start, &scene.ann, &Value::Null).await.status, 202);
    assert_eq!(retry(&scene, run, "1").await.status, 409);
}

#[tokio::test]
async fn what_is_on_its_way_is_seen_on_the_board() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    retry(&scene, run, "1").await;
    scene.pass(1);
    let mut delivery: Delivery = record::read(&*scene.store, &Key::delivery(run, 1)).await.unwrap();
    delivery.note(scene.coordinator.ambient.now(), 1, Step::Delivering);
    scene.board.show_delivery(run, 1, &delivery).await.unwrap();
    scene.board.show_moved(run, 1, Moved { bytes: 3, of: 12 }).await.unwrap();
    let seen = &shown(&scene, run).await["transports"];
    are(seen, &["done", "processing"]);
    assert_eq!(seen[1]["moved"], json!({"bytes": 3, "of": 12}));
    scene.board.wipe();
    let seen = &shown(&scene, run).await["transports"];
    are(seen, &["done", "pending"]);
    assert_eq!(seen[1]["moved"], Value::Null);
}

#[tokio::test]
async fn transports_without_records_are_where_their_run_is() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    are(&shown(&scene, run).await["transports"], &["done"]);
}

#[tokio::test]
async fn how_transports_ended_outlives_their_files() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    let expiry = scene.coordinator.expiry_of(run).await.unwrap().unwrap();
    record::create(&*scene.store, &expiry, &()).await.unwrap();
    scene.pass(7 * 24 * 3600);
    scene.coordinator.clean_up().await.unwrap();
    let shown = shown(&scene, run).await;
    assert_eq!((&shown["state"], &shown["downloads"]), (&json!("expired"), &json!([])));
    are(&shown["transports"], &["expired", "failed"]);
}
