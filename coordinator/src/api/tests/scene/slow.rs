//! The scene over a store in which something waits, for what happens meanwhile.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use fabric::store::{Entry, Presign, Store, StoreError, Tag, Upload};
use futures::stream::BoxStream;
use proto::key::{Key, Prefix};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::Scene;

/// A scene over a slow store, what is notified once somebody waits, and what lets all of them through.
pub(in crate::api::tests) async fn slow(waits: Waits) -> (Scene, Arc<Notify>, CancellationToken) {
    let (asked, let_through) = (Arc::new(Notify::new()), CancellationToken::new());
    let (told, waited) = (Arc::clone(&asked), let_through.clone());
    let scene = Scene::over(move |store| {
        let (ended, read) = (AtomicBool::new(false), Mutex::default());
        let slow = Slow { store, waits, ended, read, asked: told, let_through: waited };
        Arc::new(slow) as Arc<dyn Store>
    });
    (scene.await, asked, let_through)
}

/// A store in which something waits until it is let through.
struct Slow {
    store: Arc<dyn Store>,
    waits: Waits,
    ended: AtomicBool,
    /// The commit records that were read.
    read: Mutex<BTreeSet<Key>>,
    asked: Arc<Notify>,
    let_through: CancellationToken,
}

/// What waits.
#[derive(PartialEq)]
pub(in crate::api::tests) enum Waits {
    /// Whoever lists the open runs.
    Listings,
    /// Whoever takes a mark away.
    Deletions,
    /// Whoever writes over how a run ended.
    Ends,
    /// Whoever writes how a run ended, after the first who did.
    LaterEnds,
    /// Whoever reads the commit record of a batch, after the first who did.
    LaterCommits,
}

impl Slow {
    async fn wait(&self) {
        self.asked.notify_one();
        self.let_through.cancelled().await;
    }
}

#[async_trait]
impl Store for Slow {
    async fn get(&self, key: &Key) -> Result<(Bytes, Tag), StoreError> {
        let is_commit = self.waits == Waits::LaterCommits && key.as_str().contains("/batches/");
        if is_commit && !self.read.lock().unwrap().insert(key.clone()) {
            self.wait().await;
        }
        self.store.get(key).await
    }

    async fn head(&self, key: &Key) -> Result<Entry, StoreError> {
        self.store.head(key).await
    }

    async fn read(
        &self,
        key: &Key,
        range: Range<u64>,
        tag: Option<&Tag>,
    ) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
        self.store.read(key, range, tag).await
    }

    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> Result<Tag, StoreError> {
        let is_end = self.waits == Waits::LaterEnds && key.as_str().ends_with("/result.json");
        if is_end && self.ended.swap(true, Ordering::Relaxed) {
            self.wait().await;
        }
        self.store.put_if_absent(key, bytes).await
    }

    async fn replace(&self, key: &Key, bytes: Bytes, expected: &Tag) -> Result<Tag, StoreError> {
        if self.waits == Waits::Ends && key.as_str().ends_with("/result.json") {
            self.wait().await;
        }
        self.store.replace(key, bytes, expected).await
    }

    async fn upload(&self, key: &Key) -> Result<Box<dyn Upload>, StoreError> {
        self.store.upload(key).await
    }

    async fn list(
        &self,
        prefix: &Prefix,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        if self.waits == Waits::Listings && *prefix == Prefix::open() {
            self.wait().await;
        }
        self.store.list(prefix, after, limit).await
    }

    async fn delete(&self, keys: &[Key]) -> Result<(), StoreError> {
        if self.waits == Waits::Deletions && keys.iter().any(|key| key.open_run().is_some()) {
            self.wait().await;
        }
        self.store.delete(keys).await
    }

    async fn presign(&self, key: &Key, link: &Presign) -> Result<Option<Url>, StoreError> {
        self.store.presign(key, link).await
    }

    fn local_path(&self, key: &Key) -> Option<std::path::PathBuf> {
        self.store.local_path(key)
    }

    async fn sweep(&self, prefix: &Prefix, before: SystemTime) -> Result<(), StoreError> {
        self.store.sweep(prefix, before).await
    }

    fn moved(&self) -> u64 {
        self.store.moved()
    }

    fn counted(&self) -> Arc<dyn Store> {
        self.store.counted()
    }
}
