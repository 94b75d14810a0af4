//! Exports are asked for, and are exports as all others are.

use proto::key::Key;
use serde_json::{Value, json};

use super::super::scene::Scene;
use super::{SYNC, error, request, run_of, token};

#[tokio::test]
async fn formats_are_listed_for_the_modalities_that_are_asked_for() {
    let scene = Scene::new().await;
    let classes = async |query: &str| {
        let listed = scene.sync_get(&format!("/exports/formats{query}")).await;
        assert_eq!(listed.status, 200, "{listed:?}");
        let of = |format: &Value| format["exporter"].as_str().unwrap().to_owned();
        listed.json().as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let all = classes("").await;
    assert_eq!((all[0].as_str(), all.len()), ("Acme::Sync::Export", 9));
    let of_videos = classes("?modalities[]=idah-video").await;
    let expected = [
        "Acme::Sync::Export",
        "Longshore::Json",
        "Longshore::Jsonl",
        "Longshore::Csv",
        "Longshore::Upd",
    ];
    assert_eq!(of_videos, expected);
    let of_pictures = classes("?modalities%5B%5D=idah-image").await;
    assert!(of_pictures.contains(&"Longshore::Coco".to_owned()), "{of_pictures:?}");
    assert!(!of_pictures.contains(&"Acme::Sync::Export".to_owned()), "{of_pictures:?}");
    let listed = scene.sync_get("/exports/formats").await.json();
    assert_eq!(
        (&listed[0]["name"], &listed[0]["description"]),
        (&json!("Acme"), &json!("Everything, as Acme has it"))
    );
}

#[tokio::test]
async fn a_native_format_becomes_a_definition_of_the_permitted_datasets() {
    let scene = Scene::new().await;
    let mut asked = request();
    asked["dataset_ids"] = json!(["none", "street", "elsewhere", "harbour", "street"]);
    let made = scene.post(&format!("{SYNC}/exports/export"), &scene.ann, &asked).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.header("content-type"), "application/vnd.api+json");
    let body = made.json();
    let (export, job) = (&body["data"], &body["included"][0]);
    let id = export["id"].as_str().unwrap();
    assert_eq!(
        (&export["type"], &job["type"], &job["id"]),
        (&json!("exports"), &json!("jobs"), &json!(id))
    );
    assert!(made.header("location").ends_with(&format!("{SYNC}/exports/{id}")));
    let arguments = &job["attributes"]["arguments"];
    assert_eq!(arguments["dataset_ids"], json!(["street", "harbour"]));
    assert_eq!(arguments["options"], json!({"include_medias": "original"}));
    let shown = scene.get(&format!("/v1/exports/{id}"), &scene.ann).await.json();
    let outputs = &shown["definition"]["outputs"];
    assert_eq!(outputs[0]["format"], "coco");
    for (first, id) in [(0, "street"), (2, "harbour")] {
        let chosen = json!({"dataset_id": [id], "status": "completed"});
        assert_eq!(outputs[first]["select"]["where"], chosen);
        assert_eq!(outputs[first]["to"], format!("{id}/coco.json"));
        assert_eq!(outputs[first + 1]["assets"]["field"], "file");
    }
    assert_eq!(shown["state"], "pending");
}

#[tokio::test]
async fn an_exporter_of_a_plugin_is_told_what_the_request_says_and_nobody_else_what_is_secret() {
    let scene = Scene::new().await;
    let asked = json!({"dataset_ids": ["harbour"], "exporter": "Acme::Sync::Export",
        "options": {"api_key": "canary-key", "depth": 3}});
    let id = scene.sync(&asked).await;
    let job = scene.sync_get(&format!("/jobs/{id}")).await.json();
    assert_eq!(job["data"]["attributes"]["arguments"]["options"], json!({"depth": 3}), "{job:#}");
    let (kept, _) = scene.store.get(&Key::definition(run_of(&id).export, 1)).await.unwrap();
    let kept = String::from_utf8(kept.to_vec()).unwrap();
    assert!(kept.contains("\"option\":\"api_key\"") && !kept.contains("canary"), "{kept}");
    let shown = scene.get(&format!("/v1/exports/{id}"), &scene.ann).await.json();
    let output = &shown["definition"]["outputs"][0];
    let expected = json!({"to": "acme/", "from": "labels", "plugin": "acme", "datasets": ["harbour"],
        "options": {"depth": 3}});
    assert_eq!(*output, expected);
}

#[tokio::test]
async fn who_may_export_none_of_the_datasets_is_refused() {
    let scene = Scene::new().await;
    for ids in [json!([]), json!(null), json!(["elsewhere"]), json!(["none"])] {
        let mut asked = request();
        asked["dataset_ids"] = ids;
        let refused = scene.post(&format!("{SYNC}/exports/export"), &scene.ann, &asked).await;
        assert_eq!(refused.status, 403, "{asked}");
        let error = error(&refused);
        let told = (&error["code"], &error["source"]["pointer"]);
        assert_eq!(told, (&json!("forbidden"), &json!("/dataset_ids")));
    }
    assert_eq!(scene.get("/v1/exports", &scene.ann).await.json()["exports"], json!([]));
}

#[tokio::test]
async fn requests_that_mean_nothing_say_why() {
    let scene = Scene::new().await;
    for (key, value, place) in [
        ("exporter", json!("No::Such"), "/exporter"),
        ("options", json!(3), "/options"),
        ("options", json!({"include_medias": "some"}), "/options/include_medias"),
    ] {
        let mut asked = request();
        asked[key] = value;
        let refused = scene.post(&format!("{SYNC}/exports/export"), &scene.ann, &asked).await;
        assert_eq!(refused.status, 422, "{asked}");
        assert_eq!(error(&refused)["source"]["pointer"], place);
    }
    let path = format!("{SYNC}/exports/export");
    let refused = scene.send(axum::http::Method::POST, &path, &scene.ann, &[], "{").await;
    assert_eq!((refused.status.as_u16(), &error(&refused)["code"]), (400, &json!("unreadable")));
}

#[tokio::test]
async fn tokens_of_ours_and_of_the_deployment_let_the_same_owner_in() {
    let scene = Scene::new().await;
    let made = scene.post(&format!("{SYNC}/exports/export"), &token("ann"), &request()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.json()["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(scene.sync_get(&format!("/exports/{id}")).await.status, 200);
    assert_eq!(scene.get(&format!("{SYNC}/exports/{id}"), &token("bob")).await.status, 404);
    for unknown in ["", "lsh_x", "idah-token-of-carl"] {
        for path in ["/exports", "/exports/formats", "/jobs", "/jobs/x", "/exports/x/download"] {
            let refused = scene.get(&format!("{SYNC}{path}"), unknown).await;
            assert_eq!(refused.status, 401, "{path} {unknown}");
            assert_eq!(refused.header("www-authenticate"), "Bearer");
            assert_eq!(error(&refused)["code"], "unauthenticated");
        }
    }
}

#[tokio::test]
async fn its_paths_and_those_of_the_easydb_dialect_lie_beside_each_other() {
    let scene = Scene::new().await;
    let none = scene.sync_get("/none").await;
    assert_eq!((none.status.as_u16(), &error(&none)["status"]), (404, &json!("404")));
    let other = scene.sync_get("/exports/export").await;
    assert_eq!((other.status.as_u16(), other.header("allow")), (405, "POST"));
    assert_eq!(scene.get("/api/v1/export", &scene.ann).await.status, 200);
    let elsewhere = scene.get("/api/v1/syncs", &scene.ann).await;
    assert_ne!(elsewhere.header("content-type"), "application/vnd.api+json");
}
