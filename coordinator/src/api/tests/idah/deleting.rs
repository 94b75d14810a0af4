//! Jobs are deleted with all that they made, and never more of them than a request says.

use proto::run::State;
use serde_json::json;

use super::super::scene::Scene;
use super::{SYNC, error, request};

#[tokio::test]
async fn a_deleted_job_is_gone_with_its_export() {
    let scene = Scene::new().await;
    let id = scene.sync(&request()).await;
    let path = format!("{SYNC}/jobs/{id}");
    assert_eq!(scene.delete(&path, &scene.bob).await.status, 404);
    assert_eq!(scene.delete(&path, &scene.ann).await.status, 204);
    assert_eq!(scene.delete(&path, &scene.ann).await.status, 404);
    assert_eq!(scene.get(&format!("/v1/exports/{id}"), &scene.ann).await.status, 404);
}

#[tokio::test]
async fn jobs_are_deleted_by_conditions_that_are_understood() {
    let scene = Scene::new().await;
    let failed = scene.sync(&request()).await;
    scene.end_sync(&failed, State::Failed, vec![]).await;
    let pending = scene.sync(&request()).await;
    for query in ["", "?status__im=errored", "?status=errored&colour=red", "?created_at__lt=soon"] {
        let refused = scene.delete(&format!("{SYNC}/jobs{query}"), &scene.ann).await;
        assert_eq!(refused.status, 422, "{query}");
        assert_eq!(error(&refused)["source"]["parameter"], "filter");
    }
    let deleted = scene.delete(&format!("{SYNC}/jobs?status__in=errored"), &scene.ann).await;
    assert_eq!((deleted.status.as_u16(), deleted.json()), (200, json!({"meta": {"deleted": 1}})));
    assert_eq!(scene.sync_get(&format!("/jobs/{failed}")).await.status, 404);
    assert_eq!(scene.sync_get(&format!("/jobs/{pending}")).await.status, 200);
}
