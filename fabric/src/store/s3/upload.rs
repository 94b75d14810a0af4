//! An object written in parts, some by us and some by the server.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::types::CompletedPart;
use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use proto::key::Key;
use tokio::task::JoinSet;

use super::bucket::{Bucket, Writer};
use super::multipart::{NotCopied, Origin, Place};
use super::parts::{MOST_PARTS, Way, copied_parts, way, written_part_bytes};
use crate::store::{Entry, StoreError, Tag, Upload};

/// Most bytes of one upload in memory: those that wait for a part to be full, and those on their
/// way (64 MiB).
const BUDGET_BYTES: usize = 64 << 20;

/// Most parts on their way from here. More would not make one line faster.
const SENT_AT_ONCE: usize = 3;

/// Most parts that the server copies at once for one upload.
const COPIED_AT_ONCE: usize = 8;

/// Least that is set aside for a part at once, in bytes; below, it grows as it fills.
const GROWN_BYTES: usize = 1 << 20;

/// An object under way.
///
/// Invariant: while `whole` holds, the parts, in the order of their numbers, those on their way
/// included, and then `buffer` are every byte that was appended, `len` of them. An object that
/// fits into one part never becomes an upload on the server.
pub(crate) struct S3Upload {
    bucket: Arc<Bucket>,
    key: Key,
    writer: Writer,
    id: Option<String>,
    buffer: BytesMut,
    len: u64,
    whole: bool,
    /// The number that the next part gets.
    next: u32,
    done: Vec<CompletedPart>,
    under_way: JoinSet<Result<Laid, StoreError>>,
    sent: usize,
    sent_bytes: usize,
    copied: usize,
}

/// A part that arrived, and what it took.
enum Laid {
    Sent(CompletedPart, usize),
    Copied(CompletedPart),
}

impl S3Upload {
    pub(crate) fn begin(bucket: Arc<Bucket>, key: Key) -> Self {
        Self {
            bucket,
            key,
            writer: Writer::new(),
            id: None,
            buffer: BytesMut::new(),
            len: 0,
            whole: true,
            next: 1,
            done: Vec::new(),
            under_way: JoinSet::new(),
            sent: 0,
            sent_bytes: 0,
            copied: 0,
        }
    }

    async fn append(&mut self, mut bytes: Bytes) -> Result<(), StoreError> {
        while !bytes.is_empty() {
            let full = written_part_bytes(self.next);
            while self.sent_bytes + full > BUDGET_BYTES {
                self.settle_one().await?;
            }
            if self.buffer.is_empty() && bytes.len() >= full {
                let part = bytes.split_to(full);
                self.len += full as u64;
                self.send(part).await?;
                continue;
            }
            let taken = bytes.split_to(bytes.len().min(full - self.buffer.len()));
            let wanted = self.buffer.len() + taken.len();
            if wanted > self.buffer.capacity() && wanted > GROWN_BYTES {
                self.buffer.reserve(full - self.buffer.len());
            }
            self.buffer.extend_from_slice(&taken);
            self.len += taken.len() as u64;
            if self.buffer.len() == full {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Sends what waits as a part, whatever its size.
    async fn flush(&mut self) -> Result<(), StoreError> {
        let part = std::mem::take(&mut self.buffer).freeze();
        if part.is_empty() { Ok(()) } else { self.send(part).await }
    }

    async fn send(&mut self, part: Bytes) -> Result<(), StoreError> {
        while self.sent >= SENT_AT_ONCE {
            self.settle_one().await?;
        }
        let place = self.place().await?;
        self.sent += 1;
        self.sent_bytes += part.len();
        let bucket = Arc::clone(&self.bucket);
        self.under_way.spawn(async move {
            let len = part.len();
            Ok(Laid::Sent(bucket.send_part(&place, part).await?, len))
        });
        Ok(())
    }

    /// Appends by reading and writing again.
    async fn carry(&mut self, origin: &Origin) -> Result<(), StoreError> {
        let bucket = Arc::clone(&self.bucket);
        let mut chunks =
            Bucket::read(&bucket, &origin.key, origin.range.clone(), Some(&origin.tag)).await?;
        while let Some(chunk) = chunks.try_next().await? {
            self.append(chunk).await?;
        }
        Ok(())
    }

    /// Appends by having the server copy.
    async fn copy_parts(&mut self, origin: &Origin) -> Result<(), StoreError> {
        for range in copied_parts(origin.range.clone()) {
            let part = Origin { range, ..origin.clone() };
            let len = part.range.end - part.range.start;
            if self.bucket.copies.are_lacking() || !self.copy_part(&part).await? {
                self.carry(&part).await?;
            } else {
                self.len += len;
            }
        }
        Ok(())
    }

    /// Has the server copy a part; whether it can. The first is waited for, to learn that.
    async fn copy_part(&mut self, origin: &Origin) -> Result<bool, StoreError> {
        while self.copied >= COPIED_AT_ONCE {
            self.settle_one().await?;
        }
        // What waits comes before; it is large enough, or nothing.
        self.flush().await?;
        let place = self.place().await?;
        let (bucket, origin) = (Arc::clone(&self.bucket), origin.clone());
        if !bucket.copies.are_known_to_work() {
            match bucket.copy_part(&place, &origin).await {
                Ok(part) => {
                    bucket.copies.worked();
                    self.done.push(part);
                    return Ok(true);
                }
                Err(NotCopied::NotImplemented) => {
                    bucket.copies.failed();
                    self.next -= 1;
                    return Ok(false);
                }
                Err(NotCopied::Failed(error)) => return Err(error),
            }
        }
        self.copied += 1;
        self.under_way.spawn(async move {
            match bucket.copy_part(&place, &origin).await {
                Ok(part) => Ok(Laid::Copied(part)),
                Err(NotCopied::Failed(error)) => Err(error),
                Err(NotCopied::NotImplemented) => {
                    let source = "the server copied before and now does not know how".into();
                    Err(StoreError::Unavailable { during: "copy a part", source })
                }
            }
        });
        Ok(true)
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

    /// Waits until one of the parts on their way arrived.
    async fn settle_one(&mut self) -> Result<(), StoreError> {
        match self.under_way.join_next().await {
            Some(Ok(Ok(Laid::Sent(part, len)))) => {
                self.sent -= 1;
                self.sent_bytes -= len;
                self.done.push(part);
                Ok(())
            }
            Some(Ok(Ok(Laid::Copied(part)))) => {
                self.copied -= 1;
                self.done.push(part);
                Ok(())
            }
            Some(Ok(Err(error))) => Err(error),
            Some(Err(error)) => {
                Err(StoreError::Unavailable { during: "write a part", source: Box::new(error) })
            }
            None => Ok(()),
        }
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
        let waiting = self.buffer.len() as u64;
        let origin = Origin { key: from.clone(), range: range.clone(), tag: tag.clone() };
        match way(waiting, range.end.saturating_sub(range.start)) {
            Way::Copied { head } if !self.bucket.copies.are_lacking() => {
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
        while !self.under_way.is_empty() {
            self.settle_one().await?;
        }
        let Self { bucket, key, writer, len, mut done, id, .. } = *self;
        done.sort_by_key(CompletedPart::part_number);
        let id = id.unwrap_or_default();
        bucket.complete(&key, &id, done, &writer, len).await
    }

    async fn abort(mut self: Box<Self>) -> Result<(), StoreError> {
        // A part that arrives after the end of its upload would stay for ever on some servers.
        self.under_way.shutdown().await;
        match &self.id {
            Some(id) => self.bucket.abort(&self.key, id).await,
            None => Ok(()),
        }
    }
}
