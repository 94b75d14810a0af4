//! Sessions: begun by the test, told by a cookie or a bearer token, ended by time or by the test.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Json;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use md5::{Digest, Md5};
use serde_json::json;
use uuid::Uuid;

use super::call::Call;
use super::lock;
use super::refusal::Refusal;

/// The sessions that there are.
#[derive(Default)]
pub(super) struct Sessions {
    all: Mutex<BTreeMap<String, Session>>,
    /// The passwords of users who may come without a session.
    passwords: Mutex<BTreeMap<String, String>>,
    /// What stands for a user in tags, where it is not made of the name.
    contexts: Mutex<BTreeMap<String, String>>,
    /// After how many requests one ends; never where it is 0.
    most: AtomicU64,
}

struct Session {
    user: String,
    requests: u64,
}

impl Sessions {
    /// A session of somebody; its token.
    pub(super) fn begin(&self, user: &str) -> String {
        let token = Uuid::now_v7().to_string();
        lock(&self.all).insert(token.clone(), Session { user: user.to_owned(), requests: 0 });
        token
    }

    pub(super) fn end(&self, token: &str) {
        lock(&self.all).remove(token);
    }

    pub(super) fn end_all(&self) {
        lock(&self.all).clear();
    }

    pub(super) fn end_after(&self, requests: u64) {
        self.most.store(requests, Ordering::Relaxed);
    }

    pub(super) fn allow_password(&self, user: &str, password: &str) {
        lock(&self.passwords).insert(user.to_owned(), password.to_owned());
    }

    pub(super) fn set_context(&self, user: &str, context: &str) {
        lock(&self.contexts).insert(user.to_owned(), context.to_owned());
    }

    /// What stands for a user in tags.
    pub(super) fn context(&self, user: Option<&str>) -> String {
        let user = user.unwrap_or_default();
        let known = lock(&self.contexts).get(user).cloned();
        known.unwrap_or_else(|| BASE64_URL_SAFE.encode(Md5::digest(user)))
    }

    /// Who sends a request, which is counted; nobody once the session has ended.
    pub(super) fn user(&self, headers: &HeaderMap) -> Option<String> {
        if let Some(user) = self.user_of_password(headers) {
            return Some(user);
        }
        let token = token(headers)?;
        let most = self.most.load(Ordering::Relaxed);
        let mut all = lock(&self.all);
        let session = all.get_mut(&token)?;
        session.requests += 1;
        if most > 0 && session.requests > most {
            all.remove(&token);
            return None;
        }
        Some(session.user.clone())
    }

    fn user_of_password(&self, headers: &HeaderMap) -> Option<String> {
        let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
        let given = String::from_utf8(BASE64_STANDARD.decode(given).ok()?).ok()?;
        let (user, password) = given.split_once(':')?;
        let is_known = lock(&self.passwords).get(user).is_some_and(|known| known == password);
        is_known.then(|| user.to_owned())
    }
}

/// The token of a request.
pub(super) fn token(headers: &HeaderMap) -> Option<String> {
    let text =
        |name: HeaderName| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let of_cookie =
        text(header::COOKIE).flat_map(|cookies| cookies.split(';')).find_map(|cookie| {
            let (name, value) = cookie.trim().split_once('=')?;
            (name == "webauthn").then(|| value.to_owned())
        });
    let of_header = || {
        text(header::AUTHORIZATION)
            .find_map(|value| Some(value.strip_prefix("Bearer ")?.to_owned()))
    };
    of_cookie.or_else(of_header)
}

/// `/authn/session`: told, kept alive, or ended.
pub(super) fn answer(sessions: &Sessions, call: &Call) -> Result<Response, Refusal> {
    let Some(user) = &call.user else {
        return Err(Refusal::missing("existing login session not found."));
    };
    if call.method == Method::DELETE {
        if let Some(token) = token(&call.headers) {
            sessions.end(&token);
        }
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let client = json!({"id": user, "display_name": user, "full_name": user,
        "email": format!("{user}@example.org")});
    let told = json!({"client": client, "attributes": [client], "seconds_remaining": 1800,
        "since": "2026-11-21 01:30:00+00:00", "expires": "2026-11-21 02:00:00+00:00"});
    Ok(Json(told).into_response())
}
