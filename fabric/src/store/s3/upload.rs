//! An object written in parts, some by us and some by the server.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;
use proto::key::Key;

use super::bucket::{Bucket, Writer};
use super::buffers::Buffer;
use super::copying::{Copying, Origin};
use super::multipart::Place;
use super::parts::{JOINED_PART_BYTES, MOST_PARTS, Way, copied_parts, way, written_part_bytes};
use super::under_way::UnderWay;
use crate::store::{Entry, StoreError, Tag, Upload};

/// Most bytes of one upload in memory: those that wait for a part to be full, and those on their
/// way (64 MiB).
const BUDGET_BYTES: usize = 64 << 20;

/// An object under way.
///
/// Invariant: while `whole` holds, the parts, in the order of their numbers, those on their way
/// included, and then `buffer` are every byte that was appended, `len` of them. An object that
/// fits into one part never becomes an upload on the server.
pub(crate) struct S3Upload {
    bucket: Arc<Bucket>,
    /// Where copies are from.
    origin: Arc<Bucket>,
    key: Key,
    writer: Writer,
    id: Option<String>,
    buffer: Buffer,
    len: u64,
    whole: bool,
    /// Whether anything was copied into it.
    joins: bool,
    /// The number that the next part gets.
    next: u32,
    under_way: UnderWay,
}

impl S3Upload {
    /// Begins an object of one bucket; copies are from another of the same server, or from the same.
    pub(crate) fn begin(bucket: Arc<Bucket>, origin: Arc<Bucket>, key: Key) -> Self {
        let buffer = bucket.buffers.empty();
        Self {
            bucket,
            origin,
            key,
            writer: Writer::new(),
            id: None,
            buffer,
            len: 0,
            whole: true,
            joins: false,
            next: 1,
            under_way: UnderWay::default(),
        }
    }

    async fn append(&mut self, mut bytes: Bytes) -> Result<(), StoreError> {
        while !bytes.is_empty() {
            let full = self.part_bytes();
            self.under_way.drain_to(BUDGET_BYTES - full).await?;
            if self.buffer.is_empty() && bytes.len() >= full {
                let part = bytes.split_to(full);
                self.len += full as u64;
                self.send(part).await?;
                continue;
            }
            let taken = bytes.split_to(bytes.len().min(full - self.buffer.len()));
            self.buffer.extend(&taken, full);
            self.len += taken.len() as u64;
            if self.buffer.len() == full {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// The size that the part of what is written now will have.
    fn part_bytes(&self) -> usize {
        let least = if self.joins { JOINED_PART_BYTES } else { 0 };
        written_part_bytes(self.next).max(least)
    }

    /// Sends what waits as a part, whatever its size.
    async fn flush(&mut self) -> Result<(), StoreError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.buffer, self.bucket.buffers.empty());
        self.send(full.freeze()).await
    }

    async fn send(&mut self, part: Bytes) -> Result<(), StoreError> {
        let place = self.place().await?;
        self.under_way.send(&self.bucket, place, part).await
    }

    /// Appends by reading and writing again.
    async fn carry(&mut self, origin: &Origin) -> Result<(), StoreError> {
        let mut chunks =
            Bucket::read(&origin.bucket, &origin.key, origin.range.clone(), Some(&origin.tag))
                .await?;
        while let Some(chunk) = chunks.try_next().await? {
            self.append(chunk).await?;
        }
        Ok(())
    }

    /// Appends by having the server copy, where it can.
    async fn copy_parts(&mut self, origin: &Origin) -> Result<(), StoreError> {
        let copying = if let Some(known) = self.bucket.copying() {
            known
        } else {
            let place = self.place().await?;
            self.next -= 1;
            self.bucket.learn_copying(&place, origin).await?
        };
        if copying == Copying::Lacking {
            return self.carry(origin).await;
        }
        // What waits comes before; it is large enough, or nothing.
        self.flush().await?;
        for range in copied_parts(origin.range.clone()) {
            let (place, len) = (self.place().await?, range.end - range.start);
            self.under_way.copy(&self.bucket, place, Origin { range, ..origin.clone() }).await?;
            self.len += len;
        }
        Ok(())
    }

    /// The place of the next part, in an upload that begins with the first.
    async fn place(&mut self) -> Result<Place, StoreError> {
        if self.next > MOST_PARTS {
            let source = format!("{} needs more than {MOST_PARTS} parts", self.key).into();
            return Err(StoreError::Refused { during: "write a part", source });
        }
        let upload_id = match &self.id {
            Some(id) => id.clone(),
            None => self.id.insert(self.bucket.begin(&self.key, &self.writer).await?).clone(),
        };
        let place = Place { key: self.key.clone(), upload_id, number: self.next };
        self.next += 1;
        Ok(place)
    }

    /// Notes that a step began; one that fails, or whose future is dropped, leaves it noted.
    fn begin_step(&mut self) -> Result<(), StoreError> {
        if std::mem::replace(&mut self.whole, false) {
            return Ok(());
        }
        let what = "a piece of it was not written".to_owned();
        Err(StoreError::Damaged { key: self.key.clone(), what })
    }
}

#[async_trait]
impl Upload for S3Upload {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.begin_step()?;
        self.append(bytes).await?;
        self.whole = true;
        Ok(())
    }

    async fn copy(&mut self, from: &Key, range: Range<u64>, tag: &Tag) -> Result<(), StoreError> {
        self.begin_step()?;
        self.joins = true;
        let waiting = self.buffer.len() as u64;
        let bucket = Arc::clone(&self.origin);
        let origin = Origin { bucket, key: from.clone(), range: range.clone(), tag: tag.clone() };
        match way(waiting, range.end.saturating_sub(range.start)) {
            Way::Copied { head } if self.bucket.copying() != Some(Copying::Lacking) => {
                let cut = range.start + head;
                if head > 0 {
                    self.carry(&Origin { range: range.start..cut, ..origin.clone() }).await?;
                }
                self.copy_parts(&Origin { range: cut..range.end, ..origin }).await?;
            }
            Way::Copied { .. } | Way::Carried => self.carry(&origin).await?,
        }
        self.whole = true;
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<Entry, StoreError> {
        self.begin_step()?;
        if self.id.is_none() {
            return self.bucket.put(&self.key, self.buffer.freeze(), &self.writer).await;
        }
        self.flush().await?;
        let parts = self.under_way.settle().await?;
        let Self { bucket, key, writer, len, id, .. } = *self;
        bucket.complete(&key, &id.unwrap_or_default(), parts, &writer, len).await
    }

    async fn abort(mut self: Box<Self>) -> Result<(), StoreError> {
        // A part that arrives after the end of its upload would stay for ever on some servers.
        self.under_way.stop().await;
        match &self.id {
            Some(id) => self.bucket.abort(&self.key, id).await,
            None => Ok(()),
        }
    }
}
