//! The objects of the server: their numbers and what is told of them in short are at hand, the rest is read
//! from the folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use axum::extract::{Path as Place, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use proto::definition::OnError;
use proto::filter::Where;
use proto::source::SourceSpec;
use serde_json::{Value, json};
use source::address::AddressRules;
use source::asset::{HttpAssets, HttpLimits};
use source::page::Kind;
use source::{Chunk, Context, NoBuckets, Search, Source, Wanted};
use tokio::sync::mpsc;

use super::{Shared, lock};

/// What is told of an object in short.
const SHORT: &[&str] =
    &["_system_object_id", "_last_modified", "_objecttype", "_mask", "_global_object_id", "_uuid"];

/// The objects of a catalogue in a folder.
pub struct Objects {
    folder: PathBuf,
    read: Mutex<Arc<Read>>,
}

/// What was read of the folder.
pub(super) struct Read {
    source: Arc<dyn Source>,
    /// In short, by their numbers.
    pub(super) short: BTreeMap<u64, Value>,
}

impl Objects {
    /// Those of a folder.
    pub async fn open(folder: &Path) -> Result<Self> {
        let read = Mutex::new(Arc::new(Read::of(folder).await?));
        Ok(Self { folder: folder.to_owned(), read })
    }

    /// Those that are in the folder by now.
    pub(super) async fn read_again(&self) -> Result<()> {
        *lock(&self.read) = Arc::new(Read::of(&self.folder).await?);
        Ok(())
    }

    /// What was read last.
    pub(super) fn read(&self) -> Arc<Read> {
        Arc::clone(&lock(&self.read))
    }

    /// The folder that they are in.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "a catalogue is never empty")]
    pub fn len(&self) -> usize {
        self.read().short.len()
    }

    /// The numbers of those that a search gives.
    pub async fn found(&self, search: Search) -> Result<Vec<u64>> {
        let read = self.read();
        if let Some(found) = read.numbered(&search) {
            return Ok(found);
        }
        let rows = rows(&*read.source, vec![SHORT[0].to_owned()], Some(search)).await?;
        Ok(rows.iter().filter_map(|row| row[0].as_u64()).collect())
    }

    /// Some of them whole, as their text.
    pub(super) async fn whole(&self, ids: &[u64]) -> Result<Vec<String>> {
        let read = self.read();
        let catalogue = read.source.catalogue().ok_or_else(|| anyhow::anyhow!("no catalogue"))?;
        Ok(catalogue.objects(ids).await?.into_iter().flatten().collect())
    }
}

impl Read {
    async fn of(folder: &Path) -> Result<Self> {
        let http = Arc::new(HttpAssets::new(HttpLimits::default(), AddressRules::default())?);
        let context = Context { base: PathBuf::from("/"), buckets: Arc::new(NoBuckets), http };
        let spec: SourceSpec = serde_json::from_value(json!({"kind": "easydb", "path": folder}))?;
        let source = source::open(&spec, &context)?;
        let fields = SHORT.iter().map(|field| (*field).to_owned()).collect();
        let mut short = BTreeMap::new();
        for row in rows(&*source, fields, None).await? {
            let mut object: serde_json::Map<String, Value> =
                SHORT.iter().map(|field| (*field).to_owned()).zip(row).collect();
            object.insert("_format".to_owned(), json!("short"));
            let id = object["_system_object_id"].as_u64().unwrap_or_default();
            short.insert(id, Value::Object(object));
        }
        Ok(Self { source, short })
    }

    /// What a search gives that asks for numbers alone, as most do that read pages: nothing is read for it.
    fn numbered(&self, search: &Search) -> Option<Vec<u64>> {
        if search.get("objecttypes").is_some_and(|types| !types.is_null()) {
            return None;
        }
        let elements = search.get("search").and_then(Value::as_array)?;
        let mut found: Vec<u64> = self.short.keys().copied().collect();
        for element in elements {
            if element["bool"] != "must" {
                return None;
            }
            if element["type"] == "range" && element["field"] == SHORT[0] {
                let end = |key: &str, usual| element[key].as_u64().unwrap_or(usual);
                let (from, to) = (end("from", 0), end("to", u64::MAX));
                found.retain(|id| (from..=to).contains(id));
            } else if element["type"] == "in" && element["fields"] == json!([SHORT[0]]) {
                let ids: BTreeSet<u64> =
                    element["in"].as_array()?.iter().filter_map(Value::as_u64).collect();
                found.retain(|id| ids.contains(id));
            } else {
                return None;
            }
        }
        Some(found)
    }
}

async fn rows(
    source: &dyn Source,
    fields: Vec<String>,
    search: Option<Search>,
) -> Result<Vec<Vec<Value>>> {
    let wanted = Wanted {
        fields: Some(fields.clone()),
        besides: Vec::new(),
        filter: Where::new(),
        batch_size: Some(0),
        target_bytes: 0,
        needs_columns: false,
        search: search.clone(),
        query: None,
        view: None,
    };
    let survey = source.survey(&wanted).await?;
    let mut rows = Vec::new();
    for slice in survey.slices {
        let read = source::Read {
            slice,
            fields: Some(fields.clone()),
            besides: Vec::new(),
            filter: Where::new(),
            search: search.clone(),
            query: None,
            view: survey.view.clone(),
            on_error: OnError::Fail,
        };
        let (out, mut chunks) = mpsc::channel(2);
        let taking = async {
            while let Some(chunk) = chunks.recv().await {
                let Chunk::Page(page) = chunk else { continue };
                rows.extend(page.rows().map(|row| {
                    let cells = row.cells(page.width());
                    cells.map(|cell| value(cell.kind, cell.text)).collect::<Vec<_>>()
                }));
            }
        };
        tokio::join!(source.rows(&read, out), taking).0?;
    }
    Ok(rows)
}

fn value(kind: Kind, text: &str) -> Value {
    match kind {
        Kind::Null => Value::Null,
        Kind::Text => json!(text),
        Kind::Number | Kind::Bool | Kind::Json => serde_json::from_str(text).unwrap_or_default(),
    }
}

/// `GET /eas/…`: a version of a file, for those who are signed in.
pub(super) async fn file(
    State(shared): State<Arc<Shared>>,
    Place(path): Place<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let is_stranger = super::token(uri.query(), &headers).is_none();
    if !(is_stranger && shared.is_open.load(Ordering::Relaxed))
        && let Err(response) = super::user(&shared, uri.query(), &headers)
    {
        if shared.is_fylr {
            return *response;
        }
        return (StatusCode::FORBIDDEN, *response).into_response();
    }
    match std::fs::read(shared.objects.folder.join(path)) {
        Ok(bytes) => bytes.into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
