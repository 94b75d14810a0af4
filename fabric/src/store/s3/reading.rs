//! Reads that survive a connection that breaks off.

use std::ops::Range;
use std::sync::Arc;

use aws_sdk_s3::primitives::ByteStream;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use proto::key::Key;

use super::bucket::{Bucket, TRIES, length, pause, quoted, tag};
use super::failure::failure;
use crate::store::{MAX_WHOLE_BYTES, StoreError, Tag};

/// Most bytes in a chunk (1 MiB).
const CHUNK_BYTES: usize = 1 << 20;

impl Bucket {
    /// Reads a whole object.
    pub(crate) async fn get(&self, key: &Key) -> Result<(Bytes, Tag), StoreError> {
        let mut failed = 0;
        loop {
            match self.get_once(key).await {
                Err(error @ StoreError::Unavailable { .. }) => {
                    failed += 1;
                    if failed == TRIES {
                        return Err(error);
                    }
                }
                done => return done,
            }
            pause(failed).await;
        }
    }

    async fn get_once(&self, key: &Key) -> Result<(Bytes, Tag), StoreError> {
        let during = "read an object";
        let request = self.client.get_object().bucket(self.name()).key(self.path(key));
        let answer = request.send().await.map_err(|error| failure(key, during, error))?;
        let len = length(answer.content_length());
        if len > MAX_WHOLE_BYTES {
            let what = format!("{len} bytes are too many to be read whole");
            return Err(StoreError::Damaged { key: key.clone(), what });
        }
        let tag = tag(answer.e_tag());
        let (mut body, mut bytes) = (answer.body, BytesMut::new());
        while let Some(chunk) = body.next().await {
            let chunk = chunk
                .map_err(|error| StoreError::Unavailable { during, source: Box::new(error) })?;
            self.count(chunk.len());
            bytes.extend_from_slice(&chunk);
        }
        if bytes.len() as u64 == len {
            return Ok((bytes.freeze(), tag));
        }
        Err(broken_off(during))
    }

    /// Reads a range as a stream. A connection that breaks off is made again where it broke, to the
    /// same object: one that was changed meanwhile is damage, not a mixture.
    pub(crate) async fn read(
        this: &Arc<Self>,
        key: &Key,
        range: Range<u64>,
        tag: Option<&Tag>,
    ) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
        if range.start >= range.end {
            // An empty range cannot be asked for, but it can be wrong.
            this.check_range(key, &range, tag).await?;
            return Ok(stream::empty().boxed());
        }
        let mut reading = Reading {
            bucket: Arc::clone(this),
            key: key.clone(),
            left: range,
            tag: tag.cloned(),
            body: None,
            rest: Bytes::new(),
            failed: 0,
        };
        reading.open().await?;
        let chunks = stream::try_unfold(reading, |mut reading| async move {
            Ok(reading.next().await?.map(|chunk| (chunk, reading)))
        });
        Ok(chunks.boxed())
    }

    /// Whether a range is within an object that has the tag, without reading it.
    pub(crate) async fn check_range(
        &self,
        key: &Key,
        range: &Range<u64>,
        tag: Option<&Tag>,
    ) -> Result<(), StoreError> {
        let entry = self.head(key).await?.entry;
        if range.start > range.end || range.end > entry.len {
            return Err(beyond(key, range));
        }
        match tag {
            Some(tag) if *tag != entry.tag => Err(other_object(key)),
            Some(_) | None => Ok(()),
        }
    }
}

/// A range on its way.
struct Reading {
    bucket: Arc<Bucket>,
    key: Key,
    /// What has not arrived yet.
    left: Range<u64>,
    /// The object's, from the first answer on.
    tag: Option<Tag>,
    /// The answer under way.
    body: Option<ByteStream>,
    /// What arrived and has not been handed on yet.
    rest: Bytes,
    /// How often it broke off since the last byte.
    failed: u32,
}

impl Reading {
    /// Asks for what is left.
    async fn open(&mut self) -> Result<(), StoreError> {
        let (key, range) = (&self.key, &self.left);
        let request = self
            .bucket
            .client
            .get_object()
            .bucket(self.bucket.name())
            .key(self.bucket.path(key))
            .range(format!("bytes={}-{}", range.start, range.end - 1))
            .set_if_match(self.tag.as_ref().map(quoted));
        let answer = request.send().await.map_err(|error| failure(key, "read a range", error))?;
        if length(answer.content_length()) != range.end - range.start {
            return Err(beyond(key, range));
        }
        let found = tag(answer.e_tag());
        // Not every server heeds the condition.
        if self.tag.as_ref().is_some_and(|tag| *tag != found) {
            return Err(other_object(key));
        }
        self.tag = Some(found);
        self.body = Some(answer.body);
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        loop {
            if !self.rest.is_empty() {
                let len = self.rest.len().min(CHUNK_BYTES);
                return Ok(Some(self.rest.split_to(len)));
            }
            if self.left.is_empty() {
                return Ok(None);
            }
            let Some(body) = &mut self.body else {
                self.open().await?;
                continue;
            };
            match body.next().await {
                Some(Ok(chunk)) => self.take(chunk)?,
                Some(Err(error)) => {
                    let during = "read a range";
                    self.retry(StoreError::Unavailable { during, source: Box::new(error) }).await?;
                }
                None => self.retry(broken_off("read a range")).await?,
            }
        }
    }

    fn take(&mut self, chunk: Bytes) -> Result<(), StoreError> {
        self.bucket.count(chunk.len());
        if chunk.len() as u64 > self.left.end - self.left.start {
            let what = "more arrived than was asked for".to_owned();
            return Err(StoreError::Damaged { key: self.key.clone(), what });
        }
        self.left.start += chunk.len() as u64;
        self.rest = chunk;
        self.failed = 0;
        Ok(())
    }

    async fn retry(&mut self, error: StoreError) -> Result<(), StoreError> {
        self.body = None;
        self.failed += 1;
        if self.failed == TRIES {
            return Err(error);
        }
        pause(self.failed).await;
        Ok(())
    }
}

fn broken_off(during: &'static str) -> StoreError {
    StoreError::Unavailable { during, source: "the answer ended too early".into() }
}

fn beyond(key: &Key, range: &Range<u64>) -> StoreError {
    let what = format!("bytes {} to {} are not within it", range.start, range.end);
    StoreError::Damaged { key: key.clone(), what }
}

fn other_object(key: &Key) -> StoreError {
    StoreError::Damaged {
        key: key.clone(),
        what: "it is not the object that was written before".to_owned(),
    }
}
