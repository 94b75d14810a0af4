//! Making exports, and what owners do with them.

use axum::http::Method;
use fabric::record::{self, Created};
use futures::TryStreamExt;
use proto::definition::{Definition, Packer};
use proto::id::{ExportId, Owner, RunId};
use proto::key::{Key, Prefix};
use proto::run::Counts;
use serde_json::{Value, json};

use super::scene::{Answer, Scene, definition};

async fn make(scene: &Scene, query: &str, key: &str, body: &Value) -> Answer {
    let headers = [("idempotency-key", key)];
    let headers: &[_] = if key.is_empty() { &[] } else { &headers };
    scene
        .send(Method::POST, &format!("/v1/exports{query}"), &scene.ann, headers, &body.to_string())
        .await
}

#[tokio::test]
async fn an_export_is_made_and_its_run_started() {
    let scene = Scene::new().await;
    let made = make(&scene, "", "", &definition()).await;
    assert_eq!(made.status, 201);
    let export = made.json();
    assert_eq!((&export["state"], &export["run"]["run"]), (&json!("pending"), &json!(1)));
    assert_eq!(
        made.header("location"),
        format!("https://export.example/base/v1/exports/{}", export["id"].as_str().unwrap())
    );
    assert_eq!(scene.get(made.header("location"), &scene.ann).await.json(), export);
    let waiting = make(&scene, "?start=false", "", &definition()).await.json();
    assert_eq!((&waiting["state"], &waiting["run"]), (&json!("new"), &Value::Null));
}

#[tokio::test]
async fn the_same_key_and_document_make_one_export() {
    let scene = Scene::new().await;
    let first = make(&scene, "", "k", &definition()).await;
    let second = make(&scene, "", "k", &definition()).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 200));
    assert_eq!(first.json(), second.json());
    let mut other = definition();
    other["name"] = "other".into();
    let other = make(&scene, "", "k", &other).await;
    assert_eq!(
        (other.status.as_u16(), &other.json()["code"]),
        (409, &json!("idempotency_mismatch"))
    );
    for key in ["ä", &"k".repeat(256)] {
        assert_eq!(make(&scene, "", key, &definition()).await.status, 422);
    }
}

#[tokio::test]
async fn an_export_is_found_by_the_key_that_made_it() {
    let scene = Scene::new().await;
    let made = make(&scene, "?start=false", "cluster/1", &definition()).await.json();
    let by_key = async |token: &str| {
        scene.get("/v1/exports?idempotency_key=cluster/1", token).await.json()["exports"].take()
    };
    let found = by_key(&scene.ann).await;
    assert_eq!((&found[0]["id"], &found[0]["run"]), (&made["id"], &json!(0)), "{found}");
    assert_eq!(found[0]["state"], "new");
    assert_eq!(by_key(&scene.bob).await, json!([]), "a key is its owner's");
    let path = format!("/v1/exports/{}", made["id"].as_str().unwrap());
    assert_eq!(scene.delete(&path, &scene.ann).await.status, 204);
    assert_eq!(by_key(&scene.ann).await, json!([]));
}

#[tokio::test]
async fn five_faults_are_told_at_once() {
    let scene = Scene::new().await;
    let body = json!({"name": "x", "on_eror": "warn", "batch_size": "many", "outputs": [
        {"to": "a.csv", "from": "a", "format": "cvs"},
        {"from": "a", "format": "csv"},
        {"to": "b.csv", "from": "a", "format": "csv", "options": {"delimiter": "||"}}]});
    let answer = make(&scene, "", "", &body).await;
    let problem = answer.json();
    assert_eq!(answer.status, 422);
    assert_eq!(problem["faults"].as_array().unwrap().len(), 5, "{problem}");
    assert_eq!(problem["code"], problem["faults"][0]["code"]);
}

#[tokio::test]
async fn what_a_server_refuses_of_a_good_definition_is_told() {
    let scene = Scene::new().await;
    let mut body = definition();
    body["outputs"][0]["from"] = "elsewhere".into();
    let answer = make(&scene, "", "", &body).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (422, &json!("unknown_source")));
    assert_eq!(answer.json()["place"], "/outputs/0/from");
    let unread = scene.send(Method::POST, "/v1/exports", &scene.ann, &[], "{").await;
    assert_eq!((unread.status.as_u16(), &unread.json()["code"]), (400, &json!("unreadable")));
    let unknown = make(&scene, "?strat=false", "", &definition()).await;
    assert_eq!((unknown.status.as_u16(), &unknown.json()["code"]), (422, &json!("invalid_value")));
}

