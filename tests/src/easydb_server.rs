//! An easydb of a test's own: a catalogue in a folder, behind sessions, rights and limits of paging.
//!
//! Two users sign in: `ann` (password `secret`) sees everything, `bob` (password `hidden`) only objects without a
//! pool and those in the pools 10 and 11.
//!
//! It is an easydb 5, or a fylr: that has no sessions but OAuth 2, refuses in other words, and searches in
//! `languages`.

mod mishap;
mod objects;
mod session;
mod fylr;
mod search;
mod schema;
mod provided;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use proto::definition::Generation;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use self::mishap::Mishap;
use self::mishap::mishap;
pub use self::objects::Objects;
use self::session::Sessions;

/// Most objects in a page, as easydb has it unless it is configured otherwise.
const MOST: usize = 1000;

/// The server; it ends with this value.
pub struct EasydbServer {
    /// Where it is.
    pub url: String,
    shared: Arc<Shared>,
    _serving: JoinSet<()>,
}

/// What its answers share.
struct Shared {
    url: String,
    is_fylr: bool,
    about: Value,
    objects: Objects,
    sessions: Sessions,
    mishaps: Mutex<BTreeMap<String, VecDeque<Mishap>>>,
    /// What was asked for, and by whom.
    asked: Mutex<Vec<(Option<String>, String)>>,
    most: Mutex<usize>,
    /// Whether it is older than the format that has the changes of objects.
    is_old: AtomicBool,
    /// More objects than these are longer than any page may be.
    roomy: Mutex<usize>,
    /// Where more whole objects are asked for at once than these, no answer comes in time.
    quick: Mutex<usize>,
    /// What only ann sees, whatever pool it is in.
    hidden: Mutex<BTreeSet<u64>>,
    /// Whether files are given to everybody.
    is_open: AtomicBool,
    /// Whether none are given to anybody.
    is_down: AtomicBool,
}

impl EasydbServer {
    /// Serves the catalogue of a folder as an easydb does.
    pub async fn start(folder: &Path) -> Result<Self> {
        Self::serve(folder, session::ways_in(), Generation::Easydb).await
    }

    /// Serves it as a fylr does.
    pub async fn start_fylr(folder: &Path) -> Result<Self> {
        Self::serve(folder, fylr::ways_in(), Generation::Fylr).await
    }

    async fn serve(
        folder: &Path,
        ways_in: Router<Arc<Shared>>,
        generation: Generation,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let about = std::fs::read(folder.join("catalogue.json")).context("catalogue.json")?;
        let shared = Arc::new(Shared {
            url: url.clone(),
            is_fylr: generation == Generation::Fylr,
            about: serde_json::from_slice(&about)?,
            objects: Objects::open(folder).await?,
            sessions: Sessions::default(),
            mishaps: Mutex::default(),
            asked: Mutex::default(),
            most: Mutex::new(MOST),
            is_old: AtomicBool::new(false),
            roomy: Mutex::new(MOST),
            quick: Mutex::new(MOST),
            hidden: Mutex::default(),
            is_open: AtomicBool::new(false),
            is_down: AtomicBool::new(false),
        });
        let api = Router::new()
            .route("/settings", get(schema::settings))
            .route("/search", post(search::search))
            .route("/schema/user/CURRENT", get(schema::schema))
            .route("/mask/CURRENT", get(schema::masks))
            .route("/l10n/user/CURRENT", get(schema::names))
            .route("/tags", get(schema::tags))
            .route("/user", get(schema::users))
            .route("/objecttype", get(schema::object_types))
            .route("/pool", get(schema::pools))
            .route("/config", get(schema::config))
            .route("/eas", get(provided::files))
            .route("/xmlmapping/list", get(provided::mappings))
            .route("/xmlmapping/mapping/{id}", get(provided::mapping));
        let app = Router::new()
            .nest("/api/v1", api)
            .merge(ways_in)
            .route("/eas/{*path}", get(objects::file))
            .layer(from_fn_with_state(Arc::clone(&shared), mishap))
            .with_state(Arc::clone(&shared));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            // It ends with the task, never by itself.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { url, shared, _serving: serving })
    }

