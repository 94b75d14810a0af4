//! An API of a test's own: it pages in every way, changes, and fails as the test says.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use futures::stream;
use proto::source::SourceSpec;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::address::AddressRules;
use crate::asset::{HttpAssets, HttpLimits};
use crate::{Context, NoBuckets, Source, SourceError, open};

/// How many records it gives at once.
pub(super) const PAGE: usize = 4;

/// What goes wrong with a request.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    /// Nothing.
    Pass,
    /// Another status, with `Retry-After` where something is given.
    Status(u16, Option<&'static str>),
    /// The connection ends amid the body.
    CutOff,
    /// JSON that breaks off, in an answer that is whole as far as HTTP can tell.
    HalfJson,
    /// Another body.
    Body(&'static str),
    /// A body that is compressed so.
    Packed(&'static str, Vec<u8>),
    /// A redirect.
    To(String),
}

/// What happens to the records after a request, by how many requests there were.
pub(super) type Change = Box<dyn FnMut(usize, &mut BTreeMap<i64, String>) + Send>;

/// What the API has.
#[derive(Default)]
pub(super) struct Shelves {
    /// The records by their keys, as they are written.
    pub(super) records: BTreeMap<i64, String>,
    /// What goes wrong with the next requests.
    pub(super) troubles: VecDeque<Trouble>,
    /// The queries so far, and their headers.
    pub(super) asked: Vec<(HashMap<String, String>, HeaderMap)>,
    /// What happens to the records after each request, by how many there were.
    pub(super) changes: Option<Change>,
}

/// The API.
pub(super) struct Library {
    pub(super) port: u16,
    shelves: Arc<Mutex<Shelves>>,
    _task: JoinSet<()>,
}

impl Library {
    /// One with records whose keys are these.
    pub(super) async fn with(keys: impl IntoIterator<Item = i64>) -> Self {
        let records = keys.into_iter().map(|key| (key, record(key))).collect();
        let shelves = Arc::new(Mutex::new(Shelves { records, ..Shelves::default() }));
        let router = Router::new().route("/objects", get(objects)).with_state(Arc::clone(&shelves));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut task = JoinSet::new();
        task.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { port, shelves, _task: task }
    }

    /// Looks at what it has, or changes it.
    pub(super) fn shelves<T>(&self, look: impl FnOnce(&mut Shelves) -> T) -> T {
        look(&mut self.shelves.lock().unwrap())
    }

    /// The next requests go wrong.
    pub(super) fn trouble(&self, troubles: impl IntoIterator<Item = Trouble>) {
        self.shelves(|shelves| shelves.troubles.extend(troubles));
    }

    /// How many requests there were.
    pub(super) fn asked(&self) -> usize {
        self.shelves(|shelves| shelves.asked.len())
    }

    /// The API as a source.
    pub(super) fn source(&self, more: &Value) -> Arc<dyn Source> {
        self.try_source(more).unwrap()
    }

    /// The API as a source, if it can be opened.
    pub(super) fn try_source(&self, more: &Value) -> Result<Arc<dyn Source>, SourceError> {
        let mut spec = json!({
            "kind": "http", "url": format!("http://127.0.0.1:{}/objects", self.port),
            "records": "/data/items",
        });
        for (key, value) in more.as_object().unwrap() {
            spec[key] = value.clone();
        }
        let spec: SourceSpec = serde_json::from_value(spec).unwrap();
        let rules = AddressRules::new(&[format!("127.0.0.1:{}", self.port)]).unwrap();
        let http = Arc::new(HttpAssets::new(HttpLimits::default(), rules).unwrap());
        open(&spec, &Context { base: "/".into(), buckets: Arc::new(NoBuckets), http })
    }
}

/// A record, with numbers that only text keeps.
pub(super) fn record(key: i64) -> String {
    format!(
        "{{\"id\":{key},\"price\":{key}.0,\"large\":1234567890123456789{key},\"even\":{}}}",
        key % 2 == 0
    )
}

type Asked = HashMap<String, String>;

async fn objects(
    State(shelves): State<Arc<Mutex<Shelves>>>,
    Query(query): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let (answer, trouble) = {
        let shelves = &mut *shelves.lock().unwrap();
        shelves.asked.push((query.clone(), headers.clone()));
        let answer = page(&shelves.records, &query, headers["host"].to_str().unwrap());
        let number = shelves.asked.len();
        if let Some(change) = &mut shelves.changes {
            change(number, &mut shelves.records);
        }
        (answer, shelves.troubles.pop_front())
    };
    match trouble {
        None => answer,
        Some(trouble) => fail(trouble, answer).await,
    }
}

/// A page, asked for in any way, by either of two names.
fn page(records: &BTreeMap<i64, String>, query: &Asked, host: &str) -> Response {
    let text = |names: [&str; 2]| names.iter().find_map(|name| query.get(*name));
    let number = |names| text(names).and_then(|text| text.parse::<usize>().ok());
    let cursor = text(["cursor", "token"]);
    let cursor = cursor.map(|cursor| cursor.strip_prefix("c-").unwrap().parse().unwrap());
    // Under its second name pages are counted from 0.
    let page = number(["page"; 2]).or_else(|| number(["p"; 2]).map(|page| page + 1));
    let skip = match (page, number(["offset", "skip"]).or(cursor), number(["after", "since"])) {
        (Some(page), ..) => (page - 1) * PAGE,
        (_, Some(offset), _) => offset,
        (.., Some(after)) => records.range(..=i64::try_from(after).unwrap()).count(),
        (None, None, None) => 0,
    };
    let size = if query.contains_key("all") { usize::MAX } else { PAGE };
    let items: Vec<&str> = records.values().skip(skip).take(size).map(String::as_str).collect();
    let after = skip + items.len();
    let has_more = after < records.len();
    let next = if has_more { json!(format!("c-{after}")) } else { Value::Null };
    let link = format!("/objects?offset={after}");
    let body = format!(
        "{{\"meta\":{{\"total\":{},\"next\":{next},\"link\":{}}},\"data\":{{\"items\":[{}]}}}}",
        records.len(),
        if has_more { json!(link) } else { Value::Null },
        items.join(",\n ")
    );
    let mut response = Response::builder().header("X-Total-Count", records.len());
    if has_more {
        response = response.header("Link", format!("<http://{host}{link}>; rel=\"next\""));
    }
    response.body(body.into()).unwrap()
}

async fn fail(trouble: Trouble, answer: Response) -> Response {
    let (parts, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let half = body.slice(..body.len() / 2);
    match trouble {
        Trouble::Pass => Response::from_parts(parts, body.into()),
        Trouble::Status(status, wait) => {
            let mut response = Response::builder().status(status);
            if let Some(wait) = wait {
                response = response.header("Retry-After", wait);
            }
            response.body(Body::from("{\"data\":{\"items\":[]}}")).unwrap()
        }
        Trouble::CutOff => {
            let broken = Err(std::io::Error::other("the plug was pulled"));
            let stream = stream::iter([Ok::<Bytes, std::io::Error>(half), broken]);
            Response::from_parts(parts, Body::from_stream(stream))
        }
        Trouble::HalfJson => Response::from_parts(parts, half.into()),
        Trouble::Body(body) => Response::new(body.into()),
        Trouble::Packed(how, body) => {
            Response::builder().header("Content-Encoding", how).body(body.into()).unwrap()
        }
        Trouble::To(url) => {
            let response = Response::builder().status(StatusCode::FOUND).header("Location", url);
            response.body(Body::empty()).unwrap()
        }
    }
}
