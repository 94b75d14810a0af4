//! Answers are held until a run has ended, and whoever waits too long is told when to come again.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::http::Method;
use proto::definition::Packer;
use proto::fault::{Code, Fault};
use proto::run::State;
use serde_json::Value;

use super::super::scene::{Scene, failing_at};
use super::{EXPORT, configuration, cookie, in_bag, run_of, text};

/// The address of Ann's only export, once its run has begun.
async fn begun(scene: &Scene) -> String {
    loop {
        let listed = scene.get("/v1/exports", &scene.ann).await.json();
        let newest = &listed["exports"][0];
        if let Some(id) = newest["id"].as_str().filter(|_| newest["run"] == 1) {
            return format!("{EXPORT}file/{id}");
        }
        tokio::task::yield_now().await;
    }
}

/// The answer to Ann, who makes an export whose run ends so while she waits.
async fn held(packer: Packer, state: State, faults: Vec<Fault>) -> super::Answer {
    let scene = Scene::speaking(|settings| settings.hold = Duration::from_mins(1)).await;
    let configuration = configuration();
    let making = scene.call(Method::POST, "/deriva/export/file", "ann", &configuration);
    let ending = async {
        let url = begun(&scene).await;
        scene.end_made(&url, packer, state, faults).await;
    };
    tokio::join!(making, ending).0
}

#[tokio::test]
async fn what_ends_while_a_client_waits_is_answered_as_it_ended() {
    let done = held(Packer::None, State::Done, vec![]).await;
    assert_eq!(done.status, 201);
    let names: Vec<&str> =
        text(&done).split('\n').filter_map(|url| url.rsplit('/').next()).collect();
    assert_eq!(names, ["flights.csv", "%C3%A4.json", "2.json"]);
    let fault = Fault::new(Code::SourceRefused, "https://a/ answers 409 Conflict: no table");
    let failed = held(Packer::None, State::Failed, vec![fault]).await;
    assert_eq!(failed.status, 502);
    assert!(text(&failed).contains("no table"), "{}", text(&failed));
}

#[tokio::test]
async fn whoever_waits_too_long_is_told_when_to_come_again() {
    let scene = Scene::new().await;
    let url = scene.made("/deriva/export/bdbag", &in_bag()).await;
    let head = scene.call(Method::HEAD, &url, "ann", &Value::Null).await;
    assert_eq!((head.status.as_u16(), head.header("retry-after")), (503, "40"));
    scene.pass(240);
    let head = scene.call(Method::HEAD, &url, "ann", &Value::Null).await;
    assert_eq!((head.status.as_u16(), head.header("retry-after")), (503, "180"));
    let cookie = cookie("ann");
    let headers = [("cookie", cookie.as_str()), ("accept", "text/html,*/*;q=0.8")];
    let page = scene.send(Method::GET, &url, "", &headers, "").await;
    assert_eq!(page.status, 503);
    assert!(text(&page).contains("http-equiv=\"refresh\""), "{}", text(&page));
    let log = scene.call(Method::GET, &format!("{url}/log"), "ann", &Value::Null).await;
    assert!(text(&log).contains("pending"), "{}", text(&log));
    scene.end_made(&url, Packer::Zip, State::Done, vec![]).await;
    let head = scene.call(Method::HEAD, &url, "ann", &Value::Null).await;
    assert_eq!(head.status, 200);
}

#[tokio::test]
async fn nobody_is_held_by_a_process_that_is_to_end() {
    let scene = Scene::speaking(|settings| settings.hold = Duration::from_mins(1)).await;
    scene.close();
    let url = scene.made("/deriva/export/bdbag", &in_bag()).await;
    let head = scene.call(Method::HEAD, &url, "ann", &Value::Null).await;
    assert_eq!(head.status, 503);
    assert_eq!(run_of(&url).run, 1);
}

#[tokio::test]
async fn an_export_that_was_begun_is_taken_whatever_is_away_by_then() {
    for (path, request) in [("bdbag", in_bag()), ("file", configuration())] {
        let (scene, fails, failed) = failing_at("/result.json", |_| {}).await;
        fails.store(true, Ordering::Relaxed);
        let url = scene.made(&format!("/deriva/export/{path}"), &request).await;
        failed.notified().await;
        let listed = scene.get("/v1/exports", &scene.ann).await.json();
        assert_eq!(listed["exports"].as_array().unwrap().len(), 1, "{path}");
        let head = scene.call(Method::HEAD, &url, "ann", &Value::Null).await;
        assert_eq!(head.status, 503, "{path}");
    }
}
