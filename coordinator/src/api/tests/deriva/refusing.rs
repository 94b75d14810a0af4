//! What is refused, as deriva-web refuses it and as plain text that can be read.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use super::super::scene::{Scene, UNTOLD};
use super::{configuration, cookie, text};

async fn check(configuration: &Value, status: u16, told: &str) {
    let scene = Scene::new().await;
    let answer = scene.call(Method::POST, "/deriva/export/bdbag", "ann", configuration).await;
    assert_eq!(answer.status.as_u16(), status, "{configuration}: {}", text(&answer));
    assert_eq!(answer.header("content-type"), "text/plain");
    assert!(text(&answer).contains(told) && text(&answer).ends_with('\n'), "{}", text(&answer));
}

#[tokio::test]
async fn mistakes_have_the_class_that_clients_know() {
    check(&json!({}), 400, "configuration").await;
    check(&Value::Null, 400, "no JSON").await;
    check(&json!({"bag": {}}), 400, "/catalog").await;
    let mut host = configuration();
    host["catalog"]["host"] = json!("https://evil.example");
    check(&host, 409, "/catalog/host").await;
    let mut id = configuration();
    id["catalog"]["catalog_id"] = json!("999");
    check(&id, 409, "there is 1, 2").await;
    let mut nope = configuration();
    nope["catalog"]["query_processors"][0]["processor"] = json!("nope");
    check(&nope, 409, "nope").await;
    let mut variable = configuration();
    variable["catalog"]["query_processors"][0]["processor_params"]["query_path"] = json!("/{no}");
    check(&variable, 502, "no").await;
    let mut forbidden = configuration();
    let asks = json!({"processor": "env", "processor_params": {"query_path": "/entity/forbidden"}});
    forbidden["catalog"]["query_processors"].as_array_mut().unwrap().insert(0, asks);
    check(&forbidden, 403, "403 Forbidden").await;
}

#[tokio::test]
async fn what_is_not_made_is_named_with_its_place() {
    let mut transform = configuration();
    transform["transform_processors"] = json!([{"processor": "geo", "processor_params":
        {"input_paths": ["flights.csv"], "output_path": "all.xlsx"}}]);
    check(&transform, 409, "/transform_processors/0").await;
    let mut basic = configuration();
    basic["catalog"]["username"] = json!("ann");
    basic["catalog"]["password"] = json!("secret");
    check(&basic, 409, "/catalog/password: ").await;
    let mut other = configuration();
    other["catalog"]["token"] = json!("session-of-bob");
    check(&other, 409, "somebody else").await;
}

#[tokio::test]
async fn nobody_exports_where_everybody_signs_in() {
    let scene = Scene::speaking(|settings| settings.anonymous = false).await;
    for path in ["/deriva/export/bdbag", "/deriva/export/file"] {
        let answer = scene.call(Method::POST, path, "", &configuration()).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    for token in ["session-of-carl", &scene.ann] {
        let answer = scene
            .send(Method::POST, "/deriva/export/file", token, &[], &configuration().to_string())
            .await;
        assert_eq!(answer.status, 401, "{}", text(&answer));
    }
    let answer = scene
        .send(
            Method::POST,
            "/deriva/export/file",
            "session-of-ann",
            &[],
            &configuration().to_string(),
        )
        .await;
    assert_eq!(answer.status, 201, "{}", text(&answer));
}

#[tokio::test]
async fn a_form_of_another_site_exports_nothing_in_the_name_of_who_looks_at_it() {
    let scene = Scene::new().await;
    let cookie = cookie("ann");
    let cookie = cookie.as_str();
    let post = async |token: &str, headers: &[(&str, &str)]| {
        let body = configuration().to_string();
        scene.send(Method::POST, "/deriva/export/file", token, headers, &body).await.status
    };
    let form = ("content-type", "text/plain");
    let evil = ("origin", "https://evil.example");
    assert_eq!(post("", &[("cookie", cookie), form, evil]).await, 403);
    assert_eq!(
        post("", &[("cookie", cookie), form, ("origin", "https://export.example")]).await,
        201
    );
    assert_eq!(post("", &[("cookie", cookie), form]).await, 201);
    assert_eq!(post("session-of-ann", &[form, evil]).await, 201);
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let scene = Scene::new().await;
    let answer = scene.call(Method::GET, "/deriva/export/bdbag", "ann", &Value::Null).await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"));
    let answer = scene.call(Method::PUT, "/deriva/export/file/x", "ann", &Value::Null).await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET,HEAD,DELETE"));
}

#[tokio::test]
async fn what_of_a_request_for_templates_cannot_be_read_is_refused_as_all_else() {
    let scene = Scene::new().await;
    let table = "/deriva/export/templates/1/s:t";
    let long = Value::from("x".repeat(2 << 20));
    let template = format!("{table}/BDBag");
    let long = scene.call(Method::POST, &template, "ann", &long).await;
    assert_eq!((long.status.as_u16(), long.header("content-type")), (413, "text/plain"));
    assert!(text(&long).contains("larger than the service takes"), "{}", text(&long));
    let twice = format!("{table}?context=detailed&context=compact");
    let twice = scene.call(Method::GET, &twice, "ann", &Value::Null).await;
    assert_eq!((twice.status.as_u16(), twice.header("content-type")), (400, "text/plain"));
    assert!(text(&twice).contains("?context=detailed"), "{}", text(&twice));
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_told_of_while_clients_still_wait() {
    let scene = Scene::speaking(|settings| settings.asking = Duration::from_millis(50)).await;
    let table = "/deriva/export/templates/1/s:t";
    let template = format!("{table}/BDBag");
    for (method, path, name) in [
        (Method::POST, "/deriva/export/file", UNTOLD),
        (Method::POST, template.as_str(), "ann"),
        (Method::GET, table, "ann"),
    ] {
        let body = if path == template { Value::Null } else { configuration() };
        let asking = scene.call(method, path, name, &body);
        let answer = tokio::time::timeout(Duration::from_mins(1), asking).await.unwrap();
        assert_eq!(answer.status, 502, "{path}");
        assert!(text(&answer).contains("in time"), "{}", text(&answer));
    }
}