#[tokio::test]
async fn what_cannot_be_done_now_is_a_conflict() {
    let scene = Scene::new().await;
    let id = make(&scene, "?start=false", "", &definition()).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let act = async |what: &str| {
        scene.post(&format!("/v1/exports/{id}/{what}"), &scene.ann, &Value::Null).await
    };
    for what in ["stop", "retry"] {
        assert_eq!(act(what).await.status, 409, "{what}");
    }
    assert_eq!(act("start").await.status, 202);
    let again = act("start").await;
    assert_eq!((again.status.as_u16(), &again.json()["code"]), (409, &json!("conflict")));
    assert_eq!(act("stop").await.json()["run"], 1);
    let files = scene.get(&format!("/v1/exports/{id}/runs/1/files"), &scene.ann).await;
    assert_eq!(files.status, 409);
    assert_eq!(scene.get(&format!("/v1/exports/{id}/runs/2"), &scene.ann).await.status, 404);
}

#[tokio::test]
async fn a_list_is_filtered_and_goes_on_at_its_cursor() {
    let scene = Scene::new().await;
    for number in 0..5 {
        let mut body = definition();
        body["name"] = format!("Export {number}").into();
        make(&scene, if number < 3 { "?start=false" } else { "" }, "", &body).await;
    }
    let names = async |query: &str| -> (Vec<String>, Value) {
        let page = scene.get(&format!("/v1/exports{query}"), &scene.ann).await.json();
        let names = page["exports"].as_array().unwrap().iter();
        (
            names.map(|export| export["name"].as_str().unwrap().to_owned()).collect(),
            page["next"].clone(),
        )
    };
    let (all, next) = names("").await;
    assert_eq!((all.len(), all[0].as_str(), next), (5, "Export 4", Value::Null));
    assert_eq!(names("?state=new&name=PORT").await.0, ["Export 2", "Export 1", "Export 0"]);
    let (first, next) = names("?state=new&limit=2").await;
    assert_eq!(first, ["Export 2", "Export 1"]);
    assert_eq!(
        names(&format!("?state=new&limit=2&cursor={}", next.as_str().unwrap())).await.0,
        ["Export 0"]
    );
    for query in ["?limit=0", "?limit=201", "?state=nwe", "?cursor=x"] {
        assert_eq!(
            scene.get(&format!("/v1/exports{query}"), &scene.ann).await.status,
            422,
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_deleted_export_is_gone_with_its_links() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let url = scene.signed(run).await;
    assert_eq!(scene.fetch(&url, "").await.status, 200);
    let path = format!("/v1/exports/{}", run.export);
    assert_eq!(scene.delete(&path, &scene.ann).await.status, 204);
    assert_eq!(scene.get(&path, &scene.ann).await.status, 404);
    assert_eq!(scene.fetch(&url, "").await.status, 404);
}

#[tokio::test]
async fn a_deleted_export_leaves_its_deletion_and_frees_its_key() {
    let scene = Scene::new().await;
    let ann = Owner::try_from("ann".to_owned()).unwrap();
    let keys = async || -> Vec<Key> {
        record::keys(&scene.store, Prefix::all()).try_collect().await.unwrap()
    };
    let before = keys().await;
    let made = make(&scene, "", "k", &definition()).await.json();
    let export: ExportId = made["id"].as_str().unwrap().parse().unwrap();
    let (run, path) = (RunId { export, run: 1 }, format!("/v1/exports/{export}"));
    let head = scene.coordinator.head(&ann, export).await.unwrap();
    // It ends twice, for each end has an expiry.
    for _ in 0..2 {
        scene.coordinator.end_stopped(run, &head, Counts::default()).await.unwrap();
        scene.pass(60);
        let retried = scene.post(&format!("{path}/retry"), &scene.ann, &Value::Null).await;
        assert_eq!(retried.status, 202);
    }
    scene.coordinator.end_stopped(run, &head, Counts::default()).await.unwrap();
    assert_eq!(scene.delete(&path, &scene.ann).await.status, 204);
    let mut left = keys().await;
    left.retain(|key| !before.contains(key));
    assert_eq!(left, [Key::deletion(export)]);
    let again = make(&scene, "", "k", &definition()).await;
    assert_eq!(again.status, 201);
    assert_ne!(again.json()["id"], made["id"], "what is being deleted must not come back");
}

#[tokio::test]
async fn exports_that_go_by_a_key_are_listed_in_the_order_they_were_made() {
    let scene = Scene::new().await;
    let ann = Owner::try_from("ann".to_owned()).unwrap();
    let adopt = async |name: &str| {
        let mut document = definition();
        document["name"] = name.into();
        let definition = Definition::parse(&document.to_string()).unwrap();
        scene.coordinator.adopt(&ann, definition, name).await.unwrap()
    };
    let names = ["one", "two", "three", "four", "five"];
    for name in names {
        assert_eq!(adopt(name).await.created, Created::Now);
    }
    assert_eq!(adopt("one").await.created, Created::Before, "the same is found again");
    let listed = scene.coordinator.list(&ann, None, 10).await.unwrap();
    let listed = listed.iter().rev().map(|export| export.name.as_str());
    assert!(listed.eq(names));
}
