//! What was made is fetched: an archive, or the only file as it is.

use axum::http::Method;
use proto::run::State;

use super::super::scene::{ARCHIVE, Scene};
use super::{SYNC, error, request, run_of};

#[tokio::test]
async fn an_archive_is_fetched_whole_or_in_part() {
    let scene = Scene::new().await;
    let id = scene.sync(&request()).await;
    scene.end_sync(&id, State::Done, vec![]).await;
    let path = format!("{SYNC}/exports/{id}/download");
    let whole = scene.get(&path, &scene.ann).await;
    assert_eq!((whole.status.as_u16(), &whole.body[..]), (200, ARCHIVE));
    assert_eq!(whole.header("content-length"), ARCHIVE.len().to_string());
    let headers = [("range", "bytes=2-4")];
    let part = scene.send(Method::GET, &path, &scene.ann, &headers, "").await;
    assert_eq!((part.status.as_u16(), &part.body[..]), (206, &ARCHIVE[2..5]));
    let head = scene.send(Method::HEAD, &path, &scene.ann, &[], "").await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(scene.get(&path, &scene.bob).await.status, 404);
}

#[tokio::test]
async fn the_only_file_is_fetched_as_it_is() {
    let scene = Scene::new().await;
    let id = scene.sync(&request()).await;
    scene.files_at(run_of(&id), &[]).await;
    scene.end_sync(&id, State::Done, vec![]).await;
    let path = format!("{SYNC}/exports/{id}/download");
    let file = scene.get(&path, &scene.ann).await;
    assert_eq!(file.body, "id,carrier\r\n1,UA\r\n2,AA\r\n");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"flights.csv\"");
    let shown = scene.sync_get(&format!("/exports/{id}")).await.json();
    assert_eq!(shown["data"]["attributes"]["filename"], "flights.csv");
    let headers = [("range", "bytes=12-15")];
    let part = scene.send(Method::GET, &path, &scene.ann, &headers, "").await;
    assert_eq!((part.status.as_u16(), &part.body[..]), (206, &b"1,UA"[..]));
}

#[tokio::test]
async fn what_is_not_there_says_why() {
    let scene = Scene::new().await;
    let id = scene.sync(&request()).await;
    let path = format!("/exports/{id}/download");
    let early = scene.sync_get(&path).await;
    assert_eq!(early.status, 409);
    assert!(error(&early)["detail"].as_str().unwrap().contains("not ended"));
    for (state, status) in [(State::Failed, 409), (State::Stopped, 409), (State::Expired, 404)] {
        let scene = Scene::new().await;
        let id = scene.sync(&request()).await;
        scene.end_sync(&id, state, vec![]).await;
        let answer = scene.sync_get(&format!("/exports/{id}/download")).await;
        assert_eq!(answer.status.as_u16(), status, "{state:?}");
    }
}
