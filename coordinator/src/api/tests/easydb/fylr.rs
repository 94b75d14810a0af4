//! What clients of fylr are answered where easydb's are not.

use axum::body::to_bytes;
use axum::http::Method;
use proto::definition::Packer;
use proto::key::Key;
use proto::run::State;
use serde_json::{Value, json};

use super::super::scene::{Scene, tables};
use super::document;

#[tokio::test]
async fn a_list_tells_its_limit() {
    let scene = Scene::new().await;
    scene.put(&document("a")).await;
    for (query, easydb, fylr) in [
        ("", json!(null), json!(100)),
        ("?limit=7", json!(7), json!(7)),
        ("?limit=5000", json!(1000), json!(1000)),
    ] {
        let path = format!("export{query}");
        let told = scene.ask(Method::GET, &path, &Value::Null).await.json();
        let other = scene.ask_fylr(Method::GET, &path, &Value::Null).await.json();
        assert_eq!((&told["limit"], &other["limit"]), (&easydb, &fylr), "{query}");
        assert_eq!((&told["count"], &other["count"]), (&json!(1), &json!(1)), "{query}");
    }
    for (query, code) in [
        ("filter=name:x", "ServerGeneric"),
        ("filter=x", "InvalidValue"),
        ("limit=x", "InvalidValue"),
    ] {
        let answer = scene.ask_fylr(Method::GET, &format!("export?{query}"), &Value::Null).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["code"]),
            (400, &json!(code)),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_bearer_may_stand_in_the_header_of_its_own() {
    let scene = Scene::new().await;
    let bearer = format!("Bearer {}", scene.ann);
    let headers = [("x-fylr-authorization", bearer.as_str()), ("authorization", "Basic dTpw")];
    let listed = scene.send(Method::GET, "/api/v1/export", "", &headers, "").await;
    assert_eq!((listed.status.as_u16(), &listed.json()["limit"]), (200, &json!(100)));
    let proxied = [headers[0], ("authorization", "Bearer proxys")];
    let listed = scene.send(Method::GET, "/api/v1/export", "", &proxied, "").await;
    assert_eq!(listed.status, 200);
    let query = format!("/api/v1/export?access_token={}", scene.ann);
    assert_eq!(scene.get(&query, "").await.json()["limit"], 100);
    // What a proxy asks for makes nobody a client of fylr.
    let query = format!("/api/v1/export?token={}", scene.ann);
    let listed = scene.send(Method::GET, &query, "", &headers[1..], "").await;
    assert_eq!((listed.status.as_u16(), &listed.json()["limit"]), (200, &json!(null)));
}

#[tokio::test]
async fn an_export_that_is_not_there_is_named() {
    let scene = Scene::new().await;
    for (method, path) in [
        (Method::GET, "export/999"),
        (Method::DELETE, "export/999"),
        (Method::POST, "export/999/start"),
        (Method::GET, "export/999/zip/"),
    ] {
        let answer = scene.ask_fylr(method.clone(), path, &Value::Null).await;
        let told = answer.json();
        assert_eq!((answer.status.as_u16(), &told["code"]), (404, &json!("ServerGeneric")));
        assert_eq!(told["error"], "export 999 not found", "{method} {path}");
        assert_eq!(told["parameters"]["resource"], "export-999");
    }
    let number = scene.put(&document("a")).await;
    let path = format!("export/{number}?format=huge");
    let answer = scene.ask_fylr(Method::GET, &path, &Value::Null).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (400, &json!("InvalidValue")));
}

#[tokio::test]
async fn a_method_that_a_path_does_not_take_is_told_in_the_words_of_the_product() {
    let scene = Scene::new().await;
    let number = scene.put(&document("a")).await;
    for (method, path) in [
        (Method::GET, format!("export/{number}/start")),
        (Method::PUT, format!("export/{number}")),
        (Method::DELETE, "event/7".to_owned()),
        (Method::POST, "event/poll".to_owned()),
    ] {
        let refused = scene.ask(method.clone(), &path, &Value::Null).await;
        let told = refused.json();
        assert_eq!(refused.status, 400, "{method} {path}");
        assert_eq!(
            (&told["realm"], &told["code"]),
            (&json!("api"), &json!("error.api.invalid_request_method")),
            "{method} {path}"
        );
        let refused = scene.ask_fylr(method.clone(), &path, &Value::Null).await;
        let told = refused.json();
        assert_eq!(refused.status, 405, "{method} {path}");
        assert_eq!(
            (&told["code"], &told["statuscode"]),
            (&json!("ServerGeneric"), &json!(405)),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_fetched_is_called_as_fylr_calls_it() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let running = scene.put(&document("b")).await;
    for (path, status, code) in [
        (format!("export/{number}/file/none"), 404, "FileNotFound"),
        (format!("export/{number}/file/none/"), 404, "FileNotFound"),
        (format!("export/{number}/zip/none"), 404, "FileNotFound"),
        (format!("export/{number}/tar_gz/none/"), 404, "FileNotFound"),
        (format!("export/{number}/rar/"), 400, "ApiObjectPath"),
        (format!("export/{running}/file/a"), 400, "FileNotDone"),
        (format!("export/{running}/file/"), 400, "FileNotDone"),
        (format!("export/{running}/zip/"), 400, "FileNotDone"),
        (format!("export/{running}/tar_gz/"), 400, "FileNotDone"),
    ] {
        let answer = scene.ask_fylr(Method::GET, &path, &Value::Null).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["code"]),
            (status, &json!(code)),
            "{path}"
        );
    }
    let none =
        scene.ask_fylr(Method::GET, &format!("export/{number}/file/no/ne"), &Value::Null).await;
    assert_eq!(none.json()["parameters"]["file"], "no/ne");
    // Its content is not where it was.
    let run = scene.run_of(number).await;
    scene.store.delete(&[Key::segment(run, 2, 0, "a")]).await.unwrap();
    let path = format!("export/{number}/file/big/2.json");
    let lost = scene.ask_fylr(Method::GET, &path, &Value::Null).await;
    assert_eq!((lost.status.as_u16(), &lost.json()["code"]), (500, &json!("ServerGeneric")));
    let lost = scene.ask(Method::GET, &path, &Value::Null).await;
    assert_eq!((lost.status.as_u16(), &lost.json()["realm"]), (500, &json!("server")));
}

