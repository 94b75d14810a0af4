//! Jobs are followed to their end, and found by what is known of them.

use fabric::board::Board;
use proto::fault::{Code, Fault};
use proto::run::State;
use serde_json::{Value, json};

use super::super::scene::{ARCHIVE, Scene, definition};
use super::{request, run_of};

#[tokio::test]
async fn a_job_is_pending_and_then_completed_or_errored() {
    let scene = Scene::new().await;
    let attributes = async |id: &str| {
        scene.sync_get(&format!("/jobs/{id}")).await.json()["data"]["attributes"].clone()
    };
    let id = scene.sync(&request()).await;
    let begun = attributes(&id).await;
    assert_eq!((&begun["status"], &begun["progress"]), (&json!("pending"), &json!(0.0)));
    assert_eq!((&begun["job_class"], &begun["error"]), (&json!("Exports::Job"), &Value::Null));
    assert_eq!(begun["created_at"].as_str().unwrap().len(), "2026-01-14 10:23:18 +0000".len());
    scene.end_sync(&id, State::Done, vec![]).await;
    let ended = attributes(&id).await;
    assert_eq!((&ended["status"], &ended["progress"]), (&json!("completed"), &json!(1.0)));
    let failed = scene.sync(&request()).await;
    let fault = Fault::new(Code::SourceRefused, "the exporter raised ArgumentError");
    scene.end_sync(&failed, State::Failed, vec![fault]).await;
    let ended = attributes(&failed).await;
    assert_eq!(ended["status"], "errored");
    assert!(ended["error"].as_str().unwrap().contains("ArgumentError"), "{ended}");
}

#[tokio::test]
async fn a_job_goes_on_while_its_only_batch_does() {
    let scene = Scene::new().await;
    let id = scene.sync(&request()).await;
    let run = run_of(&id);
    let mut shown = scene.board.summary(run.export).await.unwrap().unwrap();
    (shown.state, shown.batches) = (State::Processing, Some(1));
    scene.board.show(&shown).await.unwrap();
    for (thousandths, expected) in [(0, 0.0), (250, 0.25), (1000, 0.99)] {
        scene.board.show_part(run, 0, thousandths).await.unwrap();
        let job = scene.sync_get(&format!("/jobs/{id}")).await.json();
        let attributes = &job["data"]["attributes"];
        assert_eq!(
            (&attributes["status"], &attributes["progress"]),
            (&json!("running"), &json!(expected))
        );
    }
    scene.board.show_part(run, 0, 250).await.unwrap();
    let shown = scene.get(&format!("/v1/exports/{id}"), &scene.ann).await.json();
    assert_eq!((&shown["run"]["batches"], &shown["run"]["under_way"]), (&json!(1), &json!(0.25)));
}

#[tokio::test]
async fn an_export_tells_its_file_once_it_is_there() {
    let scene = Scene::new().await;
    let id = scene.sync(&request()).await;
    let shown = scene.sync_get(&format!("/exports/{id}")).await.json();
    let attributes = &shown["data"]["attributes"];
    assert_eq!((&attributes["project_id"], &attributes["job_id"]), (&json!("7"), &json!(id)));
    assert_eq!((&attributes["file_id"], &attributes["filename"]), (&Value::Null, &Value::Null));
    scene.end_sync(&id, State::Done, vec![]).await;
    let shown = scene.sync_get(&format!("/exports/{id}")).await.json();
    let attributes = &shown["data"]["attributes"];
    assert_eq!(attributes["filename"], "Flüge.zip");
    assert_eq!(
        (&attributes["mime_type"], &attributes["size"]),
        (&json!("application/zip"), &json!(ARCHIVE.len()))
    );
    let url = shown["data"]["links"]["download"].as_str().unwrap();
    assert_eq!(scene.get(url, &scene.ann).await.status, 200);
}

#[tokio::test]
async fn jobs_are_listed_newest_first_and_by_conditions() {
    let scene = Scene::new().await;
    // What was made elsewhere is none of its jobs.
    assert_eq!(scene.post("/v1/exports", &scene.ann, &definition()).await.status, 201);
    let first = scene.sync(&request()).await;
    scene.end_sync(&first, State::Failed, vec![]).await;
    scene.pass(60);
    let second = scene.sync(&request()).await;
    let ids = async |query: &str| {
        let listed = scene.sync_get(&format!("/jobs{query}")).await;
        assert_eq!(listed.status, 200, "{listed:?}");
        let of = |job: &Value| job["id"].as_str().unwrap().to_owned();
        listed.json()["data"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let (first, second) = (first.as_str(), second.as_str());
    assert_eq!(ids("").await, [second, first]);
    assert_eq!(ids("?filter[status__in]=errored,completed").await, [first]);
    assert_eq!(ids("?status__in[]=pending&status__in[]=running").await, [second]);
    let created = scene.sync_get(&format!("/jobs/{second}")).await.json();
    let created = created["data"]["attributes"]["created_at"].as_str().unwrap().replace('+', "%2B");
    assert_eq!(ids(&format!("?created_at__gte={}", created.replace(' ', "%20"))).await, [second]);
    assert_eq!(ids(&format!("?created_at__lt={}", created.replace(' ', "%20"))).await, [first]);
    assert_eq!(ids("?page[size]=1&page[number]=2").await, [first]);
    let page = scene.sync_get("/jobs?page[size]=1&colour=red").await.json();
    assert_eq!(page["meta"], json!({"more": true, "ignored": ["colour"]}));
    assert_eq!(ids("?unicity__exists=false&scheduled_at__exists=false").await, [second, first]);
    let unmade = scene.sync_get("/exports?file_id__exists=false").await.json();
    assert_eq!(
        (unmade["data"].as_array().unwrap().len(), &unmade["meta"]["ignored"]),
        (2, &Value::Null)
    );
    let exports = scene.sync_get("/exports?filter[project_id]=7").await.json();
    assert_eq!(exports["data"].as_array().unwrap().len(), 2);
    let wrong = scene.sync_get("/jobs?page[size]=0").await;
    assert_eq!(
        (wrong.status.as_u16(), &super::error(&wrong)["source"]),
        (422, &json!({"parameter": "page[size]"}))
    );
}
