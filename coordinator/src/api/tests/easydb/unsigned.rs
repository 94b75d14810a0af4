//! What is fetched without signing in: by the passkey of a transport, and by its uuid.

use axum::http::Method;
use fabric::link::Keys;
use proto::run::State;
use serde_json::{Value, json};

use super::super::scene::{ARCHIVE, Scene, big};
use super::with_download;

#[tokio::test]
async fn whoever_has_the_passkey_has_the_archive_in_every_run() {
    let scene = Scene::new().await;
    let number = scene.exported(&with_download("a b"), State::Done).await;
    let address = async || {
        let shown = scene.ask(Method::GET, &format!("export/{number}"), &Value::Null).await.json();
        let files = &shown["_transports"][0]["_download"]["_files"];
        // The volumes of all transports are told together too.
        assert_eq!(&shown["_downloads"], files);
        let file = files[0].clone();
        assert_eq!(file["size"], ARCHIVE.len());
        file["url"].as_str().unwrap().to_owned()
    };
    let url = address().await;
    let path = format!("/api/v1/export/{number}/download/{url}");
    let got = scene.get(&path, "").await;
    assert_eq!((got.status.as_u16(), &got.body[..]), (200, ARCHIVE));
    let head = scene.send(Method::HEAD, &path, "", &[], "").await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), ARCHIVE.len().to_string());
    assert!(path.ends_with("/a%20b.zip"), "{path}");
    for (query, expected) in [
        ("disposition=inline&filename=c", "inline; filename=\"c.zip\""),
        ("disposition=attachment&filename=c", "attachment; filename=\"c.zip\""),
        ("filename=c", "attachment; filename=\"c.zip\""),
    ] {
        let saved = scene.get(&format!("{path}?{query}"), "").await;
        assert_eq!((saved.status.as_u16(), &saved.body[..]), (200, ARCHIVE));
        assert_eq!(saved.header("content-disposition"), expected, "{query}");
    }
    scene.ask(Method::POST, &format!("export/{number}"), &json!({"export": {"flat": true}})).await;
    let none = scene.get(&path, "").await;
    assert_eq!(
        (none.status.as_u16(), none.header("location")),
        (302, "/#server_error:export.invalid.passkey")
    );
    scene.end_run(number, State::Done).await;
    assert_eq!((scene.get(&path, "").await.status.as_u16(), address().await), (200, url));
    let other = path.replace("/download/", "/download/x");
    assert_eq!(scene.get(&other, "").await.status, 302);
    let elsewhere = scene.exported(&with_download("c"), State::Done).await;
    let other = path.replace(&format!("/{number}/"), &format!("/{elsewhere}/"));
    assert_eq!(scene.get(&other, "").await.status, 302);
}

/// Where transports were taken away, those after them have moved, and the archives of the last run have not.
#[tokio::test]
async fn a_passkey_opens_no_archive_of_another_transport() {
    let scene = Scene::new().await;
    let mut document = with_download("a");
    let (first, second) =
        (json!({"type": "download", "packer": "zip"}), json!({"type": "download"}));
    document["_transports"] = json!([first, second]);
    let number = scene.exported(&document, State::Done).await;
    let path = format!("export/{number}");
    let shown = scene.ask(Method::GET, &path, &Value::Null).await.json();
    let url = shown["_transports"][0]["_download"]["_files"][0]["url"].as_str().unwrap();
    let by_first = format!("/api/v1/{path}/download/{url}");
    assert_eq!(&scene.get(&by_first, "").await.body[..], ARCHIVE);
    // The second alone is left, and the next run is not due for long.
    let second = shown["_transports"][1].clone();
    let change = json!({"_transports": [second], "_schedules": [{"hours": [3]}]});
    let changed = scene.ask(Method::POST, &path, &change).await.json();
    assert_eq!(changed["_state"], "new", "{changed:#}");
    let (_, name) = url.split_once('/').unwrap();
    let export = scene.coordinator.numbered(number).await.unwrap().unwrap().id;
    let uuid = second["uuid"].as_str().unwrap();
    let keys = Keys::new(vec![vec![7; 32]]).unwrap();
    let passkey = keys.code(&format!("passkey {export} {uuid}"));
    for path in [by_first, format!("/api/v1/{path}/download/{passkey}/{name}")] {
        let none = scene.get(&path, "").await;
        assert_eq!(none.header("location"), "/#server_error:export.invalid.passkey", "{path}");
    }
}

