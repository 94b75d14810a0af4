//! Signing in as fylr's clients do (OAuth 2): a token is given for a login and a password (RFC 6749, section 4.3),
//! shown, and taken back (RFC 7009).
//!
//! The token is that of a session. Clients are not told apart: what they call themselves and what secrets they
//! have opens nothing here, so that none has to be known.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Dialect;
use super::asker::{Asker, token};
use super::session::{enter, given};
use super::trouble::Trouble;
use super::user::signed_in;
use crate::easydb::Session;

/// Where tokens are given.
pub(super) const TOKEN: &str = "/oauth2/token";

/// What tokens are good for, where nothing is asked for: fylr's clients ask for this.
const SCOPE: &str = "offline";

/// Gives a token for a login and a password, which is a token of that owner, or the one that they have at the
/// catalogue.
pub(super) async fn grant(
    State(dialect): State<Dialect>,
    parts: Parts,
    body: Bytes,
) -> Result<Response, Trouble> {
    let given = given(&parts, &body);
    let text = |key: &str| given.get(key).and_then(Value::as_str).unwrap_or_default();
    if !["", "password"].contains(&text("grant_type")) {
        return Err(Trouble::GrantType);
    }
    let needed = ["grant_type", "username", "password"];
    if let Some(name) = needed.into_iter().find(|&name| text(name).is_empty()) {
        return Err(Trouble::Parameter { name, why: "it is missing".to_owned() });
    }
    let token = Session::draw();
    enter(&dialect, &parts, &token, (text("username"), text("password"))).await?;
    let scope = Some(text("scope")).filter(|scope| !scope.is_empty()).unwrap_or(SCOPE);
    let granted = json!({"access_token": token, "token_type": "bearer", "scope": scope,
        "expires_in": dialect.settings.session_lifetime.as_secs()});
    let mut response = Json(granted).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// Takes a token back; one that is none is taken back already.
pub(super) async fn revoke(
    State(dialect): State<Dialect>,
    parts: Parts,
    body: Bytes,
) -> Result<Json<Value>, Trouble> {
    let given = given(&parts, &body);
    let token = given.get("token").and_then(Value::as_str).unwrap_or_default();
    Session::end(&*dialect.api.coordinator.store, token).await?;
    Ok(Json(json!({})))
}

/// Shows whose the token of a request is.
pub(super) async fn show(
    State(dialect): State<Dialect>,
    asker: Result<Asker, Trouble>,
    parts: Parts,
) -> Result<Json<Value>, Trouble> {
    let asker = asker.map_err(|trouble| {
        let is_nobodys = matches!(trouble, Trouble::NotAuthenticated);
        if is_nobodys { Trouble::InvalidToken } else { trouble }
    })?;
    let (text, _) = token(&parts).ok_or(Trouble::InvalidToken)?;
    let last_event = match asker.last_event {
        Some(last_event) => last_event,
        None => dialect.api.coordinator.chronicle.last(&asker.owner).await?,
    };
    Ok(Json(json!({
        "access_token": text,
        "user": signed_in(&dialect, &asker.owner),
        "groups": [],
        "system_rights": {},
        "config": {},
        "authenticated": {"method": "easydb"},
        "current_max_event_id": last_event,
        "instance": {"name": dialect.settings.name},
    })))
}

/// Why no token is given, in the words of RFC 6749, section 5.2; of a server in trouble in those of its
/// section 4.1.2.1.
pub(super) fn refusal(trouble: &Trouble, status: StatusCode, description: &str) -> Value {
    let error = if matches!(trouble, Trouble::WrongPassword) {
        "invalid_grant"
    } else if matches!(trouble, Trouble::GrantType) {
        "unsupported_grant_type"
    } else if status == StatusCode::TOO_MANY_REQUESTS {
        "temporarily_unavailable"
    } else if status.is_server_error() {
        "server_error"
    } else {
        "invalid_request"
    };
    json!({"error": error, "error_description": description})
}
