//! Signing in: a client draws a token, signs in with it, and sends it along from then on.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::request::Parts;
use fabric::store::StoreError;
use jiff::Timestamp;
use proto::id::Owner;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use source::pass::Token;

use super::Dialect;
use super::asker::token;
use super::trouble::Trouble;
use super::user::signed_in;
use crate::easydb::{NewSession, Session, is_session};

/// Shows the session of the request's token, or draws a token.
pub(super) async fn show(
    State(dialect): State<Dialect>,
    parts: Parts,
) -> Result<Json<Value>, Trouble> {
    let now = dialect.api.coordinator.ambient.now();
    let given = token(&parts);
    if let Some((text, place)) = given.as_ref().filter(|(text, _)| !is_ours(text))
        && let Some(owner) =
            dialect.guest_with(Token::new(text.clone(), *place), &parts, now).await?
    {
        let session = seen(&dialect, owner, now).await?;
        return Ok(Json(shape(&dialect, text, Some(&session), now)));
    }
    let token = given.map(|(token, _)| token).filter(|token| is_session(token));
    let token = token.unwrap_or_else(Session::draw);
    let session = Session::find(&*dialect.api.coordinator.store, &token, now).await?;
    Ok(Json(shape(&dialect, &token, session.as_ref(), now)))
}

/// Signs in with a login and a password, which stand in the query, in a form or in a document. The
/// password is a token of that owner, or that which they have at the catalogue.
pub(super) async fn sign_in(
    State(dialect): State<Dialect>,
    parts: Parts,
    body: Bytes,
) -> Result<Json<Value>, Trouble> {
    let given = given(&parts, &body);
    let text = |key: &str| given.get(key).and_then(Value::as_str).unwrap_or_default();
    let drawn = token(&parts).map(|(token, _)| token).or_else(|| Some(text("token").to_owned()));
    let drawn = drawn.filter(|token| is_session(token)).unwrap_or_else(Session::draw);
    let session = enter(&dialect, &parts, &drawn, (text("login"), text("password"))).await?;
    Ok(Json(shape(&dialect, &drawn, Some(&session), session.created)))
}

/// Signs in to the session of a token, with a login and a password.
pub(super) async fn enter(
    dialect: &Dialect,
    parts: &Parts,
    token: &str,
    (login, password): (&str, &str),
) -> Result<Session, Trouble> {
    let now = dialect.api.coordinator.ambient.now();
    let attempt = dialect.attempt(Some(login), dialect.origin(parts), now).await?;
    let password: SecretString = password.into();
    let Some(owner) = known(dialect, login, &password, now).await? else {
        attempt.failed();
        return Err(Trouble::WrongPassword);
    };
    drop(attempt);
    Ok(begin(dialect, token, owner, now).await?)
}

/// Whom a login and a password are of; nobody where that is known, and an error where it is not.
async fn known(
    dialect: &Dialect,
    login: &str,
    password: &SecretString,
    now: Timestamp,
) -> Result<Option<Owner>, Trouble> {
    let Ok(login) = Owner::try_from(login.to_owned()) else { return Ok(None) };
    let known = dialect.api.gate.authenticate(password, now).await?;
    match known.filter(|token| token.owner == login) {
        Some(known) => Ok(Some(known.owner)),
        None => dialect.guest(&login, password).await,
    }
}

/// Whether a token is one that Longshore made.
fn is_ours(token: &str) -> bool {
    is_session(token) || token.starts_with(crate::token::START)
}

/// The session of somebody who came with a token of the catalogue, which is kept nowhere.
async fn seen(dialect: &Dialect, owner: Owner, now: Timestamp) -> Result<Session, StoreError> {
    let last_event = dialect.api.coordinator.chronicle.last(&owner).await?;
    let expires = now + dialect.settings.session_lifetime;
    Ok(Session { owner, created: now, expires, last_event })
}

async fn begin(
    dialect: &Dialect,
    token: &str,
    owner: Owner,
    now: Timestamp,
) -> Result<Session, StoreError> {
    let coordinator = &dialect.api.coordinator;
    let last_event = coordinator.chronicle.last(&owner).await?;
    let lifetime = dialect.settings.session_lifetime;
    let new = NewSession { token, owner, lifetime, last_event };
    Session::begin(&*coordinator.store, new, now).await
}

/// Signs out; a session that is none is out already.
pub(super) async fn sign_out(
    State(dialect): State<Dialect>,
    parts: Parts,
) -> Result<Json<Value>, Trouble> {
    if let Some((token, _)) = token(&parts) {
        Session::end(&*dialect.api.coordinator.store, &token).await?;
    }
    Ok(Json(json!({})))
}

/// The parameters of a request, wherever they stand.
pub(super) fn given(parts: &Parts, body: &[u8]) -> Map<String, Value> {
    let read = |text: &[u8]| -> Vec<(String, Value)> {
        let pairs = url::form_urlencoded::parse(text);
        pairs.map(|(key, value)| (key.into_owned(), json!(value))).collect()
    };
    let mut given: Map<String, Value> =
        read(parts.uri.query().unwrap_or_default().as_bytes()).into_iter().collect();
    match serde_json::from_slice::<Map<String, Value>>(body) {
        Ok(document) => given.extend(document),
        Err(_) => given.extend(read(body)),
    }
    given
}

fn shape(dialect: &Dialect, token: &str, session: Option<&Session>, now: Timestamp) -> Value {
    let mut shape = json!({
        "token": token,
        "instance": {"name": dialect.settings.name, "easydb_name": dialect.settings.name},
        "server_time": now,
    });
    if let Some(session) = session {
        shape["authenticated"] = json!({"method": "easydb", "timestamp": session.created});
        shape["user"] = signed_in(dialect, &session.owner);
        shape["current_max_event_id"] = json!(session.last_event);
        shape["expires"] = json!(session.expires);
    }
    shape
}
