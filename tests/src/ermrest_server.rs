//! An `ERMrest` and a Hatrac of a test's own: queries are evaluated over tables in memory, behind sessions, rights
//! and troubles.
//!
//! It answers as the real ones were recorded to answer ([`ErmrestRecording`]). It keeps its tables itself, for a
//! database beside it would order rows and end texts as it likes, and has to be built or started first.

mod refusal;
mod urlb32;
mod value;
mod jsonb;
mod text;
mod model;
mod large;
mod table;
mod catalog;
mod documents;
mod token;
mod cursor;
mod filter;
mod query;
mod path;
mod link;
mod condition;
mod output;
mod found;
mod page;
mod form;
mod session;
mod call;
mod trouble;
mod answer;
mod hatrac;
mod recording;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use self::call::Call;
pub use self::catalog::Catalog;
pub use self::hatrac::HatracObject;
use self::hatrac::Objects;
pub use self::recording::{ErmrestRecording, Exchange};
use self::session::Sessions;
pub use self::trouble::Trouble;
use self::trouble::Troubles;

/// The server; it ends with this value.
pub struct ErmrestServer {
    /// Where it is.
    pub url: String,
    shared: Arc<Shared>,
    _serving: JoinSet<()>,
}

/// What its answers share.
struct Shared {
    /// Read by many at once, as a database is.
    catalogs: RwLock<BTreeMap<String, Catalog>>,
    objects: Objects,
    sessions: Sessions,
    troubles: Troubles,
    /// Methods and addresses that were asked for.
    asked: Mutex<Vec<String>>,
    /// How many rows the database finds before its time is over.
    most: Mutex<usize>,
}

impl ErmrestServer {
    /// Serves catalogues.
    pub async fn start(catalogs: impl IntoIterator<Item = Catalog>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let catalogs = catalogs.into_iter().map(|catalog| (catalog.id.clone(), catalog));
        let shared = Arc::new(Shared {
            catalogs: RwLock::new(catalogs.collect()),
            objects: Objects::default(),
            sessions: Sessions::default(),
            troubles: Troubles::default(),
            asked: Mutex::default(),
            most: Mutex::new(usize::MAX),
        });
        let app = Router::new()
            .fallback(serve)
            .layer(from_fn_with_state(Arc::clone(&shared), trouble::trouble))
            .with_state(Arc::clone(&shared));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            // It ends with the task, never by itself.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { url, shared, _serving: serving })
    }

    /// Serves an object.
    pub fn put_object(&self, object: HatracObject) {
        self.shared.objects.put(object);
    }

    /// From now on only those get objects who have signed in.
    pub fn guard_objects(&self) {
        self.shared.objects.guard();
    }

    /// Changes a catalogue.
    pub fn change<T>(&self, id: &str, change: impl FnOnce(&mut Catalog) -> Result<T>) -> Result<T> {
        let mut catalogs = self.shared.catalogs.write().unwrap_or_else(PoisonError::into_inner);
        change(catalogs.get_mut(id).with_context(|| format!("there is no catalogue {id}"))?)
    }

    /// A session of a user; the token is the cookie `webauthn` or a bearer token.
    pub fn sign_in(&self, user: &str) -> String {
        self.shared.sessions.begin(user)
    }

    /// A user may come with a password instead of a session.
    pub fn allow_password(&self, user: &str, password: &str) {
        self.shared.sessions.allow_password(user, password);
    }

    /// What stands for a user in tags.
    pub fn set_context(&self, user: &str, context: &str) {
        self.shared.sessions.set_context(user, context);
    }

    /// A session ends now.
    pub fn end_session(&self, token: &str) {
        self.shared.sessions.end(token);
    }

    /// Every session ends now.
    pub fn end_sessions(&self) {
        self.shared.sessions.end_all();
    }

    /// Every session ends after so many requests.
    pub fn end_sessions_after(&self, requests: u64) {
        self.shared.sessions.end_after(requests);
    }

    /// What happens to the next requests for a path that begins so, one after another.
    pub fn fail_next(&self, path: &str, troubles: impl IntoIterator<Item = Trouble>) {
        self.shared.troubles.add(path, troubles.into_iter().map(Some));
    }

    /// What happens to the nth request from now on for a path that begins so, the first being 1.
    pub fn fail_nth(&self, path: &str, nth: usize, trouble: Trouble) {
        let before = std::iter::repeat_n(None, nth.saturating_sub(1));
        self.shared.troubles.add(path, before.chain([Some(trouble)]));
    }

    /// The database takes longer than it may for more rows than these.
    pub fn limit_run_time(&self, rows: usize) {
        *lock(&self.shared.most) = rows;
    }

    /// What was asked for, such as `GET /ermrest/catalog/7?limit=1`, that which went wrong too.
    pub fn asked(&self) -> Vec<String> {
        lock(&self.shared.asked).clone()
    }

    /// How many requests there were for a path that begins so.
    pub fn count(&self, path: &str) -> usize {
        let asked = lock(&self.shared.asked);
        let of_path = |asked: &&String| {
            asked.split_once(' ').is_some_and(|(_, address)| address.starts_with(path))
        };
        asked.iter().filter(of_path).count()
    }
}

async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let call = Call::new(&shared, &parts);
    let answered = if call.path.starts_with("/hatrac/") {
        hatrac::answer(&shared.objects, &call)
    } else if call.path == "/authn/session" {
        session::answer(&shared.sessions, &call)
    } else {
        answer::answer(&shared, &call)
    };
    answered.unwrap_or_else(IntoResponse::into_response)
}

/// What is kept, whatever became of others who had it.
fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
