//! A store of plain files below a directory, for one machine and for shared file systems.
//!
//! Objects are written under a staged name on the same file system, flushed, and then linked or
//! renamed into place, so that a crash at any moment leaves an object whole or not there. What the
//! file system cannot do by itself (compare and swap) is done under an advisory lock, which holds
//! between processes and is let go by the kernel when one dies.

mod copy;
mod failure;
mod layout;
mod place;
mod staged;
mod upload;
mod walk;

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use proto::key::{Key, Prefix};
use url::Url;

use self::failure::{blocking, failure};
use self::layout::Layout;
use self::staged::Staged;
use self::upload::FileUpload;
use super::{Entry, MAX_WHOLE_BYTES, Presign, Store, StoreError, Tag, Upload};

/// Bytes that are read or written by one call (1 MiB): enough that the way to the thread that may
/// block costs nothing beside it.
const CHUNK_BYTES: u64 = 1 << 20;

/// Keeps objects as files below a directory.
///
/// Keys are paths: no key may be the beginning of another one's directories. The directory belongs
/// to the store alone. A directory that vanishes (a file system no longer mounted) makes everything
/// [`StoreError::Unavailable`], never [`StoreError::Missing`].
pub struct DirectoryStore {
    layout: Arc<Layout>,
    moved: Arc<AtomicU64>,
}

impl DirectoryStore {
    /// Opens the store below `root`, which is made where it is not there.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Ok(Self { layout: Arc::new(Layout::open(&root.into())?), moved: Arc::default() })
    }

    fn count(&self, bytes: u64) {
        self.moved.fetch_add(bytes, Ordering::Relaxed);
    }
}

#[async_trait]
impl Store for DirectoryStore {
    async fn get(&self, key: &Key) -> Result<(Bytes, Tag), StoreError> {
        let (layout, key) = (Arc::clone(&self.layout), key.clone());
        let (bytes, tag) = blocking("read a file", move || {
            let (file, entry) = layout.open_object(&key, None)?;
            if entry.len > MAX_WHOLE_BYTES {
                let what = format!("{} bytes are too many to be read whole", entry.len);
                return Err(StoreError::Damaged { key, what });
            }
            Ok((read_chunk(&file, &key, 0..entry.len)?, entry.tag))
        })
        .await?;
        self.count(bytes.len() as u64);
        Ok((bytes, tag))
    }

    async fn head(&self, key: &Key) -> Result<Entry, StoreError> {
        let (layout, key) = (Arc::clone(&self.layout), key.clone());
        blocking("look at a file", move || Ok(layout.open_object(&key, None)?.1)).await
    }

    async fn read(
        &self,
        key: &Key,
        range: Range<u64>,
        tag: Option<&Tag>,
    ) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
        let (layout, key, tag, asked) =
            (Arc::clone(&self.layout), key.clone(), tag.cloned(), range.clone());
        let (file, key) = blocking("open a file", move || {
            let (file, entry) = layout.open_object(&key, tag.as_ref())?;
            check_range(&key, &asked, entry.len)?;
            Ok((Arc::new(file), key))
        })
        .await?;
        let moved = Arc::clone(&self.moved);
        let chunks = stream::try_unfold(range.start, move |at| {
            let (file, key, moved) = (Arc::clone(&file), key.clone(), Arc::clone(&moved));
            let next = range.end.min(at.saturating_add(CHUNK_BYTES));
            async move {
                if at >= next {
                    return Ok(None);
                }
                let chunk =
                    blocking("read a file", move || read_chunk(&file, &key, at..next)).await?;
                moved.fetch_add(next - at, Ordering::Relaxed);
                Ok(Some((chunk, next)))
            }
        });
        Ok(chunks.boxed())
    }

    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> Result<Tag, StoreError> {
        let (layout, key, len) = (Arc::clone(&self.layout), key.clone(), bytes.len() as u64);
        let tag = blocking("write a file", move || {
            let path = layout.path(&key)?;
            let staged = Staged::holding(&layout, &key, &bytes)?;
            let tag = staged.seal(&key)?;
            layout.link(&staged, &key, &path)?;
            Ok(tag)
        })
        .await?;
        self.count(len);
        Ok(tag)
    }

    async fn replace(&self, key: &Key, bytes: Bytes, expected: &Tag) -> Result<Tag, StoreError> {
        let (layout, key, expected) = (Arc::clone(&self.layout), key.clone(), expected.clone());
        let len = bytes.len() as u64;
        let tag = blocking("replace a file", move || {
            let path = layout.path(&key)?;
            let staged = Staged::holding(&layout, &key, &bytes)?;
            let tag = staged.seal(&key)?;
            let _held = layout.lock(&key)?;
            match layout.open_object(&key, None) {
                Ok((_, entry)) if entry.tag == expected => layout.rename(&staged, &key, &path)?,
                Ok(_) | Err(StoreError::Missing { .. }) => return Err(StoreError::Changed { key }),
                Err(error) => return Err(error),
            }
            Ok(tag)
        })
        .await?;
        self.count(len);
        Ok(tag)
    }

    async fn upload(&self, key: &Key) -> Result<Box<dyn Upload>, StoreError> {
        let (layout, key) = (Arc::clone(&self.layout), key.clone());
        let moved = Arc::clone(&self.moved);
        let upload =
            blocking("stage a file", move || FileUpload::begin(layout, key, moved)).await?;
        Ok(Box::new(upload))
    }

    async fn list(
        &self,
        prefix: &Prefix,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let (layout, prefix, after) = (Arc::clone(&self.layout), prefix.clone(), after.cloned());
        blocking("list a directory", move || walk::list(&layout, &prefix, after.as_ref(), limit))
            .await
    }

    async fn delete(&self, keys: &[Key]) -> Result<(), StoreError> {
        let (layout, keys) = (Arc::clone(&self.layout), keys.to_vec());
        blocking("delete files", move || layout.delete(&keys)).await
    }

    async fn presign(&self, _key: &Key, _link: &Presign) -> Result<Option<Url>, StoreError> {
        Ok(None)
    }

    fn local_path(&self, key: &Key) -> Option<PathBuf> {
        self.layout.path(key).ok()
    }

    async fn sweep(&self, prefix: &Prefix, before: SystemTime) -> Result<(), StoreError> {
        let (layout, prefix) = (Arc::clone(&self.layout), prefix.clone());
        blocking("sweep staged files", move || staged::sweep(&layout, &prefix, before)).await
    }

    fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    fn counted(&self) -> Arc<dyn Store> {
        Arc::new(Self { layout: Arc::clone(&self.layout), moved: Arc::default() })
    }
}

/// Refuses a range that is not within an object of `len` bytes.
fn check_range(key: &Key, range: &Range<u64>, len: u64) -> Result<(), StoreError> {
    if range.start <= range.end && range.end <= len {
        return Ok(());
    }
    let what = format!("bytes {} to {} are not within its {len} bytes", range.start, range.end);
    Err(StoreError::Damaged { key: key.clone(), what })
}

/// Reads a range that fits into memory.
fn read_chunk(file: &File, key: &Key, range: Range<u64>) -> Result<Bytes, StoreError> {
    let len = usize::try_from(range.end - range.start).expect("chunks are far smaller than memory");
    let mut bytes = vec![0; len];
    match file.read_exact_at(&mut bytes, range.start) {
        Ok(()) => Ok(bytes.into()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(StoreError::Damaged {
                key: key.clone(),
                what: "it became shorter while it was read".to_owned(),
            })
        }
        Err(error) => Err(failure(key, "read a file", error)),
    }
}

#[cfg(test)]
mod tests;
