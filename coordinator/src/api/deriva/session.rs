//! `GET /authn/session`: what the deployment's own server says of the session of whoever asks.

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use source::pass::Token;

use super::Door;
use super::token::token;
use super::trouble::Trouble;

/// What is said where there is none, as the deployment's own server says it.
const NONE: &str = "Resource not found. Detail: existing login session not found.\n";

/// Shows a session.
pub(super) async fn show(State(door): State<Door>, parts: Parts) -> Result<Response, Trouble> {
    let session = match token(&parts.headers) {
        Some((text, place)) => door.session(&Token::new(text, place), &parts).await?,
        None => None,
    };
    let (status, kind, text) = match session {
        Some(session) => (StatusCode::OK, "application/json", session.document),
        None => (StatusCode::NOT_FOUND, "text/plain", NONE.to_owned()),
    };
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
