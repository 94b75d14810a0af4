//! An object written in pieces into a staged file.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use proto::key::Key;

use super::copy::copy_range;
use super::failure::{blocking, failure};
use super::layout::Layout;
use super::staged::Staged;
use super::{CHUNK_BYTES, check_range};
use crate::store::{Entry, StoreError, Upload};

/// Most bytes that are copied without looking whether anybody still waits for them.
const COPY_BYTES: u64 = 1 << 30;

/// An object under way.
///
/// Invariant: while `whole` holds, the staged file and `buffer` together are every byte that was
/// appended, `written` of them in the file.
pub(crate) struct FileUpload {
    layout: Arc<Layout>,
    key: Key,
    staged: Arc<Staged>,
    buffer: BytesMut,
    written: u64,
    whole: bool,
    moved: Arc<AtomicU64>,
}

impl FileUpload {
    pub(crate) fn begin(
        layout: Arc<Layout>,
        key: Key,
        moved: Arc<AtomicU64>,
    ) -> Result<Self, StoreError> {
        layout.path(&key)?;
        let staged = Arc::new(Staged::create(&layout, &key)?);
        Ok(Self { layout, key, staged, buffer: BytesMut::new(), written: 0, whole: true, moved })
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        let chunk = self.buffer.split().freeze();
        if chunk.is_empty() { Ok(()) } else { self.lay(chunk).await }
    }

    async fn lay(&mut self, chunk: Bytes) -> Result<(), StoreError> {
        let (staged, key, at, len) =
            (Arc::clone(&self.staged), self.key.clone(), self.written, chunk.len() as u64);
        self.step(len, len, "write a file", move || staged.write(&key, &chunk, at).map(|()| 0))
            .await
    }

    /// Appends `len` bytes by blocking work, which says how many bytes it moved beyond `sent`.
    ///
    /// A step that fails, or whose future is dropped, leaves a hole: the object is not whole any
    /// more and cannot be finished.
    async fn step<Work>(
        &mut self,
        len: u64,
        sent: u64,
        during: &'static str,
        work: Work,
    ) -> Result<(), StoreError>
    where
        Work: FnOnce() -> Result<u64, StoreError> + Send + 'static,
    {
        self.whole = false;
        let carried = blocking(during, work).await?;
        self.whole = true;
        self.written += len;
        self.moved.fetch_add(sent + carried, Ordering::Relaxed);
        Ok(())
    }
}

#[async_trait]
impl Upload for FileUpload {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        if bytes.len() as u64 >= CHUNK_BYTES {
            self.flush().await?;
            return self.lay(bytes).await;
        }
        self.buffer.extend_from_slice(&bytes);
        if self.buffer.len() as u64 >= CHUNK_BYTES { self.flush().await } else { Ok(()) }
    }

    async fn copy(
        &mut self,
        from: &Key,
        range: Range<u64>,
        tag: &crate::store::Tag,
    ) -> Result<(), StoreError> {
        self.flush().await?;
        let (layout, key, tag, asked) =
            (Arc::clone(&self.layout), from.clone(), tag.clone(), range.clone());
        let source = blocking("open a file", move || {
            let (file, entry) = layout.open_object(&key, Some(&tag))?;
            check_range(&key, &asked, entry.len)?;
            Ok(Arc::new(file))
        })
        .await?;
        let mut start = range.start;
        while start < range.end {
            let end = range.end.min(start.saturating_add(COPY_BYTES));
            let (source, staged, key) =
                (Arc::clone(&source), Arc::clone(&self.staged), from.clone());
            let at = self.written;
            self.step(end - start, 0, "copy a file", move || {
                copy_range(&source, start..end, staged.file(), at)
                    .map_err(|error| failure(&key, "copy a file", error))
            })
            .await?;
            start = end;
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<Entry, StoreError> {
        if !self.whole {
            let what = "a piece of it was not written".to_owned();
            return Err(StoreError::Damaged { key: self.key, what });
        }
        self.flush().await?;
        let (layout, staged, key, len) = (self.layout, self.staged, self.key, self.written);
        blocking("finish a file", move || {
            let path = layout.path(&key)?;
            let tag = staged.seal(&key)?;
            let _held = layout.lock(&key)?;
            layout.rename(&staged, &key, &path)?;
            Ok(Entry { key, len, tag })
        })
        .await
    }

    async fn abort(self: Box<Self>) -> Result<(), StoreError> {
        // Taking away a large file takes a while.
        blocking("give a file up", move || {
            drop(self);
            Ok(())
        })
        .await
    }
}