#[tokio::test]
async fn whoever_has_the_uuid_of_a_transport_has_the_files() {
    let scene = Scene::new().await;
    let number = scene.exported(&with_download("a"), State::Done).await;
    let shown = scene.ask(Method::GET, &format!("export/{number}"), &Value::Null).await.json();
    let uuid = shown["_transports"][0]["uuid"].as_str().unwrap();
    let path = format!("/api/v1/export/{number}/uuid/{uuid}");
    assert_eq!(&scene.get(&format!("{path}/zip/"), "").await.body[..], ARCHIVE);
    assert_eq!(scene.get(&format!("{path}/file/big/2.json"), "").await.body, big());
    assert_eq!(scene.get(&format!("{path}/tar_gz/big"), "").await.status, 200);
    // As fylr writes its addresses.
    let short = path.replace("/api/v1/", "/api/");
    assert_eq!(scene.get(&format!("{short}/file/big/2.json"), "").await.body, big());
    assert_eq!(&scene.get(&format!("{short}/zip/"), "").await.body[..], ARCHIVE);
    let other = path.replace(uuid, "0192d3a0-0000-4000-8000-000000000000");
    for query in ["", "?disposition=inline"] {
        let none = scene.get(&format!("{other}/zip/{query}"), "").await;
        assert_eq!((none.status.as_u16(), &none.json()["code"]), (404, &json!("FileNotFound")));
    }
}

#[tokio::test]
async fn what_a_uuid_opens_is_asked_for_by_ranges_and_heads_without_a_token() {
    let scene = Scene::new().await;
    let number = scene.exported(&with_download("a"), State::Done).await;
    let shown = scene.ask(Method::GET, &format!("export/{number}"), &Value::Null).await.json();
    let uuid = shown["_transports"][0]["uuid"].as_str().unwrap();
    let path = format!("/api/v1/export/{number}/uuid/{uuid}");
    let part = scene.get(&format!("{path}/zip/big"), "").await.body;
    let big = big();
    for (place, whole) in [("zip/", ARCHIVE), ("file/big/2.json", &big), ("zip/big", &part)] {
        let path = format!("{path}/{place}");
        let head = scene.send(Method::HEAD, &path, "", &[], "").await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0), "{place}");
        assert_eq!(head.header("content-length"), whole.len().to_string(), "{place}");
        assert_eq!(head.header("accept-ranges"), "bytes", "{place}");
        let ranged = scene.send(Method::GET, &path, "", &[("range", "bytes=2-5")], "").await;
        assert_eq!((ranged.status.as_u16(), &ranged.body[..]), (206, &whole[2..=5]), "{place}");
        let end = whole.len();
        assert_eq!(ranged.header("content-range"), format!("bytes 2-5/{end}"), "{place}");
        let range = format!("bytes={end}-");
        let beyond = scene.send(Method::GET, &path, "", &[("range", &range)], "").await;
        assert_eq!(beyond.status, 416, "{place}");
    }
    let tar = scene.send(Method::HEAD, &format!("{path}/tar_gz/big"), "", &[], "").await;
    assert_eq!((tar.status.as_u16(), tar.body.len()), (200, 0));
    // It opens what its export made, and nothing else of its owner.
    let other = scene.exported(&with_download("b"), State::Done).await;
    let elsewhere = path.replace(&format!("/{number}/"), &format!("/{other}/"));
    let none = scene.get(&format!("{elsewhere}/zip/"), "").await;
    assert_eq!((none.status.as_u16(), &none.json()["code"]), (404, &json!("FileNotFound")));
}
