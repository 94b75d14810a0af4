//! Small JSON records in the store: read, created once, followed in the order of the plan.

mod ahead;

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

pub use self::ahead::follow;
use crate::store::{MAX_WHOLE_BYTES, Store, StoreError};

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

/// Writes a record unless one is there. One that could never be read again is refused.
pub async fn create<T: Serialize>(
    store: &dyn Store,
    key: &Key,
    record: &T,
) -> Result<Created, StoreError> {
    let bytes = encode(record);
    let len = bytes.len() as u64;
    if len > MAX_WHOLE_BYTES {
        return Err(StoreError::TooLarge { key: key.clone(), len });
    }
    match store.put_if_absent(key, bytes).await {
        Ok(_) => Ok(Created::Now),
        Err(StoreError::Exists { .. }) => Ok(Created::Before),
        Err(error) => Err(error),
    }
}

/// Writes a record unless one is there; the one that counts. Where another was first, the objects that
/// only ours names are deleted; what of that fails is left to the end of the run.
pub async fn settle<T: Serialize + DeserializeOwned>(
    store: &dyn Store,
    key: &Key,
    ours: T,
    objects: impl Fn(&T) -> Vec<Key>,
) -> Result<T, StoreError> {
    match create(store, key, &ours).await? {
        Created::Now => Ok(ours),
        Created::Before => {
            // It may be ours: whoever wrote it may have been told that it failed, and have come again.
            let theirs: T = read(store, key).await?;
            let mut doomed = objects(&ours);
            let counting = objects(&theirs);
            doomed.retain(|object| !counting.contains(object));
            if let Err(error) = store.delete(&doomed).await {
                tracing::warn!(%key, error = &error as &dyn std::error::Error, "objects of no use not deleted");
            }
            Ok(theirs)
        }
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
    follow(store, stream::iter(ordinals.map(move |ordinal| Ok(Key::commit(run, ordinal)))).boxed())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::DirectoryStore;

    fn run() -> RunId {
        let export = serde_json::from_str("\"0190163d-8694-739b-aea5-966c26f8ad91\"").unwrap();
        RunId { export, run: 1 }
    }

    /// A record that names the objects of some attempts.
    async fn made(store: &dyn Store, attempts: &[&str]) -> Vec<Key> {
        let mut keys = Vec::new();
        for attempt in attempts {
            let key = Key::segment(run(), 0, 0, attempt);
            let _ = store.put_if_absent(&key, Bytes::from_static(b"bytes")).await;
            keys.push(key);
        }
        keys
    }

    #[tokio::test]
    async fn of_two_records_the_first_counts_and_what_only_the_second_names_goes() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::open(folder.path()).unwrap();
        let key = Key::commit(run(), 0);
        let first = made(&store, &["a", "b"]).await;
        let second = made(&store, &["b", "c"]).await;
        let names = Vec::clone;
        assert_eq!(settle(&store, &key, first.clone(), names).await.unwrap(), first);
        assert_eq!(settle(&store, &key, second.clone(), names).await.unwrap(), first);
        for named in &first {
            assert!(
                exists(&store, named).await.unwrap(),
                "{named} is named by the one that counts"
            );
        }
        assert!(!exists(&store, &second[1]).await.unwrap(), "nothing names it");
    }

    #[tokio::test]
    async fn a_record_that_nobody_could_read_again_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::open(folder.path()).unwrap();
        let key = Key::commit(run(), 0);
        let record = "x".repeat(usize::try_from(MAX_WHOLE_BYTES).unwrap());
        let refused = create(&store, &key, &record).await.unwrap_err();
        assert!(matches!(refused, StoreError::TooLarge { .. }), "{refused}");
        assert!(!exists(&store, &key).await.unwrap());
    }
}