#[tokio::test]
async fn an_archive_that_cannot_be_made_whole_breaks_off() {
    let scene = Scene::new().await;
    let mut document = document("a");
    document["_transports"] = json!([{"type": "download", "packer": "folder"}]);
    let number = scene.put(&document).await;
    let run = scene.run_of(number).await;
    scene.end(run, &tables(), Packer::None, State::Done, Vec::new()).await;
    scene.store.delete(&[Key::segment(run, 2, 0, "a")]).await.unwrap();
    for path in ["zip/", "zip/big", "tar_gz/", "tar_gz/big"] {
        let path = format!("/api/v1/export/{number}/{path}");
        let answer = scene.begin(Method::GET, &path, &scene.ann, &[], "").await;
        assert_eq!(answer.status(), 200, "{path}");
        assert!(to_bytes(answer.into_body(), 16 << 20).await.is_err(), "{path}");
    }
}

#[tokio::test]
async fn paths_are_such_as_addresses_take() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let path = format!("export/{number}");
    let listed = async |is_fylr: bool| {
        let shown = if is_fylr {
            scene.ask_fylr(Method::GET, &path, &Value::Null).await
        } else {
            scene.ask(Method::GET, &path, &Value::Null).await
        };
        shown.json()["_files"][1].clone()
    };
    assert_eq!(listed(false).await["path"], "ä.json");
    let file = listed(true).await;
    assert_eq!(file["path"], "%C3%A4.json");
    assert!(file["date_created"].is_string() && file["size"] == 3);
    let url = format!("{path}/file/{}", file["path"].as_str().unwrap());
    assert_eq!(&scene.ask_fylr(Method::GET, &url, &Value::Null).await.body[..], b"[1]");
}

#[tokio::test]
async fn an_export_stays_fylrs_whoever_changes_it() {
    let scene = Scene::new().await;
    let new = json!({"export": {"name": "a", "type": "export", "search": {}, "csv": true}});
    let made = scene.ask_fylr(Method::POST, "export", &new).await.json();
    let number = made["export"]["_id"].as_u64().unwrap();
    let change = json!({"export": {"csv": {"delimiter": ";"}, "json": true}});
    scene.end_run(number, State::Done).await;
    let path = format!("export/{number}");
    let changed = scene.ask(Method::POST, &path, &change).await.json();
    assert_eq!(changed["export"]["csv"]["delimiter"], ";");
    let export = scene.run_of(number).await.export;
    let shown = scene.get(&format!("/v1/exports/{export}"), &scene.ann).await.json();
    let easydb = &shown["definition"]["outputs"][0]["easydb"];
    assert_eq!(
        (&easydb["generation"], &easydb["csv"]["generation"]),
        (&json!("fylr"), &json!("fylr"))
    );
}

#[tokio::test]
async fn what_fylr_refuses_is_refused() {
    let scene = Scene::new().await;
    let mut sent = document("a");
    for (key, value, place) in [
        ("batch_size", json!(10_001), "export.batch_size"),
        ("fields", json!({"bild.titel": {"title": 1}}), "export.fields.bild.titel.title"),
        ("fields", json!({"a.b.c.d.e.f": {}}), "export.fields.a.b.c.d.e.f"),
    ] {
        let before = sent.clone();
        sent["export"][key] = value;
        let answer = scene.ask_fylr(Method::POST, "export", &sent).await;
        let told = answer.json();
        assert_eq!((answer.status.as_u16(), &told["code"]), (400, &json!("InvalidValue")));
        assert_eq!(told["parameters"]["attribute"], place);
        sent = before;
    }
}

#[tokio::test]
async fn a_run_that_does_not_end_is_not_waited_for_longer_than_fylr_does() {
    let scene = Scene::new().await;
    let number = scene.put(&document("a")).await;
    // Nobody is there who would end it.
    let stop = format!("export/{number}/stop");
    let answer = scene.ask_fylr(Method::POST, &stop, &Value::Null).await;
    let told = answer.json();
    assert_eq!((answer.status.as_u16(), &told["code"]), (400, &json!("ServerGeneric")));
    assert_eq!(told["error"], "failed to stop export after 4 seconds");
}

#[tokio::test]
async fn what_is_fetched_is_told_with_its_form() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    for path in ["file/flights.csv", "tar_gz/big"] {
        scene.ask_fylr(Method::GET, &format!("export/{number}/{path}"), &Value::Null).await;
    }
    let polled = scene.ask_fylr(Method::GET, "event/poll/5", &Value::Null).await.json();
    let mut told: Vec<(Value, Value)> = polled
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let info = &one["event"]["info"];
            (info["export"]["format"].clone(), info["files"].clone())
        })
        .collect();
    told.sort_by_key(|(format, _)| format.to_string());
    let expected = [(json!("file"), json!(["flights.csv"])), (json!("tar_gz"), json!(null))];
    assert_eq!(told, expected);
}
