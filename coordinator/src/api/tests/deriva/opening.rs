//! Who may fetch: the owner, and whoever has the address where that is public.

use axum::http::Method;
use proto::definition::Packer;
use proto::run::State;
use serde_json::Value;

use super::super::scene::Scene;
use super::{configuration, in_bag, text};

#[tokio::test]
async fn what_is_somebody_elses_is_as_if_it_were_not_there() {
    let scene = Scene::new().await;
    let url = scene.made("/deriva/export/bdbag", &in_bag()).await;
    scene.end_made(&url, Packer::Zip, State::Done, vec![]).await;
    let native = scene.ended(Packer::Zip).await;
    let native = format!("/deriva/export/bdbag/{}", native.export);
    let nobodys = format!("/deriva/export/bdbag/{}", uuid::Uuid::nil());
    for (name, url) in
        [("bob", &url), ("", &url), ("ann", &native), ("ann", &nobodys), ("bob", &nobodys)]
    {
        for path in [url.clone(), format!("{url}/log"), format!("{url}/Fl%C3%BCge.zip")] {
            let answer = scene.call(Method::GET, &path, name, &Value::Null).await;
            assert_eq!(answer.status, 404, "{name} {path}");
            assert!(text(&answer).contains("no such export"), "{}", text(&answer));
        }
    }
}

#[tokio::test]
async fn a_public_address_opens_to_everybody_and_none_is_guessed() {
    let scene = Scene::speaking(|settings| settings.anonymous = false).await;
    let url = scene.made("/deriva/export/bdbag?public=true", &in_bag()).await;
    scene.end_made(&url, Packer::Zip, State::Done, vec![]).await;
    for name in ["", "bob", "ann"] {
        let answer = scene.call(Method::GET, &url, name, &Value::Null).await;
        assert_eq!(answer.status, 200, "{name}");
    }
    let (plain, code) = url.rsplit_once('.').unwrap();
    assert_eq!(code.len(), 43);
    assert_eq!(scene.call(Method::GET, plain, "ann", &Value::Null).await.status, 200);
    let other = scene.made("/deriva/export/bdbag?public=true", &in_bag()).await;
    let (_, code) = other.rsplit_once('.').unwrap();
    for guess in [plain.to_owned(), format!("{plain}."), format!("{plain}.{code}")] {
        assert_eq!(scene.call(Method::GET, &guess, "", &Value::Null).await.status, 401, "{guess}");
        assert_eq!(
            scene.call(Method::GET, &guess, "bob", &Value::Null).await.status,
            404,
            "{guess}"
        );
    }
}

#[tokio::test]
async fn those_whom_nothing_tells_apart_have_the_address_alone() {
    let scene = Scene::new().await;
    let made = scene.call(Method::POST, "/deriva/export/file", "", &configuration()).await;
    let url = text(&made).to_owned();
    assert_eq!(scene.call(Method::HEAD, &url, "", &Value::Null).await.status, 503);
    let own = url.strip_suffix("/flights.csv").unwrap();
    let (plain, _) = own.rsplit_once('.').unwrap();
    for method in [Method::HEAD, Method::DELETE] {
        assert_eq!(scene.call(method, plain, "", &Value::Null).await.status, 404);
    }
    assert_eq!(scene.call(Method::DELETE, own, "", &Value::Null).await.status, 204);
}

#[tokio::test]
async fn a_session_is_shown_as_its_server_shows_it() {
    let scene = Scene::new().await;
    let shown = scene.call(Method::GET, "/authn/session", "ann", &Value::Null).await;
    assert_eq!((shown.status.as_u16(), shown.json()["client"]["id"].as_str()), (200, Some("ann")));
    assert_eq!(shown.header("content-type"), "application/json");
    for name in ["", "carl"] {
        let none = scene.call(Method::GET, "/authn/session", name, &Value::Null).await;
        assert_eq!(none.status, 404, "{name}");
        assert_eq!(text(&none), "Resource not found. Detail: existing login session not found.\n");
    }
}
