//! Sessions and tokens, in all the places where clients put them.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::scene::Scene;
use super::document;

#[tokio::test]
async fn a_session_is_drawn_signed_in_with_and_ended() {
    let scene = Scene::new().await;
    let drawn = scene.get("/api/v1/session", "").await.json();
    let token = drawn["token"].as_str().unwrap();
    assert!(drawn.get("authenticated").is_none());
    let list = format!("/api/v1/export?token={token}");
    assert_eq!(scene.get(&list, "").await.status, 403);
    let sign_in = format!("/api/v1/session/authenticate?token={token}");
    let login = format!("{sign_in}&login=ann&password={}", scene.ann);
    let session = scene.post(&login, "", &Value::Null).await;
    assert_eq!(session.status, 200);
    assert_eq!(
        (&session.json()["token"], &session.json()["user"]["user"]["login"]),
        (&json!(token), &json!("ann"))
    );
    assert_eq!(scene.get(&list, "").await.status, 200);
    let header = [("x-easydb-token", token)];
    assert_eq!(scene.send(Method::GET, "/api/v1/export", "", &header, "").await.status, 200);
    assert_eq!(scene.get("/api/v1/export", token).await.status, 200);
    let again = scene.get(&format!("/api/v1/session?token={token}"), "").await.json();
    assert_eq!(again["authenticated"]["method"], "easydb");
    scene.pass(3600);
    assert_eq!(scene.get(&list, "").await.status, 403);
    // Signing in anew with the same token, by a form and by a document.
    let form = format!("login=ann&password={}", scene.ann);
    assert_eq!(scene.send(Method::POST, &sign_in, "", &[], &form).await.status, 200);
    let body = json!({"login": "ann", "password": scene.ann});
    assert_eq!(scene.post(&sign_in, "", &body).await.status, 200);
    let out = format!("/api/v1/session/deauthenticate?token={token}");
    assert_eq!(scene.post(&out, "", &Value::Null).await.status, 200);
    assert_eq!(scene.get(&list, "").await.status, 403);
}

#[tokio::test]
async fn nobody_signs_in_as_somebody_else() {
    let scene = Scene::new().await;
    for (login, password) in
        [("bob", &*scene.ann), ("ann", "secret"), ("", &scene.ann), ("../x", "")]
    {
        let path = format!("/api/v1/session/authenticate?login={login}&password={password}");
        let answer = scene.post(&path, "", &Value::Null).await;
        assert_eq!(answer.status, 400, "{login} {password}");
        assert_eq!(answer.json()["code"], "error.user.authentication_failed");
    }
}

#[tokio::test]
async fn every_route_refuses_strangers_in_the_words_of_the_product() {
    let scene = Scene::new().await;
    let number = scene.put(&document("a")).await;
    for (method, path) in [
        (Method::GET, "export"),
        (Method::PUT, "export"),
        (Method::POST, "export"),
        (Method::GET, "export/N"),
        (Method::POST, "export/N"),
        (Method::DELETE, "export/N"),
        (Method::POST, "export/N/start"),
        (Method::POST, "export/N/stop"),
        (Method::GET, "export/N/file/a"),
        (Method::GET, "export/N/zip"),
        (Method::GET, "export/N/zip/a/b"),
        (Method::GET, "export/N/tar_gz/"),
        (Method::GET, "event/poll"),
        (Method::GET, "event/poll/0"),
        (Method::GET, "event/list"),
        (Method::DELETE, "event/list"),
        (Method::DELETE, "event"),
    ] {
        let path = format!("/api/v1/{}", path.replace('N', &number.to_string()));
        let answer = scene.send(method.clone(), &path, "", &[], "{}").await;
        assert_eq!(answer.status, 403, "{method} {path}");
        assert_eq!(answer.json()["code"], "error.user.not_authenticated");
        let answer = scene.send(method.clone(), &path, "lsh_x", &[], "{}").await;
        assert_eq!(answer.status, 401, "{method} {path}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        let told = answer.json();
        assert_eq!((&told["code"], &told["statuscode"]), (&json!("UserRequired"), &json!(401)));
    }
}

#[tokio::test]
async fn what_is_somebody_elses_is_as_if_it_were_not_there() {
    let scene = Scene::new().await;
    let number = scene.put(&document("a")).await;
    for (method, path) in [
        (Method::GET, "export/N"),
        (Method::POST, "export/N"),
        (Method::DELETE, "export/N"),
        (Method::POST, "export/N/start"),
        (Method::POST, "export/N/stop"),
        (Method::GET, "export/N/file/a"),
        (Method::GET, "export/N/zip/"),
    ] {
        let mut answers = Vec::new();
        for (number, token) in [(number, &scene.bob), (number + 1, &scene.ann)] {
            let path = format!("/api/v1/{}?token={token}", path.replace('N', &number.to_string()));
            let answer = scene.send(method.clone(), &path, "", &[], "{}").await;
            assert_eq!(answer.status, 404, "{method} {path}");
            answers.push(answer.body);
        }
        assert_eq!(answers[0], answers[1], "{method} {path}");
    }
    let none = scene.get(&format!("/api/v1/export?token={}", scene.bob), "").await.json();
    assert_eq!(none["count"], 0);
}
