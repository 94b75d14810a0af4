//! Writing a segment: bytes go to the store as they come, length and checksum are kept, and the
//! object is begun only when there are bytes at all.

use bytes::Bytes;
use fabric::store::{Store, StoreError, Upload};
use proto::commit::Segment;
use proto::key::Key;
use tokio::sync::mpsc;

/// How many bytes are gathered before they are passed on (1 MiB).
pub(crate) const CHUNK_BYTES: usize = 1 << 20;

/// A segment under way.
pub(crate) struct SegmentWriter<'s> {
    store: &'s dyn Store,
    key: Key,
    upload: Option<Box<dyn Upload>>,
    len: u64,
    crc32: crc32fast::Hasher,
}

impl<'s> SegmentWriter<'s> {
    /// A segment of which nothing is written.
    pub(crate) fn new(store: &'s dyn Store, key: Key) -> Self {
        Self { store, key, upload: None, len: 0, crc32: crc32fast::Hasher::new() }
    }

    /// How many bytes are written.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Appends bytes.
    pub(crate) async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.len += bytes.len() as u64;
        self.crc32.update(&bytes);
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => none.insert(self.store.upload(&self.key).await?),
        };
        upload.write(bytes).await
    }

    /// Appends everything that comes.
    pub(crate) async fn write_all(
        &mut self,
        chunks: &mut mpsc::Receiver<Bytes>,
    ) -> Result<(), StoreError> {
        while let Some(chunk) = chunks.recv().await {
            self.write(chunk).await?;
        }
        Ok(())
    }

    /// Makes the segment visible; nothing where no byte was written.
    pub(crate) async fn finish(self) -> Result<Option<Segment>, StoreError> {
        let Some(upload) = self.upload else { return Ok(None) };
        let entry = upload.finish().await?;
        Ok(Some(Segment {
            key: self.key,
            len: self.len,
            crc32: self.crc32.finalize(),
            tag: entry.tag.0,
        }))
    }

    /// Gives the segment up. What cannot be taken away now is swept later.
    pub(crate) async fn abort(self) {
        if let Some(upload) = self.upload
            && let Err(error) = upload.abort().await
        {
            tracing::debug!(error = &error as &dyn std::error::Error, "segment not taken away");
        }
    }
}
