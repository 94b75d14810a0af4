//! Following records: in order, and read ahead by their bytes.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, FuturesOrdered, StreamExt, TryStreamExt};
use proto::key::Key;
use serde::de::DeserializeOwned;

use super::decode;
use crate::store::{Store, StoreError};

/// Most records that are fetched ahead.
const MOST: usize = 32;

/// How many bytes of records are fetched ahead (16 MiB), by the length of the last one; one record is
/// fetched whatever its length. A commit record has a line for each file of its batch, so that its
/// length follows `batch_size`, and a number of records alone would say nothing of their bytes.
const ROOM_BYTES: usize = 16 << 20;

/// What was fetched under a key.
type Fetched = Result<(Key, Bytes), StoreError>;

/// Records that are on their way.
struct Ahead {
    keys: BoxStream<'static, Result<Key, StoreError>>,
    store: Arc<dyn Store>,
    under_way: FuturesOrdered<BoxFuture<'static, Fetched>>,
    /// How many may be under way; the first is fetched alone, for nobody knows how long it is.
    most: usize,
}

/// The records under the keys, in the order of the keys; a missing one is an error.
pub fn follow<T: DeserializeOwned + Send + 'static>(
    store: &Arc<dyn Store>,
    keys: BoxStream<'static, Result<Key, StoreError>>,
) -> BoxStream<'static, Result<T, StoreError>> {
    let under_way = FuturesOrdered::new();
    let ahead = Ahead { keys: keys.fuse().boxed(), store: Arc::clone(store), under_way, most: 1 };
    let fetched = stream::try_unfold(ahead, |mut ahead| async move {
        let next = ahead.next().await.transpose()?;
        Ok(next.map(|fetched| (fetched, ahead)))
    });
    fetched.and_then(|(key, bytes)| std::future::ready(decode(&key, &bytes))).boxed()
}

impl Ahead {
    async fn next(&mut self) -> Option<Fetched> {
        while self.under_way.len() < self.most
            && let Some(key) = self.keys.next().await
        {
            let store = Arc::clone(&self.store);
            self.under_way.push_back(Box::pin(async move {
                let key = key?;
                let (bytes, _) = store.get(&key).await?;
                Ok((key, bytes))
            }));
        }
        let fetched = self.under_way.next().await?;
        if let Ok((_, bytes)) = &fetched {
            self.most = (ROOM_BYTES / bytes.len().max(1)).clamp(1, MOST);
        }
        Some(fetched)
    }
}

#[cfg(test)]
mod tests {
    use proto::id::RunId;

    use super::*;
    use crate::record::create;
    use crate::store::DirectoryStore;

    #[tokio::test]
    async fn records_come_in_order_whatever_their_length() {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(DirectoryStore::open(folder.path()).unwrap());
        let export = serde_json::from_str("\"0190163d-8694-739b-aea5-966c26f8ad91\"").unwrap();
        let keys: Vec<Key> =
            (0..100).map(|ordinal| Key::commit(RunId { export, run: 1 }, ordinal)).collect();
        let record = |place: usize| "x".repeat(if place % 10 == 7 { 3 << 20 } else { place });
        for (place, key) in keys.iter().enumerate() {
            create(&*store, key, &record(place)).await.unwrap();
        }
        let mut ahead = Ahead {
            keys: stream::iter(keys.clone().into_iter().map(Ok)).boxed(),
            store: Arc::clone(&store),
            under_way: FuturesOrdered::new(),
            most: 1,
        };
        for (place, key) in keys.iter().enumerate() {
            let (fetched, bytes) = ahead.next().await.unwrap().unwrap();
            assert_eq!((&fetched, bytes.len()), (key, record(place).len() + 2));
            // Five of 3 MiB find room, or thirty-two short ones.
            assert_eq!(ahead.most, if place % 10 == 7 { 5 } else { 32 }, "{place}");
        }
        assert!(ahead.next().await.is_none());
        let known: Vec<String> = follow(&store, stream::iter(keys.into_iter().map(Ok)).boxed())
            .try_collect()
            .await
            .unwrap();
        assert_eq!(known, (0..100).map(record).collect::<Vec<_>>());
    }
}
