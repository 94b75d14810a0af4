//! A store with which something happens at the wrong moment, once.

use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use fabric::store::{Entry, Presign, Store, StoreError, Tag, Upload};
use futures::stream::BoxStream;
use proto::key::{Key, Prefix};
use url::Url;

/// The store, and what is yet to happen.
pub(super) struct Troubled {
    store: Arc<dyn Store>,
    trouble: Mutex<Option<Trouble>>,
}

enum Trouble {
    /// It does not answer when an object is asked for.
    Silent,
    /// Somebody writes this just before an object is replaced.
    Forestalled(Bytes),
    /// Somebody writes this just after an object was read.
    Overtaken(Bytes),
}

impl Troubled {
    pub(super) fn silent_once(store: Arc<dyn Store>) -> Self {
        Self { store, trouble: Mutex::new(Some(Trouble::Silent)) }
    }

    pub(super) fn forestalled(store: Arc<dyn Store>, bytes: Bytes) -> Self {
        Self { store, trouble: Mutex::new(Some(Trouble::Forestalled(bytes))) }
    }

    pub(super) fn overtaken(store: Arc<dyn Store>, bytes: Bytes) -> Self {
        Self { store, trouble: Mutex::new(Some(Trouble::Overtaken(bytes))) }
    }

    fn happens(&self, is_it: impl Fn(&Trouble) -> bool) -> Option<Trouble> {
        self.trouble.lock().unwrap().take_if(|trouble| is_it(trouble))
    }
}

#[async_trait]
impl Store for Troubled {
    async fn get(&self, key: &Key) -> Result<(Bytes, Tag), StoreError> {
        if self.happens(|trouble| matches!(trouble, Trouble::Silent)).is_some() {
            return Err(StoreError::Unavailable { during: "get", source: "it is away".into() });
        }
        let found = self.store.get(key).await?;
        let trouble = self.happens(|trouble| matches!(trouble, Trouble::Overtaken(_)));
        if let Some(Trouble::Overtaken(next)) = trouble {
            self.store.replace(key, next, &found.1).await?;
        }
        Ok(found)
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
        self.store.put_if_absent(key, bytes).await
    }

    async fn replace(&self, key: &Key, bytes: Bytes, expected: &Tag) -> Result<Tag, StoreError> {
        let trouble = self.happens(|trouble| matches!(trouble, Trouble::Forestalled(_)));
        if let Some(Trouble::Forestalled(first)) = trouble {
            self.store.replace(key, first, expected).await?;
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
        self.store.list(prefix, after, limit).await
    }

    async fn delete(&self, keys: &[Key]) -> Result<(), StoreError> {
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
