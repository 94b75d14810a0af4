//! A file's bytes from some place on, in chunks, for a thread that may block.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use fabric::store::{Store, StoreError, Tag};
use futures::StreamExt;
use futures::stream::BoxStream;
use proto::key::Key;
use proto::plan::FileRange;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::SourceError;

/// Most bytes asked of a file at once (1 MiB).
pub(crate) const CHUNK_BYTES: usize = 1 << 20;

/// A file, open at some place.
pub(super) enum Opened {
    /// On a disk.
    Local(File),
    /// In a bucket.
    Bucket(BucketReader),
}

/// Reads a file from the beginning of a range up to the end of the file; the caller stops where it
/// has enough.
pub(crate) struct FileReader {
    opened: Opened,
    path: String,
    at: u64,
    /// What is asked of a bucket at once; beyond the end of the range, chunk by chunk.
    expected_end: u64,
    file_len: u64,
    stop: CancellationToken,
}

impl FileReader {
    /// A reader of a file that was opened at the beginning of a range.
    pub(super) fn new(opened: Opened, range: &FileRange, stop: CancellationToken) -> Self {
        Self {
            opened,
            path: range.path.clone(),
            at: range.start,
            expected_end: range.end,
            file_len: range.file_len,
            stop,
        }
    }

    /// The byte that is read next.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// Reads some bytes; none at the end of the file only.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> Result<usize, SourceError> {
        if self.stop.is_cancelled() {
            return Err(super::stopped());
        }
        let left = usize::try_from(self.file_len - self.at).unwrap_or(usize::MAX);
        let room = into.len().min(left).min(CHUNK_BYTES);
        if room == 0 {
            return Ok(0);
        }
        let into = &mut into[..room];
        let len = match &mut self.opened {
            Opened::Local(file) => file.read(into).map_err(|error| SourceError::Unavailable {
                what: format!("{} at byte {}: {error}", self.path, self.at),
            })?,
            Opened::Bucket(reader) => {
                let chunk_end = (self.at + CHUNK_BYTES as u64).min(self.file_len);
                let read = reader.read(into, self.at..self.expected_end.max(chunk_end));
                read.map_err(|error| {
                    let is_damaged = matches!(error, StoreError::Damaged { .. });
                    if is_damaged || error.is_missing() {
                        changed(&self.path)
                    } else {
                        error.into()
                    }
                })?
            }
        };
        if len == 0 {
            return Err(changed(&self.path));
        }
        self.at += len as u64;
        Ok(len)
    }
}

fn changed(path: &str) -> SourceError {
    SourceError::Changed { what: format!("{path} was written while it was read") }
}

/// Reads an object of a bucket, range by range.
pub(super) struct BucketReader {
    store: Arc<dyn Store>,
    key: Key,
    tag: Tag,
    handle: Handle,
    stream: Option<BoxStream<'static, Result<Bytes, StoreError>>>,
    chunk: Bytes,
}

impl BucketReader {
    /// A reader of an object as it is under this tag.
    pub(super) fn new(store: Arc<dyn Store>, key: Key, tag: Tag, handle: Handle) -> Self {
        Self { store, key, tag, handle, stream: None, chunk: Bytes::new() }
    }

    /// Reads some bytes, asking for the range where nothing is under way; none where the store ends
    /// early.
    fn read(&mut self, into: &mut [u8], range: Range<u64>) -> Result<usize, StoreError> {
        let mut asked = false;
        while self.chunk.is_empty() {
            let stream = match &mut self.stream {
                Some(stream) => stream,
                None if asked => return Ok(0),
                None => {
                    asked = true;
                    let opened = self.store.read(&self.key, range.clone(), Some(&self.tag));
                    self.stream.insert(self.handle.block_on(opened)?)
                }
            };
            match self.handle.block_on(stream.next()) {
                Some(chunk) => self.chunk = chunk?,
                None => self.stream = None,
            }
        }
        let len = self.chunk.len().min(into.len());
        into[..len].copy_from_slice(&self.chunk.split_to(len));
        Ok(len)
    }
}
