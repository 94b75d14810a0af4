//! A store with something in between, for tests of what stands on a store: where it is slow, away, or written to by
//! somebody else at the wrong moment.

use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use proto::key::{Key, Prefix};
use url::Url;

use super::{Entry, Presign, Store, StoreError, Tag, Upload};

/// What happens around calls to the store.
#[async_trait]
pub trait Between: Send + Sync {
    /// Before a call reaches the store; an error is the call's answer, and it never gets there.
    async fn before(&self, _call: Call<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    /// After a whole object was read and before its reader hears of it.
    async fn after_get(&self, _key: &Key, _tag: &Tag) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A call that something can happen before.
#[derive(Debug, Clone, Copy)]
pub enum Call<'c> {
    /// [`Store::get`].
    Get(&'c Key),
    /// [`Store::put_if_absent`].
    PutIfAbsent(&'c Key),
    /// [`Store::replace`], of what has this tag.
    Replace(&'c Key, &'c Tag),
    /// [`Store::list`].
    List(&'c Prefix),
    /// [`Store::delete`].
    Delete(&'c [Key]),
}

/// The store, and what is in between.
pub struct Interposed<B> {
    store: Arc<dyn Store>,
    between: B,
}

impl<B: Between> Interposed<B> {
    /// Puts something between a store and those who call it.
    pub fn new(store: Arc<dyn Store>, between: B) -> Self {
        Self { store, between }
    }
}

#[async_trait]
impl<B: Between> Store for Interposed<B> {
    async fn get(&self, key: &Key) -> Result<(Bytes, Tag), StoreError> {
        self.between.before(Call::Get(key)).await?;
        let found = self.store.get(key).await?;
        self.between.after_get(key, &found.1).await?;
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
        self.between.before(Call::PutIfAbsent(key)).await?;
        self.store.put_if_absent(key, bytes).await
    }

    async fn replace(&self, key: &Key, bytes: Bytes, expected: &Tag) -> Result<Tag, StoreError> {
        self.between.before(Call::Replace(key, expected)).await?;
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
        self.between.before(Call::List(prefix)).await?;
        self.store.list(prefix, after, limit).await
    }

    async fn delete(&self, keys: &[Key]) -> Result<(), StoreError> {
        self.between.before(Call::Delete(keys)).await?;
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

    fn shortest_copy(&self) -> u64 {
        self.store.shortest_copy()
    }

    fn moved(&self) -> u64 {
        self.store.moved()
    }

    fn counted(&self) -> Arc<dyn Store> {
        self.store.counted()
    }
}
