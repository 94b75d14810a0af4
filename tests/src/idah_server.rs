//! Services like those of IDAH, of a test's own: the records of a folder as JSON:API, behind a token, with the files
//! of media.
//!
//! They know the conditions `field`, `field__gt` and `field__in`, and pass over all others without a word. A page
//! has at most [`MOST`] records, however many are asked for. Every 25th answer is that they are busy. Below `/deaf` no
//! condition is known at all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::extract::{self, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Most records of a page.
const MOST: usize = 40;

/// The token that opens everything.
pub const IDAH_TOKEN: &str = "canary-idah-token";

/// The services.
pub struct IdahServer {
    /// Where they are, without a slash at the end.
    pub url: String,
    shared: Arc<Shared>,
    _serving: JoinSet<()>,
}

struct Shared {
    folder: PathBuf,
    records: BTreeMap<String, Vec<Value>>,
    asked: Mutex<Vec<String>>,
    /// The datasets that users may see, by the tokens of these.
    users: Mutex<BTreeMap<String, Vec<String>>>,
}

impl IdahServer {
    /// Serves the records of a folder with `datasets.jsonl` and the others.
    pub async fn start(folder: &Path) -> Result<Self> {
        let mut records = BTreeMap::new();
        for kind in ["datasets", "entries", "annotations", "medias"] {
            let text = std::fs::read_to_string(folder.join(format!("{kind}.jsonl")))?;
            let all: serde_json::Result<Vec<Value>> =
                text.lines().map(serde_json::from_str).collect();
            let mut all = all?;
            all.sort_by_key(|record| text_of(record, "id"));
            records.insert(kind.to_owned(), all);
        }
        let (asked, users) = (Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { folder: folder.to_owned(), records, asked, users });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let app = Router::new()
            .route("/api/v1/{kind}", get(list))
            .route("/api/v1/medias/{id}/download", get(download))
            .route("/deaf/{kind}", get(deaf))
            .with_state(Arc::clone(&shared));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            // It ends with the task, never by itself.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { url, shared, _serving: serving })
    }

    /// Lets whoever comes with a token see some datasets.
    pub fn let_in(&self, token: &str, datasets: &[&str]) {
        let datasets = datasets.iter().map(|id| (*id).to_owned()).collect();
        self.shared.users().insert(token.to_owned(), datasets);
    }

    /// The path and query of every request so far.
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Shared {
    fn users(&self) -> MutexGuard<'_, BTreeMap<String, Vec<String>>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The datasets that whoever asks may see; nothing where these are all. Errs with what is answered to those who
    /// are not let in, or come when there is too much to do.
    fn seen(&self, headers: &HeaderMap, uri: &Uri) -> Result<Option<Vec<String>>, StatusCode> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(uri.to_string());
        let token = headers.get("authorization").and_then(|value| value.to_str().ok());
        let token = token.and_then(|token| token.strip_prefix("Bearer ")).unwrap_or_default();
        let seen = self.users().get(token).cloned();
        if seen.is_none() && token != IDAH_TOKEN {
            return Err(StatusCode::UNAUTHORIZED);
        }
        if asked.len() % 25 == 4 {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        Ok(seen)
    }

    /// The records of a kind that meet the conditions of a query, as far as a page goes: of all datasets, or of some.
    fn page(
        &self,
        kind: &str,
        query: Vec<(String, String)>,
        uri: &Uri,
        seen: Option<&[String]>,
    ) -> Response {
        let Some(all) = self.records.get(kind) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let mut conditions: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut size = MOST;
        for (key, value) in query {
            let condition = key.strip_prefix("filter[").and_then(|rest| rest.split(']').next());
            if let Some(field) = condition {
                conditions.entry(field.to_owned()).or_default().push(value);
            } else if key == "page[size]" {
                size = value.parse().unwrap_or(MOST).min(MOST);
            }
        }
        let is_meant = |record: &&Value| meets(record, &conditions) && is_of(record, kind, seen);
        let found: Vec<&Value> = all.iter().filter(is_meant).collect();
        let data: Vec<Value> =
            found.iter().take(size).map(|record| resource(record, kind)).collect();
        let next = (found.len() > size).then(|| format!("{uri}&more"));
        let body = json!({"data": data, "links": {"next": next}});
        ([("content-type", "application/vnd.api+json")], body.to_string()).into_response()
    }
}

async fn list(
    State(shared): State<Arc<Shared>>,
    extract::Path(kind): extract::Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    match shared.seen(&headers, &uri) {
        Ok(seen) => shared.page(&kind, query, &uri, seen.as_deref()),
        Err(status) => status.into_response(),
    }
}

async fn deaf(
    State(shared): State<Arc<Shared>>,
    extract::Path(kind): extract::Path<String>,
    uri: Uri,
) -> Response {
    shared.page(&kind, Vec::new(), &uri, None)
}

async fn download(
    State(shared): State<Arc<Shared>>,
    extract::Path(id): extract::Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if let Err(status) = shared.seen(&headers, &uri) {
        return status.into_response();
    }
    let medias = &shared.records["medias"];
    let media = medias.iter().find(|media| text_of(media, "id") == id);
    let name = media.map(|media| text_of(media, "filename")).unwrap_or_default();
    match std::fs::read(shared.folder.join("media").join(name)) {
        Ok(bytes) => bytes.into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Whether a record is of datasets, as far as it tells.
fn is_of(record: &Value, kind: &str, seen: Option<&[String]>) -> bool {
    let field = match kind {
        "datasets" => "id",
        "entries" => "dataset_id",
        _ => return true,
    };
    seen.is_none_or(|seen| seen.contains(&text_of(record, field)))
}

fn meets(record: &Value, conditions: &BTreeMap<String, Vec<String>>) -> bool {
    conditions.iter().all(|(key, values)| {
        let (field, operator) = key.split_once("__").unwrap_or((key, "in"));
        let value = text_of(record, field);
        match operator {
            "in" => values.contains(&value),
            "gt" => values.iter().all(|bound| value > *bound),
            _ => true,
        }
    })
}

/// A record as a resource of JSON:API.
fn resource(record: &Value, kind: &str) -> Value {
    let mut attributes = record.as_object().cloned().unwrap_or_default();
    let id = attributes.shift_remove("id");
    json!({"id": id, "type": kind, "attributes": attributes})
}

fn text_of(record: &Value, field: &str) -> String {
    record[field].as_str().map_or_else(|| record[field].to_string(), str::to_owned)
}
