//! Who is let in, and what everybody else learns: nothing.

use axum::http::Method;
use proto::definition::Packer;
use serde_json::{Value, json};

use super::scene::{Scene, definition};
use crate::api::openapi;

#[tokio::test]
async fn every_route_that_asks_for_a_token_refuses_without_one() {
    let scene = Scene::new().await;
    let described = serde_json::to_value(openapi()).unwrap();
    let mut closed = 0;
    let paths = described["paths"].as_object().unwrap().iter();
    // The dialects refuse in words of their own.
    for (path, operations) in paths.filter(|(path, _)| !path.starts_with("/api/")) {
        for (method, operation) in operations.as_object().unwrap() {
            let is_closed = operation.get("security").is_some();
            assert_eq!(is_closed, path.starts_with("/v1/"), "{path}");
            if is_closed {
                closed += 1;
                let method: Method = method.to_uppercase().parse().unwrap();
                for token in ["", "lsh_x", &"x".repeat(47)] {
                    let answer = scene
                        .send(method.clone(), &path.replace(['{', '}'], ""), token, &[], "")
                        .await;
                    assert_eq!(answer.status, 401, "{method} {path}");
                    assert_eq!(answer.header("www-authenticate"), "Bearer");
                    assert_eq!(answer.json()["code"], "unauthenticated");
                }
            }
        }
    }
    assert!(closed >= 15);
}

#[tokio::test]
async fn what_is_somebody_elses_is_as_if_it_were_not_there() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let theirs = run.export.to_string();
    let nobodys = uuid::Uuid::nil().to_string();
    for (method, path) in [
        (Method::GET, "/v1/exports/{}"),
        (Method::DELETE, "/v1/exports/{}"),
        (Method::POST, "/v1/exports/{}/start"),
        (Method::POST, "/v1/exports/{}/stop"),
        (Method::POST, "/v1/exports/{}/retry"),
        (Method::POST, "/v1/exports/{}/runs/1/transports/0/retry"),
        (Method::POST, "/v1/exports/{}/links"),
        (Method::POST, "/v1/exports/{}/links/a/renew"),
        (Method::POST, "/v1/exports/{}/runs/1/links/a/renew"),
        (Method::DELETE, "/v1/exports/{}/links/a"),
        (Method::GET, "/v1/exports/{}/events"),
        (Method::GET, "/v1/exports/{}/links"),
        (Method::GET, "/v1/exports/{}/runs/1"),
        (Method::GET, "/v1/exports/{}/runs/1/files"),
        (Method::GET, "/v1/exports/{}/runs/1/files/0.s/flights.csv"),
        (Method::POST, "/v1/exports/{}/runs/1/links"),
        (Method::DELETE, "/v1/exports/{}/runs/1/links/t0"),
    ] {
        let mut answers = Vec::new();
        for (id, token) in [
            (&theirs, &scene.bob),
            (&theirs, &scene.root),
            (&nobodys, &scene.bob),
            (&nobodys, &scene.ann),
        ] {
            let answer =
                scene.send(method.clone(), &path.replace("{}", id), token, &[], "{}").await;
            assert_eq!(answer.status, 404, "{method} {path}");
            answers.push(answer.body);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{method} {path}: {answers:?}");
    }
    assert_eq!(scene.get(&format!("/v1/exports/{theirs}"), &scene.ann).await.status, 200);
    assert_eq!(
        scene.get("/v1/exports", &scene.bob).await.json()["exports"],
        Value::Array(Vec::new())
    );
}

#[tokio::test]
async fn paths_that_lead_nowhere_are_problems_too() {
    let scene = Scene::new().await;
    for path in
        ["/", "/v1", "/v1/exports/x", "/v1/exports/%2e%2e%2f", "/v1/exports/..%5c/runs/1", "/d/x"]
    {
        let answer = scene.get(path, &scene.ann).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (404, "application/problem+json"),
            "{path}"
        );
        assert!(!answer.header("x-request-id").is_empty());
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_too_large() {
    let scene = Scene::new().await;
    let mut document = definition();
    document["name"] = "x".repeat(1 << 20).into();
    let answer = scene.post("/v1/exports", &scene.ann, &document).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (413, &"too_large".into()));
    let mut document = definition();
    document["outputs"][0]["select"] = json!({"fields": vec!["f"; 1_000_000]});
    let answer = scene.post("/v1/exports", &scene.ann, &document).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (413, &"too_large".into()));
    // Nobody waits for the rest of it: what comes is counted and let go.
    let long = "x".repeat(50 << 20);
    let answer = scene.send(Method::POST, "/v1/exports", &scene.ann, &[], &long).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (413, &"too_large".into()));
}
