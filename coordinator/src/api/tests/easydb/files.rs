//! Files one by one: as they are listed, and fetched by their paths.

use std::fmt::Write as _;

use axum::http::Method;
use proto::definition::Packer;
use proto::run::State;
use serde_json::{Value, json};

use super::super::scene::{Scene, big};
use super::{document, with_download};
use crate::api::easydb::paths::Paths;

#[tokio::test]
async fn files_are_listed_and_fetched_by_their_paths() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let path = format!("export/{number}");
    let shown = scene.ask(Method::GET, &path, &Value::Null).await.json();
    let files = shown["_files"].as_array().unwrap();
    let paths: Vec<&str> = files.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["flights.csv", "ä.json", "big/2.json"]);
    assert_eq!(files[2]["size"], big().len());
    assert_eq!(files[0]["date_created"], shown["_last_relevant_run_at"]);
    assert!(files[0]["date_created"].is_string());
    for file in files {
        let url = file["url"].as_str().unwrap();
        let got = scene.ask(Method::GET, &format!("{path}/{url}"), &Value::Null).await;
        assert_eq!(
            (got.status.as_u16(), got.body.len() as u64),
            (200, file["size"].as_u64().unwrap())
        );
        assert_eq!(got.header("content-disposition"), "");
        let head = scene.ask(Method::HEAD, &format!("{path}/{url}"), &Value::Null).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), file["size"].to_string());
    }
    let url = format!("/api/v1/{path}/file/big/2.json?token={}", scene.ann);
    let part = scene.send(Method::GET, &url, "", &[("range", "bytes=1000-1999")], "").await;
    assert_eq!((part.status.as_u16(), &part.body[..]), (206, &big()[1000..2000]));
    assert_eq!(part.header("content-range"), format!("bytes 1000-1999/{}", big().len()));
    let saved = scene
        .ask(
            Method::GET,
            &format!("{path}/file/big/2.json?disposition=attachment&filename=x"),
            &Value::Null,
        )
        .await;
    assert_eq!(saved.header("content-disposition"), "attachment; filename=\"x.json\"");
    let shown = scene
        .ask(Method::GET, &format!("{path}/file/big/2.json?disposition=inline"), &Value::Null)
        .await;
    assert_eq!(shown.header("content-disposition"), "inline; filename=\"2.json\"");
    assert!(shown.header("content-security-policy").starts_with("sandbox"));
}

/// As each product tells where its files are: to clients of easydb plainly, and to those of fylr escaped.
#[tokio::test]
async fn files_of_any_name_are_fetched_back_by_the_paths_that_are_told() {
    let scene = Scene::new().await;
    let names = [
        "a b/100%.json",
        "a b/100%25.json",
        "a+b.json",
        "a#b?c&d=e;f.json",
        "Süd ⚓ u\u{308}.json",
        "a:b@c!$'()*,[]|^`{}.json",
        "..a/.b/c..json",
    ];
    let number = scene.put(&with_download("a")).await;
    scene.files_at(scene.run_of(number).await, &names).await;
    scene.end_run(number, State::Done).await;
    let path = format!("export/{number}");
    let plain = scene.ask(Method::GET, &path, &Value::Null).await.json();
    let ready = scene.ask_fylr(Method::GET, &path, &Value::Null).await.json();
    let uuid = plain["_transports"][0]["uuid"].as_str().unwrap();
    assert_eq!(told(&plain)[1..], names);
    let escaped = told(&plain).iter().map(|path| escaped(path)).collect::<Vec<_>>();
    for paths in [&escaped, &told(&ready)] {
        for (told, name) in paths[1..].iter().zip(names) {
            for form in ["file", "zip", "tar_gz"] {
                let url = format!("{path}/{form}/{told}");
                let got = scene.ask_fylr(Method::GET, &url, &Value::Null).await;
                assert_eq!(got.status, 200, "{url}");
            }
            for place in [path.clone(), format!("{path}/uuid/{uuid}")] {
                let url = format!("{place}/file/{told}");
                let got = scene.ask_fylr(Method::GET, &url, &Value::Null).await;
                assert_eq!(got.body, name.as_bytes(), "{url}");
            }
        }
    }
}

/// The paths of an export's files, as they are told.
fn told(shown: &Value) -> Vec<String> {
    let files = shown["_files"].as_array().unwrap().iter();
    files.map(|file| file["path"].as_str().unwrap().to_owned()).collect()
}

/// A path as a careful client escapes it: each byte of it but slashes.
fn escaped(path: &str) -> String {
    let mut escaped = String::new();
    for byte in path.bytes() {
        if byte == b'/' {
            escaped.push('/');
        } else {
            write!(escaped, "%{byte:02X}").unwrap();
        }
    }
    escaped
}

#[tokio::test]
async fn a_folder_is_a_page_whose_links_lead_to_its_files() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    for (path, links) in [("file", 3), ("file/", 3), ("file/big/", 1)] {
        let page = scene.ask(Method::GET, &format!("export/{number}/{path}"), &Value::Null).await;
        let text = String::from_utf8(page.body.to_vec()).unwrap();
        assert_eq!((page.status.as_u16(), text.matches("<a download").count()), (200, links));
        assert!(text.contains("href=\"./"), "{text}");
    }
    let page = scene.ask(Method::GET, &format!("export/{number}/file/big/"), &Value::Null).await;
    assert!(String::from_utf8_lossy(&page.body).contains("href=\"./2.json\""));
    let none = scene.ask(Method::GET, &format!("export/{number}/file/none/"), &Value::Null).await;
    assert_eq!(none.status, 404);
}

#[tokio::test]
async fn what_is_not_there_is_told_by_a_page_where_a_browser_asks() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let none = scene.ask(Method::GET, &format!("export/{number}/file/none"), &Value::Null).await;
    assert_eq!((none.status.as_u16(), &none.json()["parameters"]["file"]), (404, &json!("none")));
    let page = scene
        .ask(Method::GET, &format!("export/{number}/zip/none?disposition=inline"), &Value::Null)
        .await;
    assert_eq!(page.status, 302);
    assert_eq!(page.header("location"), "/#server_error:error.user.export_file_not_found");
    let running = scene.put(&document("b")).await;
    let early = scene.ask_fylr(Method::GET, &format!("export/{running}/zip"), &Value::Null).await;
    assert_eq!((early.status.as_u16(), &early.json()["code"]), (400, &json!("FileNotDone")));
}

#[tokio::test]
async fn files_are_found_in_any_order_however_few_of_them_are_remembered() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let all = ["flights.csv", "ä.json", "big/2.json"];
    for most in [3, 2, 0] {
        let paths = Paths::of_at_most(most);
        for path in all.iter().chain(all.iter().rev()).chain(&["nobody.json", "ä.json"]) {
            let found = paths.find(&scene.store, run, path).await.unwrap();
            let expected = (*path != "nobody.json").then_some(*path);
            assert_eq!(found.map(|file| file.path).as_deref(), expected, "{most}");
        }
    }
}
