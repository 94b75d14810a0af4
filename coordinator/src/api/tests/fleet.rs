//! What concerns the fleet: parked messages, what there is to do, health.

use std::time::Duration;

use fabric::board::{Board, LaneLoad, Workload};
use fabric::queue::{Lane, Outgoing, Queue};
use proto::fault::{Code, Fault};
use serde_json::json;

use super::scene::Scene;

async fn park(scene: &Scene, body: &[u8]) {
    let message = Outgoing { body: body.to_vec(), trace: None };
    scene.queue.publish(Lane::Batches, message).await.unwrap();
    let mut consumer = scene.queue.consume(Lane::Batches, 1).await.unwrap();
    let delivery = consumer.next().await.unwrap();
    delivery.park(&Fault::new(Code::InvalidMessage, "unknown")).await.unwrap();
}

#[tokio::test]
async fn an_administrator_settles_parked_messages() {
    let scene = Scene::new().await;
    park(&scene, b"{\"v\":9}").await;
    park(&scene, b"no json").await;
    let parked = scene.get("/v1/parked", &scene.root).await.json()["parked"].clone();
    assert_eq!(parked[0]["message"], json!({"v": 9}));
    assert_eq!((&parked[1]["message"], &parked[1]["lane"]), (&json!("no json"), &json!("batches")));
    assert_eq!(parked[0]["fault"]["code"], "invalid_message");
    let path = |number: usize| format!("/v1/parked/{}", parked[number]["id"].as_str().unwrap());
    let retry = scene.post(&format!("{}/retry", path(0)), &scene.root, &json!(null)).await;
    assert_eq!(retry.status, 204);
    assert_eq!(scene.queue.depth(Lane::Batches).await.unwrap(), 1);
    assert_eq!(scene.delete(&path(1), &scene.root).await.status, 204);
    assert_eq!(scene.delete(&path(1), &scene.root).await.status, 404);
    assert_eq!(scene.get("/v1/parked", &scene.root).await.json(), json!({"parked": []}));
}

#[tokio::test]
async fn owners_find_no_parked_messages() {
    let scene = Scene::new().await;
    assert_eq!(
        scene.get("/v1/parked", &scene.ann).await.body,
        scene.get("/nowhere", "").await.body
    );
    assert_eq!(scene.delete("/v1/parked/x", &scene.ann).await.status, 404);
}

#[tokio::test]
async fn an_administrator_is_told_what_there_is_to_do_in_each_lane() {
    let scene = Scene::new().await;
    assert_eq!(scene.get("/v1/scaling", &scene.ann).await.status, 404);
    assert_eq!(scene.get("/v1/scaling", &scene.root).await.status, 503, "nobody has counted");
    let batches = LaneLoad { outstanding: 100_000, under_way: 64 };
    let deliveries = LaneLoad { outstanding: 2, under_way: 2 };
    let workload = Workload { batches, deliveries, ..Workload::default() };
    scene.board.show_workload(&workload, Duration::from_mins(1)).await.unwrap();
    let message = Outgoing { body: b"{}".to_vec(), trace: None };
    scene.queue.publish(Lane::Batches, message).await.unwrap();
    let told = scene.get("/v1/scaling", &scene.root).await;
    let expected = json!({
        "batches": {"outstanding": 100_000, "under_way": 64, "waiting": 1},
        "assemblies": {"outstanding": 0, "under_way": 0, "waiting": 0},
        "deliveries": {"outstanding": 2, "under_way": 2, "waiting": 0},
    });
    assert_eq!((told.status.as_u16(), told.json()), (200, expected));
}

#[tokio::test]
async fn readiness_names_what_fails() {
    let scene = Scene::new().await;
    assert_eq!(scene.get("/health/live", "").await.status, 200);
    let ready = scene.get("/health/ready", "").await;
    assert_eq!(
        (ready.status.as_u16(), ready.json()),
        (200, json!({"store": "ok", "queue": "ok", "board": "ok"}))
    );
    scene.queue.close();
    let ready = scene.get("/health/ready", "").await;
    assert_eq!((ready.status.as_u16(), &ready.json()["queue"]), (503, &json!("failing")));
}
