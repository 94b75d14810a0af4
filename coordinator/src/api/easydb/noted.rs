//! What is told of what is fetched: of archives within moments, of files many at once.
//!
//! Both wait in memory ([`Fetched`](super::fetched::Fetched)) until a task beside the requests writes them, or until their owner asks
//! what happened. What waits when a process dies is told to nobody; one that is stopped tells it first.

use axum::http::{HeaderMap, Method, header};
use fabric::store::StoreError;
use proto::id::Owner;
use proto::run::Head;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;
use tree::File;

use super::Dialect;
use super::fetched::{TICK, Told};
use super::kept::Known;
use super::state::Standing;
use crate::easydb::{Each, What};

/// Most characters that are told of an address or a path: anybody may ask for one of any length.
const MOST_OF_URL: usize = 1024;

/// What writes down what was fetched, beside the requests.
#[derive(Clone)]
pub(in crate::api) struct Noting(pub(super) Dialect);

impl Noting {
    /// Writes what is due until told to stop, then the rest.
    pub(in crate::api) async fn run(self, stop: CancellationToken) {
        let Self(dialect) = self;
        loop {
            // None of them loses anything: what is due is looked up each time.
            tokio::select! {
                () = stop.cancelled() => break,
                () = dialect.fetched.ready() => {}
                () = tokio::time::sleep(TICK) => {}
            }
            let now = dialect.api.coordinator.ambient.now();
            tell(&dialect, dialect.fetched.due(now)).await;
        }
        tell(&dialect, dialect.fetched.all()).await;
    }
}

/// Tells what an owner's files were fetched for, as far as it is known here.
pub(super) async fn tell_fetched(dialect: &Dialect, owner: &Owner) {
    tell(dialect, dialect.fetched.of(owner)).await;
}

/// Whether a request fetches something, and does not only go on with it or look at it.
pub(super) fn is_whole(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::GET && !headers.contains_key(header::RANGE)
}

/// Notes that an archive is fetched: that of a transport, or one that is made while it is sent.
pub(super) fn note_archive(
    dialect: &Dialect,
    head: &Head,
    name: &str,
    len: Option<u64>,
    transport: Option<u32>,
) {
    let mut export = json!({"_id": head.number, "_version": head.version, "name": head.name,
        "is_archive": true, "format": format_of(name)});
    if let Some(transport) = transport {
        export["_transport_id"] = json!(transport);
    }
    let this = json!({"state": "started", "url": cut(name), "bytes_loaded": len,
        "bytes_total": len, "bytes_count": len, "export": export});
    let now = dialect.api.coordinator.ambient.now();
    dialect.fetched.push_due((head, What::Downloaded), json!({}), map(this), now);
}

/// Notes that a file is fetched: one of the catalogue, or one that was made of it.
pub(super) fn note_file(dialect: &Dialect, known: &Known, file: &File) {
    let head = &known.head;
    let export = json!({"_id": head.number, "_version": head.version, "name": head.name,
        "is_archive": false, "format": "file"});
    let mut this = json!({"state": "started", "url": cut(&file.path), "bytes_loaded": file.size,
        "bytes_total": file.size, "bytes_count": file.size, "files": [cut(&file.path)],
        "export": export});
    let Some(of) = &file.of else {
        return note(dialect, (head, What::Downloaded), json!({}), this);
    };
    this["asset_id"] = json!(of.eas_id);
    this["asset_version"] = json!(of.version);
    this["asset_class"] = json!(of.class);
    this["system_object_id"] = json!(of.system_object_id);
    let info = json!({"type": known.document.kind.as_str()});
    note(dialect, (head, What::AssetsDownloaded), info, this);
}

/// What fylr calls the form of an archive, by its name.
fn format_of(name: &str) -> &'static str {
    let known = [(".tar.gz", "tar_gz"), (".tar.bz2", "tar_bz2"), (".tar", "tar"), (".zip", "zip")];
    let found = known.iter().find(|(extension, _)| name.ends_with(extension));
    found.map_or("archive", |(_, format)| format)
}

/// Notes that something could not be fetched.
pub(super) fn note_failure(dialect: &Dialect, head: &Head, path: &str, why: &str) {
    let export = json!({"_id": head.number, "_version": head.version, "name": head.name});
    let this = json!({"state": "failed", "url": cut(path), "error": why, "export": export});
    note(dialect, (head, What::NotDownloaded), json!({}), this);
}

/// Notes that the archive of a transport was fetched with the files of the catalogue in it.
pub(super) async fn note_assets(
    dialect: &Dialect,
    head: &Head,
    standing: &Standing,
    transport: u32,
) {
    let (coordinator, run) = (&dialect.api.coordinator, standing.run);
    let Some(outcome) = &standing.outcome else { return };
    let count = match coordinator.files_told(run, head, outcome).await {
        Ok(0) => return,
        Ok(count) => count,
        Err(error) => return not_told(&error),
    };
    dialect.fetched.push_archive(Told {
        head: head.clone(),
        what: What::AssetsFetched,
        info: json!({"export": {"_id": head.number, "_version": head.version,
            "_transport_id": transport}}),
        since: coordinator.ambient.now(),
        each: Each::Assets { run: run.run, count },
    });
}

fn note(dialect: &Dialect, of: (&Head, What), info: Value, this: Value) {
    let now = dialect.api.coordinator.ambient.now();
    dialect.fetched.push(of, info, map(this), now);
}

fn map(this: Value) -> Map<String, Value> {
    if let Value::Object(map) = this { map } else { Map::new() }
}

/// Tells what waited. What is not told is fetched all the same.
async fn tell(dialect: &Dialect, taken: Vec<Told>) {
    let coordinator = &dialect.api.coordinator;
    for Told { head, what, info, since, each } in taken {
        let told = coordinator.chronicle_fetched(&head, what, since, (info, each)).await;
        told.unwrap_or_else(|error| not_told(&error));
    }
}

fn not_told(error: &StoreError) {
    tracing::warn!(error = error as &dyn std::error::Error, "download not told");
}

/// As much of an address or a path as is told.
fn cut(text: &str) -> String {
    text.chars().take(MOST_OF_URL).collect()
}
