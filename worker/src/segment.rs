//! Writing segments: bytes go to the store as they come, length and checksum are kept, and an object
//! is begun only when there are bytes at all.

use bytes::Bytes;
use fabric::store::{Store, StoreError, Upload};
use proto::commit::Segment;
use proto::key::Key;
use tokio::sync::mpsc;

use crate::laying::Part;

/// How many bytes are gathered before they are passed on (1 MiB).
pub(crate) const CHUNK_BYTES: usize = 1 << 20;

/// The segments of a batch under way, one for each lay.
pub(crate) struct Segments<'s>(Vec<SegmentWriter<'s>>);

impl<'s> Segments<'s> {
    /// Segments of which nothing is written, under these keys.
    pub(crate) fn new(store: &'s dyn Store, keys: impl IntoIterator<Item = Key>) -> Self {
        Self(keys.into_iter().map(|key| SegmentWriter::new(store, key)).collect())
    }

    /// Appends everything that comes, each part to its segment.
    pub(crate) async fn write_all(
        &mut self,
        parts: &mut mpsc::Receiver<Part>,
    ) -> Result<(), StoreError> {
        while let Some((place, bytes)) = parts.recv().await {
            if let Some(segment) = self.0.get_mut(place) {
                segment.write(bytes).await?;
            }
        }
        Ok(())
    }

    /// Makes the segments visible, one after the other; nothing for one of which no byte was written.
    pub(crate) async fn finish(self) -> Result<Vec<Option<Segment>>, StoreError> {
        let mut segments = Vec::with_capacity(self.0.len());
        for writer in self.0 {
            segments.push(writer.finish().await?);
        }
        Ok(segments)
    }

    /// Gives the segments up. What cannot be taken away now is swept later.
    pub(crate) async fn abort(self) {
        for writer in self.0 {
            writer.abort().await;
        }
    }
}

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
