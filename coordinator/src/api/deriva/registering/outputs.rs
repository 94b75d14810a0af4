//! What a run made, with the digests by which it is registered.

use std::sync::Arc;

use bytes::Bytes;
use fabric::record;
use fabric::store::{Store, StoreError};
use futures::{StreamExt, TryStreamExt};
use pack::digest::MemberDigest;
use proto::archive::Archive;
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use tokio::sync::mpsc;
use tokio::task::JoinError;
use tree::File;

use crate::api::deriva::listed::is_result;
use crate::api::deriva::names::archive;
use crate::api::deriva::trouble::Trouble;

/// Most files of a run that are registered one by one.
const MOST: usize = 100;

/// How many chunks are read before they are hashed.
const AHEAD: usize = 4;

/// An output: a volume, or a file that is in no archive.
pub(super) struct Output {
    /// Its path, as clients know it.
    pub(super) path: String,
    /// Its path where transports bring it to.
    pub(super) stored: String,
    /// Its length in bytes.
    pub(super) len: u64,
    crc32: u32,
    sha256: Option<String>,
    content: Content,
}

/// Where its bytes are.
enum Content {
    Volume(Key),
    File(Box<File>),
}

/// The outputs of a run that is done.
pub(super) async fn outputs(store: &Arc<dyn Store>, run: RunId) -> Result<Vec<Output>, Trouble> {
    let made: Option<Archive> = record::find(&**store, &Key::archive(run, 0)).await?;
    let volumes = made.map(|made| made.volumes).unwrap_or_default();
    if !volumes.is_empty() {
        let output = |volume: proto::archive::Volume| Output {
            path: archive(&volume.name),
            stored: volume.name,
            len: volume.len,
            crc32: volume.crc32,
            sha256: volume.sha256,
            content: Content::Volume(volume.key),
        };
        return Ok(volumes.into_iter().map(output).collect());
    }
    let files = tree::files(store, run, None);
    let files = files.try_filter(|file| std::future::ready(is_result(file)));
    let files: Vec<File> = files.boxed().take(MOST + 1).try_collect().await?;
    if files.len() > MOST {
        let what = format!("there are more than {MOST} files, each of which wants an identifier");
        let fault = Fault::new(Code::TooLarge, what).hint("ask for a bag, which has one");
        return Err(Trouble::of_run(vec![fault]));
    }
    let output = |file: File| Output {
        path: file.path.clone(),
        stored: file.path.clone(),
        len: file.size,
        crc32: file.crc32,
        sha256: file.sha256.clone(),
        content: Content::File(Box::new(file)),
    };
    Ok(files.into_iter().map(output).collect())
}

impl Output {
    /// Its SHA-256, in hexadecimal; all of it is read where nobody told. May be dropped at any moment.
    pub(super) async fn sha256(&self, store: &Arc<dyn Store>) -> Result<String, Trouble> {
        if let Some(known) = &self.sha256 {
            return Ok(known.clone());
        }
        let range = 0..self.len;
        let (mut bytes, key) = match &self.content {
            Content::Volume(key) => (store.read(key, range, None).await?, key.clone()),
            Content::File(file) => (file.read(store, range).await?, file.key()),
        };
        let (chunks, mut received) = mpsc::channel::<Bytes>(AHEAD);
        let hashing = tokio::task::spawn_blocking(move || {
            let mut digest = MemberDigest::new();
            while let Some(chunk) = received.blocking_recv() {
                digest.update(&chunk);
            }
            digest.finish()
        });
        while let Some(chunk) = bytes.try_next().await? {
            if chunks.send(chunk).await.is_err() {
                break;
            }
        }
        drop(chunks);
        let broken = |error: JoinError| Fault::new(Code::Internal, error.to_string());
        let (crc32, sha256) = hashing.await.map_err(broken)?;
        if crc32 != self.crc32 {
            let what = format!("{} is not what was written", self.path);
            return Err(StoreError::Damaged { key, what }.into());
        }
        Ok(sha256)
    }

    #[cfg(test)]
    pub(super) fn named(path: &str, stored: &str) -> Self {
        let content = Content::Volume(Key::listed(stored.to_owned()));
        let (path, stored) = (path.to_owned(), stored.to_owned());
        Self { path, stored, len: 7, crc32: 0, sha256: None, content }
    }
}
