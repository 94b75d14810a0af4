//! Tokens for passwords, as clients of fylr ask for them.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::scene::{Answer, Scene};

const TOKEN: &str = "/api/oauth2/token";

impl Scene {
    /// Sends a form, as a client that calls itself something.
    async fn form(&self, path: &str, form: &str) -> Answer {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            // `client:secret`
            ("authorization", "Basic Y2xpZW50OnNlY3JldA=="),
        ];
        self.send(Method::POST, path, "", &headers, form).await
    }
}

#[tokio::test]
async fn a_token_is_given_for_a_password_shown_and_taken_back() {
    let scene = Scene::new().await;
    let form = format!(
        "grant_type=password&scope=offline&client_id=my-client&client_secret=x&username=ann&password={}",
        scene.ann
    );
    let granted = scene.form(TOKEN, &form).await;
    assert_eq!(granted.status, 200);
    assert_eq!(
        (granted.header("cache-control"), granted.header("pragma")),
        ("no-store", "no-cache")
    );
    let told = granted.json();
    let token = told["access_token"].as_str().unwrap();
    assert_eq!(
        told,
        json!({"access_token": token, "token_type": "bearer", "expires_in": 3600, "scope": "offline"})
    );
    assert_eq!(scene.get("/api/v1/export", token).await.json()["limit"], 100);
    for path in ["/api/v1/user/session", "/api/user/session"] {
        let session = scene.get(path, token).await.json();
        assert_eq!(
            (&session["access_token"], &session["user"]["user"]["login"]),
            (&json!(token), &json!("ann")),
            "{path}"
        );
    }
    assert_eq!(scene.form("/api/oauth2/revoke", &format!("token={token}")).await.status, 200);
    assert_eq!(scene.get("/api/v1/export", token).await.status, 401);
}

#[tokio::test]
async fn a_token_that_has_ended_is_told_from_what_may_not_be_seen() {
    let scene = Scene::new().await;
    let form = format!("grant_type=password&username=bob&password={}", scene.bob);
    let told = scene.form(TOKEN, &form).await.json();
    let token = told["access_token"].as_str().unwrap();
    scene.pass(3600);
    let listed = scene.get("/api/v1/export", token).await;
    assert_eq!((listed.status.as_u16(), &listed.json()["code"]), (401, &json!("UserRequired")));
    for token in [token, ""] {
        let session = scene.get("/api/v1/user/session", token).await;
        let told = session.json();
        assert_eq!((session.status.as_u16(), &told["code"]), (400, &json!("InvalidToken")));
    }
    let renewed = scene.form(TOKEN, &form).await.json();
    let token = renewed["access_token"].as_str().unwrap();
    assert_eq!(scene.get("/api/v1/export", token).await.status, 200);
}

#[tokio::test]
async fn why_no_token_is_given_is_told_in_the_words_of_oauth2() {
    let scene = Scene::new().await;
    for (form, error) in [
        ("", "invalid_request"),
        ("grant_type=password&username=ann", "invalid_request"),
        ("grant_type=password&password=x", "invalid_request"),
        ("username=ann&password=x", "invalid_request"),
        ("grant_type=client_credentials", "unsupported_grant_type"),
        ("grant_type=refresh_token&refresh_token=x", "unsupported_grant_type"),
        ("grant_type=password&username=ann&password=x", "invalid_grant"),
        ("grant_type=password&username=../x&password=x", "invalid_grant"),
    ] {
        let refused = scene.form(TOKEN, form).await;
        let told = refused.json();
        assert_eq!((refused.status.as_u16(), &told["error"]), (400, &json!(error)), "{form}");
        assert!(told["error_description"].is_string() && told.get("code").is_none(), "{told}");
        assert_eq!(refused.header("cache-control"), "no-store");
    }
    let mut last = (Value::Null, String::new());
    for _ in 0..11 {
        let refused = scene.form(TOKEN, "grant_type=password&username=eve&password=x").await;
        last = (refused.json()["error"].clone(), refused.header("retry-after").to_owned());
    }
    assert_eq!(last.0, "temporarily_unavailable");
    assert!(last.1.parse::<u64>().unwrap() > 0);
}