    /// Serves what is in the folder by now.
    pub async fn read_again(&self) -> Result<()> {
        self.shared.objects.read_again().await
    }

    /// What happens to the next requests for a path that begins so, one after another.
    pub fn fail_next(&self, path: &str, mishaps: impl IntoIterator<Item = Mishap>) {
        let mut all = lock(&self.shared.mishaps);
        all.entry(path.to_owned()).or_default().extend(mishaps);
    }

    /// Every session ends after so many requests.
    pub fn end_sessions_after(&self, requests: u64) {
        self.shared.sessions.end_after(requests);
    }

    /// Files are given to everybody who knows their address, signed in or not.
    pub fn give_files_to_all(&self) {
        self.shared.is_open.store(true, Ordering::Relaxed);
    }

    /// From now on it does not know the format `full`, and never tells of the changes of objects.
    pub fn knows_no_changes(&self) {
        self.shared.is_old.store(true, Ordering::Relaxed);
    }

    /// Every session ends now.
    pub fn end_sessions(&self) {
        self.shared.sessions.end_all();
    }

    /// How many sessions there are that somebody signed in to.
    pub fn open_sessions(&self) -> usize {
        self.shared.sessions.open()
    }

    /// The tokens of all sessions that there ever were.
    pub fn tokens(&self) -> Vec<String> {
        self.shared.sessions.tokens()
    }

    /// A token that a user has from elsewhere.
    pub fn token_of(&self, login: &str) -> String {
        self.shared.sessions.begin(login)
    }

    /// Pages have no more than so many objects, whatever is asked for.
    pub fn limit_pages(&self, most: usize) {
        *lock(&self.shared.most) = most;
    }

    /// Whole objects are so long that no more than these have room in a page: other answers are longer than may be.
    pub fn have_room_for(&self, objects: usize) {
        *lock(&self.shared.roomy) = objects;
    }

    /// Whoever asks for more whole objects at once is told that it took too long.
    pub fn have_time_for(&self, objects: usize) {
        *lock(&self.shared.quick) = objects;
    }

    /// From now on only ann sees these objects, whatever pool they are in.
    pub fn hide(&self, ids: impl IntoIterator<Item = u64>) {
        lock(&self.shared.hidden).extend(ids);
    }

    /// How often somebody has signed in.
    pub fn sign_ins(&self) -> u64 {
        self.shared.sessions.sign_ins()
    }

    /// The paths that were asked for, those that went wrong too.
    pub fn asked(&self) -> Vec<String> {
        lock(&self.shared.asked).iter().map(|(_, path)| path.clone()).collect()
    }

    /// The paths that somebody asked for who was signed in as a user.
    pub fn asked_by(&self, login: &str) -> Vec<String> {
        let asked = lock(&self.shared.asked);
        let of_login = asked.iter().filter(|(user, _)| user.as_deref() == Some(login));
        of_login.map(|(_, path)| path.clone()).collect()
    }
}

/// Who asks, or what is answered instead.
fn user(
    shared: &Shared,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<String, Box<Response>> {
    if shared.is_fylr {
        return fylr::user(shared, query, headers);
    }
    let Some(token) = token(query, headers) else {
        return Err(Box::new(error("user", "not_authenticated")));
    };
    shared.sessions.user(&token)
}

/// The token of a request: in its query, or in one of two headers.
fn token(query: Option<&str>, headers: &HeaderMap) -> Option<String> {
    let of_query = query.and_then(|query| {
        query.split('&').find_map(|pair| pair.strip_prefix("token=").map(str::to_owned))
    });
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let of_header = || {
        let bearer = text("authorization").and_then(|value| value.strip_prefix("Bearer "));
        text("x-easydb-token").or(bearer).map(str::to_owned)
    };
    of_query.or_else(of_header)
}

/// What is kept, whatever became of others who had it.
fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error as easydb tells it.
fn error(realm: &str, code: &str) -> Response {
    let status =
        if realm == "server" { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
    let body = json!({"realm": realm, "code": format!("error.{realm}.{code}"), "parameters": {}});
    (status, axum::Json(body)).into_response()
}
