//! What concerns the fleet: parked messages, health.

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
