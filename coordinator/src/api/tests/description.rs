//! The description of the API is committed, so that a change of it is seen and clients can be
//! generated without a server.

use axum::body::to_bytes;
use axum::response::IntoResponse;
use proto::fault::{Code, Fault};

use super::scene::Scene;
use crate::api::openapi;
use crate::api::problem::Refusal;

#[test]
fn the_committed_description_is_that_of_the_code() {
    let described = format!("{}\n", openapi().to_pretty_json().unwrap());
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let committed =
        std::fs::read_to_string(format!("{root}/docs/openapi.json")).unwrap_or_default();
    if committed != described {
        let new = format!("{root}/target/openapi.json");
        std::fs::write(&new, &described).unwrap();
        panic!("docs/openapi.json is not that of the code: copy target/openapi.json over it");
    }
}

#[tokio::test]
async fn the_documents_are_served_to_everybody() {
    let scene = Scene::new().await;
    let served = scene.get("/openapi.json", "").await.json();
    assert_eq!(served, serde_json::to_value(openapi()).unwrap());
    let schema = scene.get("/schema/definition.json", "").await;
    assert_eq!(schema.header("content-type"), "application/schema+json");
    assert_eq!(schema.json(), proto::definition::json_schema());
}

#[tokio::test]
async fn the_type_of_every_problem_leads_to_a_page() {
    let scene = Scene::new().await;
    for code in Code::ALL {
        let problem = Refusal::from(Fault::new(*code, "no")).into_response();
        let problem = to_bytes(problem.into_body(), 1 << 20).await.unwrap();
        let problem: serde_json::Value = serde_json::from_slice(&problem).unwrap();
        let page = scene.get(problem["type"].as_str().unwrap(), "").await;
        assert_eq!(page.status, 200, "{code}");
        assert_eq!(page.header("content-type"), "text/markdown; charset=utf-8");
        assert!(page.body.starts_with(format!("# `{code}`\n").as_bytes()), "{code}");
    }
    assert_eq!(scene.get("/docs/faults/source_refused.md", "").await.status, 200);
    assert_eq!(scene.get("/docs/faults/..%2FREADME", "").await.status, 404);
}
