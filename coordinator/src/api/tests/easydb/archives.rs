//! Archives of files: the one that a run made, and those that are made while they are sent.

use std::io::Read as _;
use std::process::Command;

use axum::http::Method;
use proto::run::State;
use serde_json::{Value, json};

use super::super::scene::{ARCHIVE, Answer, Scene, big};
use super::document;

/// What a program of the world says is in an archive: names and lengths.
fn unpacked(program: &str, arguments: &[&str], answer: &Answer) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &answer.body).unwrap();
    let output = Command::new(program).args(arguments).arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
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
async fn archives_are_saved_under_the_name_that_is_asked_for() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    for (path, query, expected) in [
        ("zip/big", "disposition=inline&filename=x", "inline; filename=\"x.zip\""),
        ("tar_gz/big", "disposition=attachment", "attachment; filename=\"a big.tar.gz\""),
        ("tar_gz/big", "disposition=inline&filename=x", "inline; filename=\"x.tar.gz\""),
        ("tar_gz/", "disposition=attachment&filename=x", "attachment; filename=\"x.tar.gz\""),
        ("tar_gz/big", "filename=x", ""),
    ] {
        let path = format!("export/{number}/{path}?{query}");
        for method in [Method::GET, Method::HEAD] {
            let answer = scene.ask(method, &path, &Value::Null).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.header("content-disposition"), expected, "{path}");
        }
    }
}
