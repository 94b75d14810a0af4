//! The description of the API is committed, so that a change of it is seen and clients can be
//! generated without a server.

use super::scene::Scene;
use crate::api::openapi;

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
