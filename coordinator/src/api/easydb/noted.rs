//! What is told of files that are fetched: many at once, for a client may fetch each of a million files.
//!
//! They wait in memory until there are a hundred of an export's, until the next is fetched ten seconds later,
//! or until their owner asks what happened. What waits when a process ends is told to nobody.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, Method, header};
use fabric::store::StoreError;
use jiff::{SignedDuration, Timestamp};
use proto::id::{ExportId, Owner};
use proto::run::{Head, Outcome};
use serde_json::{Map, Value, json};
use tree::File;

use super::Dialect;
use super::kept::Known;
use super::state::Standing;
use crate::easydb::{Each, What};

/// Most that is told at once.
const MOST: usize = 100;

/// How long something waits at most where more is fetched.
const WAITS: SignedDuration = SignedDuration::from_secs(10);

/// What was fetched and is not told yet.
#[derive(Clone, Default)]
pub(super) struct Fetched(Arc<Mutex<HashMap<(ExportId, What), Waiting>>>);

/// What waits of an export.
struct Waiting {
    head: Head,
    /// What is said of all of them.
    info: Value,
    since: Timestamp,
    these: Vec<Map<String, Value>>,
}

/// An event that is due.
type Due = (What, Waiting);

impl Fetched {
    fn push(
        &self,
        (head, what): (&Head, What),
        info: &Value,
        this: Map<String, Value>,
        now: Timestamp,
    ) -> Vec<Due> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let one = waiting.entry((head.id, what)).or_insert_with(|| Waiting {
            head: head.clone(),
            info: info.clone(),
            since: now,
            these: Vec::new(),
        });
        one.these.push(this);
        let is_due = |one: &Waiting| one.these.len() >= MOST || now >= one.since + WAITS;
        waiting.extract_if(|_, one| is_due(one)).map(|((_, what), one)| (what, one)).collect()
    }

    fn of(&self, owner: &Owner) -> Vec<Due> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting
            .extract_if(|_, one| one.head.owner == *owner)
            .map(|((_, what), one)| (what, one))
            .collect()
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

/// Notes that an archive is fetched.
pub(super) async fn note_archive(dialect: &Dialect, head: &Head, name: &str, len: Option<u64>) {
    let export = json!({"_id": head.number, "_version": head.version, "name": head.name,
        "is_archive": true});
    let this = json!({"state": "started", "url": name, "bytes_loaded": len, "bytes_total": len,
        "bytes_count": len, "export": export});
    note(dialect, (head, What::Downloaded), json!({}), this).await;
}

/// Notes that a file is fetched: one of the catalogue, or one that was made of it.
pub(super) async fn note_file(dialect: &Dialect, known: &Known, file: &File) {
    let head = &known.head;
    let export = json!({"_id": head.number, "_version": head.version, "name": head.name,
        "is_archive": false});
    let mut this = json!({"state": "started", "url": file.path, "bytes_loaded": file.size,
        "bytes_total": file.size, "bytes_count": file.size, "export": export});
    let Some(of) = &file.of else {
        return note(dialect, (head, What::Downloaded), json!({}), this).await;
    };
    this["asset_id"] = json!(of.eas_id);
    this["asset_version"] = json!(of.version);
    this["asset_class"] = json!(of.class);
    this["system_object_id"] = json!(of.system_object_id);
    let info = json!({"type": known.document.kind.as_str()});
    note(dialect, (head, What::AssetsDownloaded), info, this).await;
}

/// Notes that something could not be fetched.
pub(super) async fn note_failure(dialect: &Dialect, head: &Head, path: &str, why: &str) {
    let export = json!({"_id": head.number, "_version": head.version, "name": head.name});
    let this = json!({"state": "failed", "url": path, "error": why, "export": export});
    note(dialect, (head, What::NotDownloaded), json!({}), this).await;
}

/// Tells that the archive of a transport was fetched with the files of the catalogue in it.
pub(super) async fn tell_assets_fetched(
    dialect: &Dialect,
    head: &Head,
    standing: &Standing,
    transport: u32,
) {
    let Some(outcome) = &standing.outcome else { return };
    if let Err(error) = assets_fetched(dialect, head, (standing, outcome), transport).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "download not told");
    }
}

async fn assets_fetched(
    dialect: &Dialect,
    head: &Head,
    (standing, outcome): (&Standing, &Outcome),
    transport: u32,
) -> Result<(), StoreError> {
    let (coordinator, run) = (&dialect.api.coordinator, standing.run);
    let count = coordinator.files_told(run, head, outcome).await?;
    if count == 0 {
        return Ok(());
    }
    let info = json!({"export": {"_id": head.number, "_version": head.version,
        "_transport_id": transport}});
    let each = Some(Each::Assets { run: run.run, count });
    let (now, of) = (coordinator.ambient.now(), fresh(dialect));
    coordinator.chronicle_each(head, What::AssetsFetched, &of, now, (info, each)).await
}

async fn note(dialect: &Dialect, of: (&Head, What), info: Value, this: Value) {
    let now = dialect.api.coordinator.ambient.now();
    let this = this.as_object().cloned().unwrap_or_default();
    tell(dialect, dialect.fetched.push(of, &info, this, now)).await;
}

/// Tells what is due. What is not told is fetched all the same.
async fn tell(dialect: &Dialect, due: Vec<Due>) {
    let coordinator = &dialect.api.coordinator;
    for (what, mut waiting) in due {
        let (now, of) = (coordinator.ambient.now(), fresh(dialect));
        let each = Some(Each::These(mem::take(&mut waiting.these)));
        let info = waiting.info.take();
        let told = coordinator.chronicle_each(&waiting.head, what, &of, now, (info, each)).await;
        if let Err(error) = told {
            tracing::warn!(error = &error as &dyn std::error::Error, "download not told");
        }
    }
}

/// What tells an event from all others.
fn fresh(dialect: &Dialect) -> String {
    format!("fetched-{:032x}", dialect.api.coordinator.ambient.nonce())
}
