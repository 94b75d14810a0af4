//! Signing in: a client draws a token, signs in with it, and sends it along from then on.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::request::Parts;
use fabric::store::StoreError;
use jiff::Timestamp;
use proto::id::Owner;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::asker::token;
use super::trouble::Trouble;
use super::{Dialect, Passwords};
use crate::easydb::{NewSession, Session, is_session};

/// Shows the session of the request's token, or draws a token.
pub(super) async fn show(
    State(dialect): State<Dialect>,
    parts: Parts,
) -> Result<Json<Value>, Trouble> {
    let token = token(&parts).filter(|token| is_session(token)).unwrap_or_else(Session::draw);
    let now = dialect.api.coordinator.ambient.now();
    let session = Session::find(&*dialect.api.coordinator.store, &token, now).await?;
    Ok(Json(shape(&dialect, &token, session.as_ref(), now)))
}

/// Signs in with a login and a password, which stand in the query, in a form or in a document. The
/// password is a token of that owner.
pub(super) async fn sign_in(
    State(dialect): State<Dialect>,
    parts: Parts,
    body: Bytes,
) -> Result<Json<Value>, Trouble> {
    let given = given(&parts, &body);
    let text = |key: &str| given.get(key).and_then(Value::as_str).unwrap_or_default();
    let drawn = token(&parts).or_else(|| Some(text("token").to_owned()));
    let drawn = drawn.filter(|token| is_session(token)).unwrap_or_else(Session::draw);
    let api = &dialect.api;
    let now = api.coordinator.ambient.now();
    let owner = Owner::try_from(text("login").to_owned()).map_err(|_| Trouble::WrongPassword)?;
    let password: SecretString = text("password").into();
    let known = api.gate.authenticate(&password, now).await?;
    let is_owners = known.is_some_and(|token| token.owner == owner);
    if !is_owners && !is_catalogues(&dialect, &owner, &password).await? {
        return Err(Trouble::WrongPassword);
    }
    let session = begin(&dialect, &drawn, owner, now).await?;
    Ok(Json(shape(&dialect, &drawn, Some(&session), now)))
}

/// Whether the catalogue's own server knows a user by this password, where it is asked.
async fn is_catalogues(
    dialect: &Dialect,
    owner: &Owner,
    password: &SecretString,
) -> Result<bool, Trouble> {
    if dialect.settings.passwords == Passwords::Tokens || password.expose_secret().is_empty() {
        return Ok(false);
    }
    let source = dialect.api.coordinator.catalog.get(&dialect.settings.instance.source)?;
    let Some(catalogue) = source.catalogue() else { return Ok(false) };
    let known = catalogue.knows(owner.as_str(), password).await;
    known.map(|known| known == Some(true)).map_err(|error| error.fault().into())
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
    if let Some(token) = token(&parts) {
        Session::end(&*dialect.api.coordinator.store, &token).await?;
    }
    Ok(Json(json!({})))
}

/// The parameters of a request, wherever they stand.
fn given(parts: &Parts, body: &[u8]) -> Map<String, Value> {
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
        let login = session.owner.as_str();
        shape["authenticated"] = json!({"method": "easydb", "timestamp": session.created});
        shape["user"] = json!({"_basetype": "user", "_generated_displayname": login,
            "user": {"type": "easydb", "login": login}});
        shape["current_max_event_id"] = json!(session.last_event);
        shape["expires"] = json!(session.expires);
    }
    shape
}
