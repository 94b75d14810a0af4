//! Sessions: opened by anybody, signed in with a password, ended by time or by the test.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, RawForm, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Shared, error, lock, token};

const USERS: &[(&str, &str)] = &[("ann", "secret"), ("bob", "hidden")];

/// The sessions that there are.
pub(super) struct Sessions {
    all: Mutex<BTreeMap<String, Session>>,
    /// The tokens of those that there ever were.
    tokens: Mutex<Vec<String>>,
    /// After how many requests one ends; never where it is 0.
    requests: AtomicU64,
    /// For how many seconds they are said to hold.
    lifetime_seconds: AtomicU64,
    sign_ins: AtomicU64,
}

#[derive(Default)]
struct Session {
    user: Option<String>,
    requests: u64,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            all: Mutex::default(),
            tokens: Mutex::default(),
            requests: AtomicU64::new(0),
            lifetime_seconds: AtomicU64::new(3600),
            sign_ins: AtomicU64::new(0),
        }
    }
}

impl Sessions {
    pub(super) fn hold_for(&self, lifetime: Duration) {
        self.lifetime_seconds.store(lifetime.as_secs(), Ordering::Relaxed);
    }

    pub(super) fn lifetime_seconds(&self) -> u64 {
        self.lifetime_seconds.load(Ordering::Relaxed)
    }

    pub(super) fn end_after(&self, requests: u64) {
        self.requests.store(requests, Ordering::Relaxed);
    }

    pub(super) fn end(&self, token: &str) {
        lock(&self.all).remove(token);
    }

    pub(super) fn end_all(&self) {
        lock(&self.all).clear();
    }

    /// How many there are that somebody signed in to.
    pub(super) fn open(&self) -> usize {
        lock(&self.all).values().filter(|session| session.user.is_some()).count()
    }

    /// A session of somebody; its token.
    pub(super) fn begin(&self, login: &str) -> String {
        self.draw(Session { user: Some(login.to_owned()), requests: 0 })
    }

    /// A session of whoever has this login and password; its token.
    pub(super) fn enter(&self, login: &str, password: &str) -> Option<String> {
        USERS.contains(&(login, password)).then(|| {
            self.sign_ins.fetch_add(1, Ordering::Relaxed);
            self.begin(login)
        })
    }

    fn draw(&self, session: Session) -> String {
        let token = Uuid::now_v7().to_string();
        lock(&self.tokens).push(token.clone());
        lock(&self.all).insert(token.clone(), session);
        token
    }

    pub(super) fn tokens(&self) -> Vec<String> {
        lock(&self.tokens).clone()
    }

    fn is_open(&self, token: &str) -> bool {
        lock(&self.all).contains_key(token)
    }

    /// Who is signed in with a token.
    pub(super) fn login(&self, token: &str) -> Option<String> {
        lock(&self.all).get(token)?.user.clone()
    }

    pub(super) fn sign_ins(&self) -> u64 {
        self.sign_ins.load(Ordering::Relaxed)
    }

    /// The user of a session, whose requests are counted.
    pub(super) fn user(&self, token: &str) -> Result<String, Box<Response>> {
        let most = self.requests.load(Ordering::Relaxed);
        let mut all = lock(&self.all);
        let session =
            all.get_mut(token).ok_or_else(|| Box::new(error("user", "session_not_found")))?;
        session.requests += 1;
        if most > 0 && session.requests > most {
            all.remove(token);
            return Err(Box::new(error("user", "session_not_found")));
        }
        session.user.clone().ok_or_else(|| Box::new(error("user", "not_authenticated")))
    }
}

/// Where somebody signs in, and out.
pub(super) fn ways_in() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/session", get(open))
        .route("/api/v1/session/authenticate", post(authenticate))
        .route("/api/v1/session/deauthenticate", post(close))
}

/// `GET /api/v1/session`: a new one, or the one whose token comes along.
async fn open(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Response {
    if let Some(token) = token(uri.query(), &headers) {
        // It is told of those too that nobody has signed in to.
        return match (shared.sessions.user(&token), shared.sessions.is_open(&token)) {
            (Ok(_), _) | (Err(_), true) => told(&shared, &token),
            (Err(response), false) => *response,
        };
    }
    let token = shared.sessions.draw(Session::default());
    told(&shared, &token)
}

/// `POST /api/v1/session/authenticate`: with a form, never with a password in the address.
async fn authenticate(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<BTreeMap<String, String>>,
    RawForm(form): RawForm,
) -> Response {
    if query.contains_key("password") {
        return error("api", "password_in_address");
    }
    let mut form: BTreeMap<String, String> =
        url::form_urlencoded::parse(&form).into_owned().collect();
    form.extend(query);
    let given = |key: &str| form.get(key).map(String::as_str).unwrap_or_default();
    let is_known = USERS.contains(&(given("login"), given("password")));
    let mut all = lock(&shared.sessions.all);
    let Some(session) = all.get_mut(given("token")) else {
        return error("user", "session_not_found");
    };
    if !is_known {
        return error("user", "login_failed");
    }
    *session = Session { user: Some(given("login").to_owned()), requests: 0 };
    shared.sessions.sign_ins.fetch_add(1, Ordering::Relaxed);
    drop(all);
    told(&shared, given("token"))
}

/// `POST /api/v1/session/deauthenticate`.
async fn close(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Response {
    if let Some(token) = token(uri.query(), &headers) {
        shared.sessions.end(&token);
    }
    axum::Json(json!({})).into_response()
}

fn told(shared: &Shared, token: &str) -> Response {
    let instance =
        json!({"name": shared.about["name"], "user-schema": shared.about["user_schema"]});
    let methods = json!([{"method": "easydb"}]);
    let user = shared.sessions.login(token).map(|login| user_of(shared, &login));
    let body = json!({"token": token, "instance": instance, "authentication_methods": methods,
        "user": user,
        "config": {"base": super::schema::base(shared)}});
    axum::Json(body).into_response()
}

/// What is told of a user.
pub(super) fn user_of(shared: &Shared, login: &str) -> Value {
    json!({"_basetype": "user", "user": {"login": login,
        "database_languages": shared.about["languages"]}})
}
