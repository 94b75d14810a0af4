//! What was made is fetched, by the headers that clients take apart.

use axum::http::Method;
use proto::definition::Packer;
use proto::fault::{Code, Fault};
use proto::run::State;
use serde_json::{Value, json};

use super::super::scene::{ARCHIVE, Scene};
use super::{configuration, cookie, in_bag, text};

const NAME: &str = "filename*=UTF-8''Fl%C3%BCge.zip";

#[tokio::test]
async fn a_bag_is_fetched_whole_or_in_part() {
    let scene = Scene::new().await;
    let url = scene.made("/deriva/export/bdbag", &in_bag()).await;
    scene.end_made(&url, Packer::Zip, State::Done, vec![]).await;
    for url in [url.clone(), format!("{url}/"), format!("{url}/Fl%C3%BCge.zip")] {
        let bag = scene.call(Method::GET, &url, "ann", &Value::Null).await;
        assert_eq!((bag.status.as_u16(), &bag.body[..]), (200, ARCHIVE), "{url}");
        assert_eq!(bag.header("content-disposition"), NAME);
        assert_eq!(bag.header("content-type"), "application/zip");
        let head = scene.call(Method::HEAD, &url, "ann", &Value::Null).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
        assert_eq!(head.header("content-disposition"), NAME);
        assert_eq!(head.header("content-length"), ARCHIVE.len().to_string());
    }
    let cookie = cookie("ann");
    let headers = [("cookie", cookie.as_str()), ("range", "bytes=2-4")];
    let part = scene.send(Method::GET, &url, "", &headers, "").await;
    assert_eq!((part.status.as_u16(), &part.body[..]), (206, &ARCHIVE[2..5]));
    assert!(!part.header("etag").is_empty());
    let other = scene.call(Method::GET, &format!("{url}/other.zip"), "ann", &Value::Null).await;
    assert_eq!(other.status, 404);
}

#[tokio::test]
async fn loose_files_are_fetched_by_their_paths() {
    let scene = Scene::new().await;
    let mut three = configuration();
    let processors = three["catalog"]["query_processors"].as_array_mut().unwrap();
    let mut second = processors[0].clone();
    second["processor_params"]["output_path"] = json!("nothing");
    processors.push(second);
    let url = scene.made("/deriva/export/file", &three).await;
    scene.end_made(&url, Packer::None, State::Done, vec![]).await;
    let file = scene.call(Method::GET, &url, "ann", &Value::Null).await;
    assert_eq!(file.status, 200, "{}", text(&file));
    assert_eq!(file.header("content-disposition"), "filename*=UTF-8''flights.csv");
    assert_eq!(file.header("content-type"), "text/csv");
    let all = url.strip_suffix("/flights.csv").unwrap();
    let several = scene.call(Method::GET, all, "ann", &Value::Null).await;
    assert_eq!(several.status, 400);
    assert!(text(&several).contains("/big/2.json"), "{}", text(&several));
    let below = scene.call(Method::GET, &format!("{all}/big/2.json"), "ann", &Value::Null).await;
    assert_eq!(below.header("content-disposition"), "filename*=UTF-8''2.json");
    // Its address was told while nobody knew that nothing would be found.
    let empty = scene.call(Method::HEAD, &format!("{all}/nothing.csv"), "ann", &Value::Null).await;
    assert_eq!((empty.status.as_u16(), empty.header("content-length")), (200, "0"));
    assert_eq!(empty.header("content-disposition"), "filename*=UTF-8''nothing.csv");
    let none = scene.call(Method::GET, &format!("{all}/none.csv"), "ann", &Value::Null).await;
    assert_eq!(none.status, 404);
}

#[tokio::test]
async fn a_run_that_failed_answers_by_its_class() {
    for (state, code, message, status) in [
        (State::Failed, Code::SourceForbidden, "https://a/ answers 403 Forbidden", 403),
        (State::Failed, Code::SignedOut, "their session has ended", 401),
        (State::Failed, Code::SourceUnavailable, "it does not answer", 502),
        (State::Stopped, Code::Stopped, "the export was stopped", 409),
        (State::Expired, Code::NotFound, "expired", 404),
    ] {
        let scene = Scene::new().await;
        let url = scene.made("/deriva/export/bdbag", &in_bag()).await;
        scene.end_made(&url, Packer::Zip, state, vec![Fault::new(code, message)]).await;
        for method in [Method::HEAD, Method::GET] {
            let answer = scene.call(method.clone(), &url, "ann", &Value::Null).await;
            assert_eq!(answer.status.as_u16(), status, "{state:?}");
            assert_eq!(method == Method::GET, text(&answer).contains(message), "{}", text(&answer));
        }
        let log = scene.call(Method::GET, &format!("{url}/log"), "ann", &Value::Null).await;
        assert_eq!(log.status, 200);
        assert!(text(&log).contains(&format!("{code}")), "{}", text(&log));
    }
}

#[tokio::test]
async fn what_is_deleted_is_gone() {
    let scene = Scene::new().await;
    let url = scene.made("/deriva/export/bdbag?public=true", &in_bag()).await;
    for name in ["", "bob"] {
        let theirs = scene.call(Method::DELETE, &url, name, &Value::Null).await;
        assert_eq!(theirs.status, 404, "{name}");
    }
    assert_eq!(scene.call(Method::DELETE, &url, "ann", &Value::Null).await.status, 204);
    assert_eq!(scene.call(Method::GET, &url, "ann", &Value::Null).await.status, 404);
}
