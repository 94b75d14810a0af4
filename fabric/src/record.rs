//! Small JSON records in the store: read, created once, followed in the order of the plan.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use proto::commit::Commit;
use proto::id::RunId;
use proto::key::{Key, Prefix};
use proto::plan::{Plan, PlanPage, PlannedBatch};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::{Store, StoreError};

/// How many records are fetched ahead while they are followed in order.
const READ_AHEAD: usize = 16;

/// Whether a record was created, or was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// It is ours.
    Now,
    /// Somebody wrote it before; theirs counts.
    Before,
}

/// Reads a record that must be there.
pub async fn read<T: DeserializeOwned>(store: &dyn Store, key: &Key) -> Result<T, StoreError> {
    let (bytes, _) = store.get(key).await?;
    decode(key, &bytes)
}

/// Reads a record that may be there.
pub async fn find<T: DeserializeOwned>(
    store: &dyn Store,
    key: &Key,
) -> Result<Option<T>, StoreError> {
    match read(store, key).await {
        Ok(record) => Ok(Some(record)),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether an object is there.
pub async fn exists(store: &dyn Store, key: &Key) -> Result<bool, StoreError> {
    match store.head(key).await {
        Ok(_) => Ok(true),
        Err(StoreError::Missing { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes a record unless one is there.
pub async fn create<T: Serialize>(
    store: &dyn Store,
    key: &Key,
    record: &T,
) -> Result<Created, StoreError> {
    match store.put_if_absent(key, encode(record)).await {
        Ok(_) => Ok(Created::Now),
        Err(StoreError::Exists { .. }) => Ok(Created::Before),
        Err(error) => Err(error),
    }
}

/// A record as it is stored.
pub fn encode<T: Serialize>(record: &T) -> Bytes {
    serde_json::to_vec(record).expect("records hold only what JSON can hold").into()
}

/// A record, from how it is stored.
pub fn decode<T: DeserializeOwned>(key: &Key, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes)
        .map_err(|error| StoreError::Damaged { key: key.clone(), what: error.to_string() })
}

/// The commit records of batches, in order; a missing one is an error.
pub fn commits(
    store: &Arc<dyn Store>,
    run: RunId,
    ordinals: Range<u32>,
) -> BoxStream<'static, Result<Commit, StoreError>> {
    let store = Arc::clone(store);
    stream::iter(ordinals)
        .map(move |ordinal| {
            let store = Arc::clone(&store);
            async move { read(&*store, &Key::commit(run, ordinal)).await }
        })
        .buffered(READ_AHEAD)
        .boxed()
}

/// One batch of a plan.
pub async fn batch(
    store: &dyn Store,
    run: RunId,
    plan: &Plan,
    ordinal: u32,
) -> Result<PlannedBatch, StoreError> {
    let key = Key::plan_page(run, &plan.attempt, Plan::page_of(ordinal));
    let page: PlanPage = read(store, &key).await?;
    let found = page.batches.into_iter().find(|batch| batch.ordinal == ordinal);
    found.ok_or(StoreError::Damaged { key, what: format!("batch {ordinal} is not on its page") })
}

/// Every key below a prefix, page by page.
pub fn keys(store: &Arc<dyn Store>, prefix: Prefix) -> BoxStream<'static, Result<Key, StoreError>> {
    const PAGE: usize = 1000;
    let store = Arc::clone(store);
    stream::try_unfold((None::<Key>, false), move |(after, ended)| {
        let store = Arc::clone(&store);
        let prefix = prefix.clone();
        async move {
            if ended {
                return Ok(None);
            }
            let entries = store.list(&prefix, after.as_ref(), PAGE).await?;
            let ended = entries.len() < PAGE;
            let last = entries.last().map(|entry| entry.key.clone());
            let keys = stream::iter(entries.into_iter().map(|entry| Ok(entry.key)));
            Ok(Some((keys, (last, ended))))
        }
    })
    .try_flatten()
    .boxed()
}

/// Deletes everything below a prefix, except what `keep` says.
pub async fn delete_all(
    store: &Arc<dyn Store>,
    prefix: Prefix,
    keep: impl Fn(&Key) -> bool,
) -> Result<(), StoreError> {
    const CHUNK: usize = 500;
    let mut keys = keys(store, prefix).ready_chunks(CHUNK);
    while let Some(chunk) = keys.next().await {
        let chunk: Vec<Key> = chunk.into_iter().collect::<Result<_, _>>()?;
        let doomed: Vec<Key> = chunk.into_iter().filter(|key| !keep(key)).collect();
        if !doomed.is_empty() {
            store.delete(&doomed).await?;
        }
    }
    Ok(())
}
