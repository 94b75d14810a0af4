//! Entries in the order of their keys, from memory or from the store, and many such as one.
//!
//! However many entries there are, memory holds one load of them, and a chunk of each part that is
//! merged.

use std::sync::Arc;

use bytes::Bytes;
use fabric::store::{Store, StoreError, Upload};
use futures::TryStreamExt;
use futures::stream::BoxStream;
use proto::key::Key;

use super::entry::Entry;

/// How many bytes of entries are sorted at once (32 MiB).
pub(super) const LOAD_BYTES: usize = 32 << 20;

/// How many parts are merged at once.
const PARTS: usize = 32;

/// How many bytes are written at once (1 MiB).
const CHUNK_BYTES: usize = 1 << 20;

/// Entries in order.
pub(super) enum Sorted {
    /// Those that fit into memory.
    Held(std::vec::IntoIter<Entry>),
    /// Those of an object.
    Stored(Stored),
}

/// Entries of an object.
pub(super) struct Stored {
    key: Key,
    bytes: BoxStream<'static, Result<Bytes, StoreError>>,
    waiting: Vec<u8>,
    read: usize,
}

impl Sorted {
    /// Reads an object of sorted entries.
    pub(super) async fn stored(store: &dyn Store, key: Key, len: u64) -> Result<Self, StoreError> {
        let bytes = store.read(&key, 0..len, None).await?;
        Ok(Self::Stored(Stored { key, bytes, waiting: Vec::new(), read: 0 }))
    }

    /// The next entry.
    pub(super) async fn next(&mut self) -> Result<Option<Entry>, StoreError> {
        match self {
            Self::Held(entries) => Ok(entries.next()),
            Self::Stored(stored) => stored.next().await,
        }
    }
}

impl Stored {
    async fn next(&mut self) -> Result<Option<Entry>, StoreError> {
        let damaged =
            |what: &str| StoreError::Damaged { key: self.key.clone(), what: what.to_owned() };
        loop {
            match Entry::decode(&self.waiting[self.read..]) {
                Ok(Some((entry, len))) => {
                    self.read += len;
                    return Ok(Some(entry));
                }
                Ok(None) => {}
                Err(fault) => return Err(damaged(&fault.message)),
            }
            self.waiting.drain(..self.read);
            self.read = 0;
            match self.bytes.try_next().await? {
                Some(chunk) => self.waiting.extend_from_slice(&chunk),
                None if self.waiting.is_empty() => return Ok(None),
                None => return Err(damaged("it ends within an entry")),
            }
        }
    }
}

/// Several parts as one.
pub(super) struct Merged {
    parts: Vec<(Sorted, Entry)>,
}

impl Merged {
    pub(super) async fn of(parts: Vec<Sorted>) -> Result<Self, StoreError> {
        let mut begun = Vec::with_capacity(parts.len());
        for mut part in parts {
            if let Some(first) = part.next().await? {
                begun.push((part, first));
            }
        }
        Ok(Self { parts: begun })
    }

    /// The next entry of all parts.
    pub(super) async fn next(&mut self) -> Result<Option<Entry>, StoreError> {
        let least =
            self.parts.iter().enumerate().min_by(|(_, one), (_, other)| one.1.cmp(&other.1));
        let Some((place, _)) = least else { return Ok(None) };
        let (part, entry) = &mut self.parts[place];
        match part.next().await? {
            Some(next) => Ok(Some(std::mem::replace(entry, next))),
            None => Ok(Some(self.parts.swap_remove(place).1)),
        }
    }
}

/// Text or entries on their way into an object.
pub(super) struct Writer {
    upload: Box<dyn Upload>,
    waiting: Vec<u8>,
    len: u64,
}

impl Writer {
    pub(super) async fn new(store: &dyn Store, key: &Key) -> Result<Self, StoreError> {
        Ok(Self { upload: store.upload(key).await?, waiting: Vec::new(), len: 0 })
    }

    /// How much was written, in bytes.
    pub(super) fn len(&self) -> u64 {
        self.len + self.waiting.len() as u64
    }

    /// Appends what `append` appends.
    pub(super) async fn append(
        &mut self,
        append: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), StoreError> {
        append(&mut self.waiting);
        if self.waiting.len() < CHUNK_BYTES {
            return Ok(());
        }
        self.flush().await
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        self.len += self.waiting.len() as u64;
        self.upload.write(std::mem::take(&mut self.waiting).into()).await
    }

    /// Makes the object visible; its length.
    pub(super) async fn finish(mut self) -> Result<u64, StoreError> {
        self.flush().await?;
        self.upload.finish().await?;
        Ok(self.len)
    }
}

