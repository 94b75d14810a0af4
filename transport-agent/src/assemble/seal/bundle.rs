//! A bundle: files that are sealed one after another into one object, each by itself.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use fabric::store::{Store, StoreError};
use futures::stream::{self, BoxStream, Peekable, StreamExt, TryStreamExt};
use proto::archive::Volume;
use proto::key::Key;
use proto::sealed::{Bundle, SealedFile};
use tokio::sync::mpsc;

use super::lock::Lock;
use super::name::sealed_path;
use super::outlet::Left;
use super::stream::{Done, Piece, give_up, pour};
use crate::Agent;
use crate::error::AgentError;
use crate::parcel::Parcel;

/// Most files of a bundle, whose names are one record.
const MOST_FILES: usize = 1000;

/// Most bytes of files in a bundle (64 MiB), unless a single one has more: what is done again after a
/// crash.
const MOST_BYTES: u64 = 64 << 20;

/// Files that are yet to be sealed, in the order of the tree.
pub(super) type Waiting = Peekable<BoxStream<'static, Result<Ready, StoreError>>>;

/// A file that is sealed next.
pub(super) struct Ready {
    pub(super) parcel: Parcel,
    /// Its bytes, where they were read ahead.
    pub(super) content: Option<Vec<Bytes>>,
}

/// A file that was fed.
pub(super) struct Fed {
    /// Its path, as anyone can read it.
    pub(super) path: String,
    /// CRC-32 of it, as anyone can read it.
    pub(super) crc32: u32,
}

impl Agent {
    /// Seals the next files into an object; nothing where there are no more.
    pub(super) async fn seal_bundle(
        &self,
        lock: &Arc<Lock>,
        key: Key,
        waiting: &mut Waiting,
    ) -> Result<Option<Bundle>, AgentError> {
        if Pin::new(&mut *waiting).peek().await.is_none() {
            return Ok(None);
        }
        let sealed = self.seal_files(lock, key, |feed| feed_files(&self.store, waiting, feed));
        Ok(Some(sealed.await?))
    }

    /// Seals what is fed into an object, and checks it.
    pub(super) async fn seal_files<F>(
        &self,
        lock: &Arc<Lock>,
        key: Key,
        feed: impl FnOnce(mpsc::Sender<Piece>) -> F,
    ) -> Result<Bundle, AgentError>
    where
        F: Future<Output = Result<Vec<Fed>, StoreError>>,
    {
        let mut upload = self.store.upload(&key).await?;
        let poured = pour(lock, &mut *upload, feed).await;
        let (files, crc32, tail) = match poured.and_then(|(plain, done)| listed(&plain, done)) {
            Ok(listed) => listed,
            Err(error) => return Err(give_up(upload, error).await),
        };
        upload.finish().await?;
        let len = files.iter().map(|file| file.len).sum();
        let object = Volume { name: String::new(), key, len, crc32, sha256: None };
        let Volume { key, .. } = self.check_or_delete(object, &tail).await?;
        Ok(Bundle { key, files, recipient: None })
    }
}

/// Feeds the next files, as many as go into a bundle; those that were fed.
async fn feed_files(
    store: &Arc<dyn Store>,
    waiting: &mut Waiting,
    feed: mpsc::Sender<Piece>,
) -> Result<Vec<Fed>, StoreError> {
    let (mut files, mut bytes) = (Vec::new(), 0_u64);
    let mut waiting = Pin::new(waiting);
    while files.len() < MOST_FILES {
        let fits = |next: &Result<Ready, StoreError>| {
            let Ok(next) = next else { return true };
            bytes == 0 || bytes.saturating_add(next.parcel.size) <= MOST_BYTES
        };
        let Some(next) = waiting.as_mut().next_if(fits).await else { break };
        let Ready { parcel, content } = next?;
        bytes += parcel.size;
        let mut content = match content {
            Some(chunks) => stream::iter(chunks.into_iter().map(Ok)).boxed(),
            None => parcel.read(store).await?,
        };
        while let Some(chunk) = content.try_next().await? {
            if feed.send(Piece::Bytes(chunk)).await.is_err() {
                return Ok(files);
            }
        }
        if feed.send(Piece::End).await.is_err() {
            return Ok(files);
        }
        files.push(Fed { path: parcel.path, crc32: parcel.crc32 });
    }
    Ok(files)
}

/// What is known of the files of a bundle, the CRC-32 of all together, and how it ends.
fn listed(plain: &[Fed], done: Done) -> Result<(Vec<SealedFile>, u32, Vec<u8>), AgentError> {
    if plain.len() != done.files.len() {
        let what = format!("{} files were sealed of {}", done.files.len(), plain.len());
        return Err(AgentError::Damaged { what });
    }
    let (mut files, mut offset) = (Vec::with_capacity(plain.len()), 0);
    let mut all = crc32fast::Hasher::new();
    for (fed, sealed) in plain.iter().zip(done.files) {
        let Left { len, crc32, sha256 } = sealed.of(&fed.path, fed.crc32)?;
        let path = sealed_path(&fed.path);
        files.push(SealedFile { path, offset, len, crc32, sha256 });
        all.combine(&crc32fast::Hasher::new_with_initial_len(crc32, len));
        offset += len;
    }
    Ok((files, all.finalize(), done.tail))
}
