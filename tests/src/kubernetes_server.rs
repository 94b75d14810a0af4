//! A stand-in for a Kubernetes API server, of a test's own: what controllers and `kubectl` need of one.
//!
//! It keeps objects of kinds that are defined to it, by the schemas of their definitions: what a schema does not know
//! is pruned, what it has a default for is filled in, and what does not fit is refused. It has versions and generations, a
//! status that is written apart, finalizers, merge patches and JSON patches, conflicts, and watches with bookmarks that
//! begin after a version and end with 410 once that is forgotten. Where it was not clear what a server does, the
//! documents were followed: <https://kubernetes.io/docs/reference/using-api/api-concepts/>. It has no access control
//! beyond one token, no admission, no server-side apply, no pages of lists, no end of watches by time and no kinds that
//! nobody needs here.

mod kept;
mod object;
mod patch;
mod place;
mod schema;

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::kept::{Kept, Refused};
use self::place::Place;

/// The token that opens it.
pub const CLUSTER_TOKEN: &str = "canary-cluster-token";

/// The group of the kinds of Longshore.
const GROUP: &str = "longshore.dev";

/// The server.
pub struct KubernetesServer {
    /// Where it is, without a slash at the end.
    pub url: String,
    shared: Arc<Shared>,
    _serving: JoinSet<()>,
}

struct Shared {
    kept: Mutex<Kept>,
    /// Told of every change.
    changed: watch::Sender<()>,
}

/// What a request says behind its path.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Asked {
    watch: Option<String>,
    resource_version: Option<String>,
    allow_watch_bookmarks: Option<String>,
}

impl KubernetesServer {
    /// Starts one that knows namespaces, ConfigMaps, events, and definitions of other kinds.
    pub async fn start() -> Result<Self> {
        let (changed, _) = watch::channel(());
        let shared = Arc::new(Shared { kept: Mutex::new(Kept::new()), changed });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let app = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            // It ends with the task, never by itself.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { url, shared, _serving: serving })
    }

    /// Forgets what changed when: watches that go on from before end with 410, and who comes back has to list anew.
    pub fn forget(&self) {
        self.shared.kept().forget();
        self.shared.changed.send_replace(());
    }

    /// Lets the next writes of a status meet a change of somebody else's.
    pub fn conflict(&self, writes: u32) {
        self.shared.kept().conflicts = writes;
    }

    /// How many conflicts of [`KubernetesServer::conflict`] are left.
    pub fn conflicts(&self) -> u32 {
        self.shared.kept().conflicts
    }

    /// Refuses the next lists of the kinds of Longshore, as one does that is about to be away.
    pub fn refuse(&self, lists: u32) {
        self.shared.kept().refusals = lists;
    }

    /// How many refusals of [`KubernetesServer::refuse`] are left.
    pub fn refusals(&self) -> u32 {
        self.shared.kept().refusals
    }
}

impl Shared {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a list is refused, of those that are to be.
    fn refuses(&self, place: &Place) -> bool {
        let mut kept = self.kept();
        let is_refused = kept.refusals > 0 && place.name.is_none() && place.group == GROUP;
        kept.refusals -= u32::from(is_refused);
        is_refused
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let token = headers.get("authorization").and_then(|value| value.to_str().ok());
    if token.and_then(|token| token.strip_prefix("Bearer ")) != Some(CLUSTER_TOKEN) {
        return refusal(&Refused::new(401, "Unauthorized", "there is no such token"));
    }
    let Some(place) = Place::of(uri.path()) else {
        return refusal(&Refused::new(404, "NotFound", "there is nothing at this path"));
    };
    let is_watch = matches!(asked.watch.as_deref(), Some("true" | "1"));
    if method == Method::GET && is_watch {
        return watched(&shared, place, &asked);
    }
    if method == Method::GET && shared.refuses(&place) {
        return refusal(&Refused::new(503, "ServiceUnavailable", "the server is away for a while"));
    }
    let body = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&body) };
    let Ok(body) = body else {
        return refusal(&Refused::new(400, "BadRequest", "the body is no JSON"));
    };
    let kind = headers.get("content-type").and_then(|value| value.to_str().ok());
    let done = shared.kept().done(&method, &place, body, kind.unwrap_or_default());
    shared.changed.send_replace(());
    match done {
        Ok((status, body)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            (status, axum::Json(body)).into_response()
        }
        Err(refused) => refusal(&refused),
    }
}

fn refusal(refused: &Refused) -> Response {
    let status = StatusCode::from_u16(refused.code).unwrap_or(StatusCode::BAD_REQUEST);
    (status, axum::Json(refused.status())).into_response()
}

/// Where a watch is.
struct Watch {
    shared: Arc<Shared>,
    changes: watch::Receiver<()>,
    place: Place,
    /// The version up to which everything was told.
    told: u64,
    bookmarks: bool,
    has_ended: bool,
}

/// The changes from after a version on, one a line, for as long as somebody listens.
fn watched(shared: &Arc<Shared>, place: Place, asked: &Asked) -> Response {
    let version = asked.resource_version.as_deref().and_then(|version| version.parse().ok());
    let watch = Watch {
        changes: shared.changed.subscribe(),
        shared: Arc::clone(shared),
        place,
        told: version.unwrap_or(0),
        bookmarks: asked.allow_watch_bookmarks.as_deref() == Some("true"),
        has_ended: false,
    };
    let lines = stream::unfold(watch, |mut watch| async move {
        let lines = watch.next().await?;
        Some((Ok::<_, Infallible>(lines), watch))
    });
    ([("content-type", "application/json")], Body::from_stream(lines)).into_response()
}

impl Watch {
    /// The next lines; nothing once the watch has ended.
    async fn next(&mut self) -> Option<String> {
        while !self.has_ended {
            self.changes.mark_unchanged();
            let lines = self.lines();
            if !lines.is_empty() {
                return Some(lines);
            }
            self.changes.changed().await.ok()?;
        }
        None
    }

    fn lines(&mut self) -> String {
        let kept = self.shared.kept();
        if self.told < kept.oldest {
            self.has_ended = true;
            let gone = Refused::new(410, "Expired", "too old resource version");
            return line("ERROR", &gone.status());
        }
        let mut lines = String::new();
        for change in kept.since(self.told, &self.place) {
            lines.push_str(&line(change.what, &change.object));
        }
        let has_news = self.told < kept.version;
        self.told = kept.version;
        if lines.is_empty() && has_news && self.bookmarks {
            let version = json!({"resourceVersion": self.told.to_string()});
            let (version_of_api, kind) = (self.place.api_version(), self.place.resource.clone());
            let bookmark = json!({"apiVersion": version_of_api, "kind": kind, "metadata": version});
            lines = line("BOOKMARK", &bookmark);
        }
        lines
    }
}

fn line(what: &str, object: &Value) -> String {
    format!("{}\n", json!({"type": what, "object": object}))
}
