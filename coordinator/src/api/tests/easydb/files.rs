//! Files one by one, archives made on the way out, and downloads without signing in.

use std::fmt::Write as _;
use std::io::Read as _;
use std::process::Command;

use axum::http::Method;
use fabric::link::Keys;
use proto::definition::Packer;
use proto::run::State;
use serde_json::{Value, json};

use super::super::scene::{ARCHIVE, Answer, Scene, big};
use super::document;
use crate::api::easydb::paths::Paths;

fn with_download(name: &str) -> Value {
    let mut document = document(name);
    document["_transports"] = json!([{"type": "download", "packer": "zip"}]);
    document
}

/// What a program of the world says is in an archive: names and lengths.
fn unpacked(program: &str, arguments: &[&str], answer: &Answer) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &answer.body).unwrap();
    let output = Command::new(program).args(arguments).arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

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
async fn a_part_is_zipped_on_the_way_out_as_long_as_it_says() {
    let scene = Scene::new().await;
    let mut document = document("a b");
    document["_transports"] = json!([{"type": "download", "packer": "folder"}]);
    let number = scene.put(&document).await;
    let run = scene.run_of(number).await;
    let packer = proto::definition::Packer::None;
    scene.end(run, &super::super::scene::tables(), packer, State::Done, Vec::new()).await;
    for (path, expected) in [
        ("zip/big", vec!["big/2.json"]),
        ("zip/big/2.json", vec!["2.json"]),
        ("zip", vec!["flights.csv", "ä.json", "big/2.json"]),
        ("zip/", vec!["flights.csv", "ä.json", "big/2.json"]),
    ] {
        let path = format!("export/{number}/{path}");
        let answer =
            scene.ask(Method::GET, &format!("{path}?disposition=attachment"), &Value::Null).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        unpacked("unzip", &["-tq"], &answer);
        let names = unpacked("zipinfo", &["-1"], &answer);
        assert_eq!(names.lines().collect::<Vec<_>>(), expected);
        let head = scene.ask(Method::HEAD, &path, &Value::Null).await;
        assert_eq!(head.header("content-length"), answer.body.len().to_string());
    }
    let part = scene
        .ask(Method::GET, &format!("export/{number}/zip/big?disposition=attachment"), &Value::Null)
        .await;
    assert_eq!(part.header("content-disposition"), "attachment; filename=\"a b big.zip\"");
}

#[tokio::test]
async fn a_part_is_sent_from_any_byte_on() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    for path in ["zip/big", "zip/flights.csv"] {
        let url = format!("/api/v1/export/{number}/{path}?token={}", scene.ann);
        let whole = scene.get(&url, "").await;
        assert_eq!(whole.header("accept-ranges"), "bytes");
        let (len, etag) = (whole.body.len(), whole.header("etag"));
        // Borders of the header, the content and the directory are among them.
        for (from, to) in
            [(0, 1), (10, 50), (30, len - 1), (len - 90, len), (len - 1, len), (0, len)]
        {
            let range = format!("bytes={from}-{}", to - 1);
            let headers = [("range", range.as_str()), ("if-range", etag)];
            let part = scene.send(Method::GET, &url, "", &headers, "").await;
            assert_eq!(
                (part.status.as_u16(), &part.body[..]),
                (206, &whole.body[from..to]),
                "{path}"
            );
            assert_eq!(part.header("content-range"), format!("bytes {from}-{}/{len}", to - 1));
        }
        let headers = [("range", "bytes=5-"), ("if-range", "\"other\"")];
        let other = scene.send(Method::GET, &url, "", &headers, "").await;
        assert_eq!((other.status.as_u16(), other.body.len()), (200, len));
        let beyond = format!("bytes={len}-");
        let none = scene.send(Method::GET, &url, "", &[("range", &beyond)], "").await;
        assert_eq!(
            (none.status.as_u16(), none.header("content-range")),
            (416, format!("bytes */{len}").as_str())
        );
    }
}

#[tokio::test]
async fn a_part_is_packed_as_tar_on_the_way_out() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let answer = scene.ask(Method::GET, &format!("export/{number}/tar_gz/"), &Value::Null).await;
    assert_eq!(answer.header("content-type"), "application/gzip");
    let names = unpacked("tar", &["-tzf"], &answer);
    assert_eq!(names.lines().count(), 3);
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&answer.body[..]).read_to_end(&mut plain).unwrap();
    let big = big();
    assert!(plain.windows(4096).any(|window| window == &big[8000..12096]));
}

#[tokio::test]
async fn the_whole_is_the_archive_that_was_made() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let path = format!("/api/v1/export/{number}/zip?token={}", scene.ann);
    let whole = scene.get(&path, "").await;
    assert_eq!(&whole.body[..], ARCHIVE);
    let part = scene.send(Method::GET, &path, "", &[("range", "bytes=3-4")], "").await;
    assert_eq!((part.status.as_u16(), &part.body[..]), (206, &ARCHIVE[3..5]));
}

#[tokio::test]
async fn whoever_has_the_passkey_has_the_archive_in_every_run() {
    let scene = Scene::new().await;
    let number = scene.exported(&with_download("a b"), State::Done).await;
    let address = async || {
        let shown = scene.ask(Method::GET, &format!("export/{number}"), &Value::Null).await.json();
        let file = shown["_transports"][0]["_download"]["_files"][0].clone();
        assert_eq!(file["size"], ARCHIVE.len());
        file["url"].as_str().unwrap().to_owned()
    };
    let url = address().await;
    let path = format!("/api/v1/export/{number}/download/{url}");
    let got = scene.get(&path, "").await;
    assert_eq!((got.status.as_u16(), &got.body[..]), (200, ARCHIVE));
    assert!(path.ends_with("/a%20b.zip"), "{path}");
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
    let other = path.replace(uuid, "0192d3a0-0000-4000-8000-000000000000");
    let none = scene.get(&format!("{other}/zip/?access_token=x"), "").await;
    assert_eq!((none.status.as_u16(), &none.json()["code"]), (404, &json!("FileNotFound")));
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
    let none = scene.get(&format!("{elsewhere}/zip/?access_token=x"), "").await;
    assert_eq!((none.status.as_u16(), &none.json()["code"]), (404, &json!("FileNotFound")));
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
