//! Secret options of plugins: nobody is told them again, and no record has them in plain.

use axum::http::Method;
use fabric::link::Keys;
use proto::id::ExportId;
use proto::key::Key;
use proto::run::StoredDefinition;
use serde_json::{Value, json};

use super::scene::{Answer, Scene};
use super::scheduling::change;

/// An export by a plugin of which the operator says that `api_key` is secret.
fn definition(options: &Value) -> Value {
    json!({"name": "Posted", "outputs": [
        {"to": "posted/", "from": "labels", "plugin": "acme", "options": options}]})
}

/// What is kept of a version of an export, which has nothing secret in plain.
async fn kept(scene: &Scene, export: ExportId, version: u32) -> StoredDefinition {
    let (bytes, _) = scene.store.get(&Key::definition(export, version)).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(!text.contains("canary"), "{text}");
    serde_json::from_str(&text).unwrap()
}

/// The secrets among it, as whoever has the key opens them.
fn opened(stored: &StoredDefinition) -> Vec<(String, Value)> {
    let keys = Keys::new(vec![vec![7; 32]]).unwrap();
    let open = |text: &str| serde_json::from_str(&keys.unseal(text).unwrap()).unwrap();
    let secrets = stored.secrets.iter();
    secrets.map(|secret| (secret.option.clone(), open(&secret.sealed))).collect()
}

/// An answer in which nothing secret is told.
fn shown(answer: &Answer, status: u16) -> Value {
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, status, "{text}");
    assert!(!text.contains("canary"), "{text}");
    answer.json()
}

async fn made(scene: &Scene) -> ExportId {
    let options = json!({"url": "u", "api_key": "canary-1", "pin:secret": ["canary-2"]});
    let made = scene.post("/v1/exports", &scene.ann, &definition(&options)).await;
    shown(&made, 201)["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn they_are_sealed_when_they_come_and_shown_to_nobody() {
    let scene = Scene::new().await;
    let export = made(&scene).await;
    let told = shown(&scene.get(&format!("/v1/exports/{export}"), &scene.ann).await, 200);
    assert_eq!(told["definition"]["outputs"][0]["options"], json!({"url": "u"}));
    let stored = kept(&scene, export, 1).await;
    let expected =
        [("api_key".to_owned(), json!("canary-1")), ("pin".to_owned(), json!(["canary-2"]))];
    assert_eq!(opened(&stored), expected);
    assert_eq!(stored.original["outputs"][0]["options"], json!({"url": "u"}));
}

#[tokio::test]
async fn a_change_keeps_those_that_it_leaves_out_unless_they_would_go_elsewhere() {
    let scene = Scene::new().await;
    let export = made(&scene).await;
    let mut document = definition(&json!({"url": "u"}));
    document["name"] = json!("Renamed");
    shown(&change(&scene, export, "", &document).await, 200);
    assert_eq!(opened(&kept(&scene, export, 2).await).len(), 2);
    let elsewhere = json!({"url": "v", "api_key": "canary-3"});
    let refused = shown(&change(&scene, export, "", &definition(&elsewhere)).await, 422);
    assert!(refused.to_string().contains("/outputs/0/options/pin:secret"), "{refused}");
    let without = json!({"url": "v", "api_key": "canary-3", "pin:secret": null});
    shown(&change(&scene, export, "\"2\"", &definition(&without)).await, 200);
    let expected = [("api_key".to_owned(), json!("canary-3"))];
    assert_eq!(opened(&kept(&scene, export, 3).await), expected);
}

#[tokio::test]
async fn an_idempotency_key_stands_for_one_request_with_its_secrets() {
    let scene = Scene::new().await;
    let post = async |secret: &str| {
        let document = definition(&json!({"api_key": secret})).to_string();
        let headers = [("idempotency-key", "once")];
        scene.send(Method::POST, "/v1/exports", &scene.ann, &headers, &document).await
    };
    let first = shown(&post("canary-1").await, 201);
    let again = post("canary-1").await;
    assert_eq!(again.json()["id"], first["id"], "{again:?}");
    let other = post("canary-2").await.json();
    assert_eq!(other["code"], "idempotency_mismatch", "{other}");
}