/// Sorts entries that come in any order, in the store where they do not fit into memory.
pub(super) struct Sorter {
    store: Arc<dyn Store>,
    /// Names the objects, by a number.
    name: Box<dyn Fn(u32) -> Key + Send + Sync>,
    named: u32,
    load: Vec<Entry>,
    cost: usize,
    parts: Vec<(Key, u64)>,
}

impl Sorter {
    pub(super) fn new(
        store: Arc<dyn Store>,
        name: impl Fn(u32) -> Key + Send + Sync + 'static,
    ) -> Self {
        Self { store, name: Box::new(name), named: 0, load: Vec::new(), cost: 0, parts: Vec::new() }
    }

    pub(super) async fn take(&mut self, entries: Vec<Entry>) -> Result<(), StoreError> {
        self.cost += entries.iter().map(Entry::cost).sum::<usize>();
        self.load.extend(entries);
        if self.cost < LOAD_BYTES { Ok(()) } else { self.put_down().await }
    }

    /// All entries in order.
    pub(super) async fn sorted(&mut self) -> Result<Merged, StoreError> {
        if self.parts.is_empty() {
            let load = sort(std::mem::take(&mut self.load)).await;
            return Merged::of(vec![Sorted::Held(load.into_iter())]).await;
        }
        self.put_down().await?;
        while self.parts.len() > PARTS {
            let some: Vec<(Key, u64)> = self.parts.drain(..PARTS).collect();
            let mut merged = self.merge(&some).await?;
            let (key, mut writer) = self.writer().await?;
            while let Some(entry) = merged.next().await? {
                writer.append(|out| entry.encode(out)).await?;
            }
            self.parts.push((key, writer.finish().await?));
            self.forget(&some).await?;
        }
        self.merge(&self.parts).await
    }

    /// Takes away what was put down.
    pub(super) async fn clean(self) -> Result<(), StoreError> {
        self.forget(&self.parts).await
    }

    async fn forget(&self, parts: &[(Key, u64)]) -> Result<(), StoreError> {
        let keys: Vec<Key> = parts.iter().map(|(key, _)| key.clone()).collect();
        self.store.delete(&keys).await
    }

    async fn merge(&self, parts: &[(Key, u64)]) -> Result<Merged, StoreError> {
        let mut opened = Vec::with_capacity(parts.len());
        for (key, len) in parts {
            opened.push(Sorted::stored(&*self.store, key.clone(), *len).await?);
        }
        Merged::of(opened).await
    }

    async fn put_down(&mut self) -> Result<(), StoreError> {
        let load = sort(std::mem::take(&mut self.load)).await;
        self.cost = 0;
        let (key, mut writer) = self.writer().await?;
        for entry in load {
            writer.append(|out| entry.encode(out)).await?;
        }
        self.parts.push((key, writer.finish().await?));
        Ok(())
    }

    async fn writer(&mut self) -> Result<(Key, Writer), StoreError> {
        let key = (self.name)(self.named);
        self.named += 1;
        let writer = Writer::new(&*self.store, &key).await?;
        Ok((key, writer))
    }
}

async fn sort(mut load: Vec<Entry>) -> Vec<Entry> {
    let sorted = tokio::task::spawn_blocking(move || {
        load.sort_unstable();
        load
    });
    sorted.await.expect("sorting does not panic")
}

#[cfg(test)]
mod tests {
    use fabric::store::DirectoryStore;

    use super::*;

    #[tokio::test]
    async fn entries_in_any_order_come_sorted_however_often_they_were_put_down() {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> =
            Arc::new(DirectoryStore::open(folder.path().to_owned()).unwrap());
        let mut sorter =
            Sorter::new(Arc::clone(&store), |number| Key::listed(format!("sorted/{number}")));
        // Enough parts that they are merged in two steps.
        let entry = |number: u64| {
            let key = format!("{:020}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            Entry { key: key.into(), row: number, digest: [0; super::super::entry::DIGEST_LEN] }
        };
        for load in 0..50 {
            sorter.take((0..100).map(|number| entry(load * 100 + number)).collect()).await.unwrap();
            sorter.put_down().await.unwrap();
        }
        let mut merged = sorter.sorted().await.unwrap();
        let mut rows = Vec::new();
        let mut last: Option<Entry> = None;
        while let Some(entry) = merged.next().await.unwrap() {
            assert!(last.as_ref().is_none_or(|last| last.key < entry.key));
            rows.push(entry.row);
            last = Some(entry);
        }
        rows.sort_unstable();
        assert_eq!(rows, (0..5000).collect::<Vec<_>>());
        sorter.clean().await.unwrap();
        assert!(store.list(&proto::key::Prefix::all(), None, 10).await.unwrap().is_empty());
    }
}
