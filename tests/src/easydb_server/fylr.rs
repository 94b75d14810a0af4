//! What a fylr has that an easydb has not: tokens for passwords (OAuth 2), and refusals of its own.
//!
//! Its own pages ask for tokens without a secret, as `fylr-web-frontend`; `longshore` has one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawForm, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::session::user_of;
use super::{EasydbServer, Shared, schema};

/// The clients, with their secrets.
const CLIENTS: &[(&str, Option<&str>)] =
    &[("fylr-web-frontend", None), ("longshore", Some("s3cret"))];

impl EasydbServer {
    /// Tokens of a fylr are said to hold so long, which is an hour otherwise.
    pub fn say_that_tokens_hold(&self, lifetime: Duration) {
        self.shared.sessions.hold_for(lifetime);
    }
}

/// Where somebody signs in, and out.
pub(super) fn ways_in() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/user/session", get(session))
        .route("/api/oauth2/token", post(grant))
        .route("/api/oauth2/revoke", post(revoke))
}

/// `GET /api/v1/settings`: `name` is the database's, and there is no `api`.
pub(super) fn settings(about: &Value) -> Value {
    json!({"name": "fa2c7b27-3430-46cc-97fa-cc3f2eeb1c0b", "config_name": about["name"],
        "instance": "fylr", "version": "v6.34.0", "startup_time": "2026-01-01T00:00:00Z"})
}

/// `POST /api/oauth2/token`: a token for a login and a password.
async fn grant(State(shared): State<Arc<Shared>>, RawForm(form): RawForm) -> Response {
    let form = read(&form);
    let given = |key: &str| form.get(key).map(String::as_str).unwrap_or_default();
    let secret = form.get("client_secret").map(String::as_str);
    if !CLIENTS.contains(&(given("client_id"), secret)) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    if (given("grant_type"), given("scope")) != ("password", "offline") {
        return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let Some(token) = shared.sessions.enter(given("username"), given("password")) else {
        return refused(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let told = json!({"access_token": token, "token_type": "bearer", "scope": "offline",
        "expires_in": shared.sessions.lifetime_seconds()});
    Json(told).into_response()
}

/// `POST /api/oauth2/revoke`: the status says all.
async fn revoke(State(shared): State<Arc<Shared>>, RawForm(form): RawForm) -> StatusCode {
    if let Some(token) = read(&form).get("token") {
        shared.sessions.end(token);
    }
    StatusCode::OK
}

/// `GET /api/v1/user/session`.
async fn session(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Response {
    let Some((token, login)) = signed_in(&shared, uri.query(), &headers) else {
        return refusal(StatusCode::BAD_REQUEST, "InvalidToken");
    };
    let told = json!({"access_token": token, "user": user_of(&shared, &login),
        "config": {"base": schema::base(&shared)}});
    Json(told).into_response()
}

/// Who asks, or what is answered instead.
pub(super) fn user(
    shared: &Shared,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<String, Box<Response>> {
    let signed_in = signed_in(shared, query, headers);
    let nobody = || Box::new(refusal(StatusCode::UNAUTHORIZED, "UserRequired"));
    signed_in.map(|(_, login)| login).ok_or_else(nobody)
}

/// The token of a request, a bearer's or that of its address, and whose it is.
fn signed_in(
    shared: &Shared,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Option<(String, String)> {
    let of_query = query.and_then(|query| {
        query.split('&').find_map(|pair| pair.strip_prefix("access_token=").map(str::to_owned))
    });
    let of_header = || {
        let value = headers.get("authorization")?.to_str().ok()?;
        value.strip_prefix("Bearer ").map(str::to_owned)
    };
    let token = of_query.or_else(of_header)?;
    let login = shared.sessions.user(&token).ok()?;
    Some((token, login))
}

fn read(form: &[u8]) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(form).into_owned().collect()
}

/// An error as OAuth 2 tells it.
fn refused(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": "as it says"}))).into_response()
}

/// An error as fylr tells it.
fn refusal(status: StatusCode, code: &str) -> Response {
    let body = json!({"code": code, "error": "as it says", "package": "api", "parameters": {},
        "realm": "api", "statuscode": status.as_u16()});
    (status, Json(body)).into_response()
}
