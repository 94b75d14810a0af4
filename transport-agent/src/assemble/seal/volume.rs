//! A volume that is sealed into an object of its own.

use std::sync::Arc;

use fabric::store::StoreError;
use futures::TryStreamExt;
use proto::archive::Volume;
use proto::key::Key;
use proto::sealed::EXTENSION;
use tokio::sync::mpsc;

use super::lock::Lock;
use super::outlet::Left;
use super::stream::{Done, Piece, give_up, pour};
use crate::Agent;
use crate::error::AgentError;

impl Agent {
    /// Seals a volume, and checks what came of it.
    pub(super) async fn seal_volume(
        &self,
        lock: &Arc<Lock>,
        plain: &Volume,
        key: Key,
    ) -> Result<Volume, AgentError> {
        let mut upload = self.store.upload(&key).await?;
        let poured = pour(lock, &mut *upload, |feed| self.feed_volume(plain, feed)).await;
        let (left, tail) = match poured.and_then(|((), done)| whole(plain, done)) {
            Ok(whole) => whole,
            Err(error) => return Err(give_up(upload, error).await),
        };
        upload.finish().await?;
        let Left { len, crc32, sha256 } = left;
        let name = format!("{}{EXTENSION}", plain.name);
        let volume = Volume { name, key, len, crc32, sha256: Some(sha256) };
        self.check_or_delete(volume, &tail).await
    }

    async fn feed_volume(
        &self,
        plain: &Volume,
        feed: mpsc::Sender<Piece>,
    ) -> Result<(), StoreError> {
        let mut chunks = self.store.read(&plain.key, 0..plain.len, None).await?;
        while let Some(chunk) = chunks.try_next().await? {
            if feed.send(Piece::Bytes(chunk)).await.is_err() {
                return Ok(());
            }
        }
        // Nobody takes it where the sealing has failed, and tells why.
        drop(feed.send(Piece::End).await);
        Ok(())
    }

    /// Checks an object that was written; one that is damaged is taken away.
    pub(super) async fn check_or_delete(
        &self,
        volume: Volume,
        tail: &[u8],
    ) -> Result<Volume, AgentError> {
        let key = volume.key.clone();
        match self.check(volume, tail).await {
            Ok(volume) => Ok(volume),
            Err(error) => {
                self.store.delete(&[key]).await?;
                Err(error)
            }
        }
    }
}

/// What left of a volume, and how it ends.
fn whole(plain: &Volume, done: Done) -> Result<(Left, Vec<u8>), AgentError> {
    let sealed = done.files.into_iter().next();
    let sealed = sealed.ok_or_else(|| {
        let what = format!("nothing of {} was sealed", plain.name);
        AgentError::Damaged { what }
    })?;
    Ok((sealed.of(&plain.name, plain.crc32)?, done.tail))
}
