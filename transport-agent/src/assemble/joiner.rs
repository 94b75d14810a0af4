//! Laying an archive down piece by piece: bytes that are new are written, segments are copied inside
//! the store.
//!
//! Where there are more pieces than one upload takes, pieces are first joined to stages of many, and
//! the stages to the archive; the bytes are the same.

use std::ops::Range;

use bytes::Bytes;
use fabric::store::{Store, StoreError, Tag, Upload};
use proto::commit::Segment;
use proto::key::Key;

/// Most pieces that are laid into one upload; S3 takes 10,000 parts, and a piece that is too small
/// for a part of its own costs its neighbour one more:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const MOST_PIECES: u64 = 4_500;

/// How much of the archive's end is kept to compare with what the store has.
pub(super) const TAIL_BYTES: usize = 4096;

/// A volume that was laid down.
pub(super) struct Joined {
    pub(super) key: Key,
    pub(super) len: u64,
    pub(super) crc32: u32,
    pub(super) members: u64,
    pub(super) bytes: u64,
    pub(super) tail: Vec<u8>,
}

/// An archive under way.
pub(super) struct Joiner<'s> {
    store: &'s dyn Store,
    key: Key,
    upload: Box<dyn Upload>,
    stage: Option<Stage>,
    stages: Vec<Key>,
    is_staged: bool,
    /// What is to be copied next: neighbours within one object are copied at once.
    run: Option<(Segment, Range<u64>)>,
    len: u64,
    crc32: crc32fast::Hasher,
    tail: Vec<u8>,
}

/// CRC-32 of a segment without what it begins with, from that of the whole: the checksum of a whole
/// is that of its beginning, moved over the rest, combined with that of the rest.
pub(super) fn crc32_after(segment: &Segment, without: &[u8]) -> u32 {
    let rest = segment.len.saturating_sub(without.len() as u64);
    let mut moved = crc32fast::Hasher::new();
    moved.update(without);
    moved.combine(&crc32fast::Hasher::new_with_initial_len(0, rest));
    segment.crc32 ^ moved.finalize()
}

/// Many pieces that become one.
struct Stage {
    key: Key,
    upload: Box<dyn Upload>,
    pieces: u64,
}

impl<'s> Joiner<'s> {
    /// Begins an archive of about so many pieces.
    pub(super) async fn begin(
        store: &'s dyn Store,
        key: Key,
        pieces: u64,
    ) -> Result<Self, StoreError> {
        let upload = store.upload(&key).await?;
        Ok(Self {
            store,
            key,
            upload,
            stage: None,
            stages: Vec::new(),
            is_staged: pieces > MOST_PIECES && store.shortest_copy() > 0,
            run: None,
            len: 0,
            crc32: crc32fast::Hasher::new(),
            tail: Vec::new(),
        })
    }

    /// How long the archive is so far.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Appends bytes that are new.
    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.end_run().await?;
        self.len += bytes.len() as u64;
        self.crc32.update(&bytes);
        self.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL_BYTES)..]);
        self.tail.drain(..self.tail.len().saturating_sub(TAIL_BYTES));
        match self.stage().await? {
            Some(stage) => stage.upload.write(bytes).await,
            None => self.upload.write(bytes).await,
        }
    }

    /// Appends a part of a segment, whose CRC-32 is told.
    pub(super) async fn copy(
        &mut self,
        segment: &Segment,
        part: Range<u64>,
        crc32: u32,
    ) -> Result<(), StoreError> {
        let len = part.end - part.start;
        if len == 0 {
            return Ok(());
        }
        self.len += len;
        self.crc32.combine(&crc32fast::Hasher::new_with_initial_len(crc32, len));
        self.tail.clear();
        match &mut self.run {
            Some((before, run)) if before.key == segment.key && run.end == part.start => {
                run.end = part.end;
            }
            Some(_) | None => {
                self.end_run().await?;
                self.run = Some((segment.clone(), part));
            }
        }
        Ok(())
    }

    async fn end_run(&mut self) -> Result<(), StoreError> {
        let Some((segment, range)) = self.run.take() else { return Ok(()) };
        let tag = Tag(segment.tag);
        match self.stage().await? {
            Some(stage) => {
                stage.pieces += 1;
                stage.upload.copy(&segment.key, range, &tag).await
            }
            None => self.upload.copy(&segment.key, range, &tag).await,
        }
    }

    /// The stage that the next piece goes into, where there are stages.
    async fn stage(&mut self) -> Result<Option<&mut Stage>, StoreError> {
        if !self.is_staged {
            return Ok(None);
        }
        if self.stage.as_ref().is_some_and(|stage| stage.pieces >= MOST_PIECES) {
            self.end_stage().await?;
        }
        if self.stage.is_none() {
            let key = Key::stage(&self.key, self.stages.len());
            let upload = self.store.upload(&key).await?;
            self.stages.push(key.clone());
            self.stage = Some(Stage { key, upload, pieces: 0 });
        }
        Ok(self.stage.as_mut())
    }

    async fn end_stage(&mut self) -> Result<(), StoreError> {
        let Some(stage) = self.stage.take() else { return Ok(()) };
        let entry = stage.upload.finish().await?;
        self.upload.copy(&stage.key, 0..entry.len, &entry.tag).await
    }

    /// Makes the archive an object, of so many files of so many bytes.
    pub(super) async fn finish(mut self, members: u64, bytes: u64) -> Result<Joined, StoreError> {
        self.end_run().await?;
        self.end_stage().await?;
        self.upload.finish().await?;
        self.store.delete(&self.stages).await?;
        let Self { key, len, tail, .. } = self;
        Ok(Joined { key, len, crc32: self.crc32.finalize(), members, bytes, tail })
    }

    /// Gives the archive up. What cannot be taken away now is swept later.
    pub(super) async fn abort(self) {
        let mut results = vec![self.upload.abort().await];
        if let Some(stage) = self.stage {
            results.push(stage.upload.abort().await);
        }
        results.push(self.store.delete(&self.stages).await);
        for error in results.into_iter().filter_map(Result::err) {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "unfinished archive not taken away"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_of_the_rest_follows_from_that_of_the_whole() {
        let whole = b"separator and then the rest of the segment";
        let segment = |crc32| Segment {
            key: Key::listed(String::new()),
            len: whole.len() as u64,
            crc32,
            tag: String::new(),
        };
        for cut in [0, 1, 9, whole.len()] {
            let (without, rest) = whole.split_at(cut);
            assert_eq!(
                crc32_after(&segment(crc32fast::hash(whole)), without),
                crc32fast::hash(rest),
                "{cut}"
            );
        }
    }
}
