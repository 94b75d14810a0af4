//! From an asset's bytes to a packed member. A small asset is packed in memory; a large one goes
//! through a scratch file, for its header needs its length and checksum before the first byte.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use pack::deflate::worth_deflating;
use proto::commit::Member;
use proto::lay::Asked;
use source::SourceError;
use tokio::sync::mpsc;

use crate::error::BatchError;
use crate::packing::Packing;
use crate::segment::CHUNK_BYTES;

/// Chunks of a large asset that may wait to be written.
const CHANNEL: usize = 2;

/// Largest asset that is packed in memory, in bytes (4 MiB). Up to four of them per slot are.
///
/// Not a setting, for the two ways compress differently, and the archive's bytes must not depend on
/// who made it.
pub(crate) const LARGE_BYTES: usize = 4 << 20;

/// How much of the beginning of a large file tells whether it is worth compressing, in bytes (1 MiB).
/// Always as much, however it came in, for another sample might tell otherwise.
const SAMPLE_BYTES: usize = 1 << 20;

/// A member, ready to be laid down.
/// Its offset is yet to be set.
pub(crate) enum Ready {
    /// Its data for ZIP, and its content, which may be the same.
    Small { member: Member, packed: Bytes, content: Bytes },
    /// Its data for ZIP, in a scratch file that is gone once it is closed.
    Large(Member, File),
}

impl Ready {
    /// What is known of it.
    pub(crate) fn member_mut(&mut self) -> &mut Member {
        match self {
            Self::Small { member, .. } | Self::Large(member, _) => member,
        }
    }
}

/// The beginning of a stream.
#[derive(Default)]
pub(crate) struct Head {
    pub(crate) bytes: Vec<u8>,
    /// Whether that was all.
    pub(crate) is_all: bool,
}

impl Head {
    /// Reads on, until there are more than `limit` bytes or no more.
    pub(crate) async fn read(
        &mut self,
        stream: &mut BoxStream<'static, Result<Bytes, SourceError>>,
        limit: usize,
    ) -> Result<(), SourceError> {
        while !self.is_all && self.bytes.len() <= limit {
            match stream.next().await {
                Some(chunk) => self.bytes.extend_from_slice(&chunk?),
                None => self.is_all = true,
            }
        }
        Ok(())
    }

    /// The first bytes, at most `len`.
    pub(crate) fn first(&self, len: usize) -> &[u8] {
        &self.bytes[..len.min(self.bytes.len())]
    }
}

/// Packs a large asset, of which more than [`SAMPLE_BYTES`] are there, into a scratch file.
pub(crate) async fn spool(
    scratch: &Path,
    asked: &Asked,
    path: String,
    head: Vec<u8>,
    mut rest: BoxStream<'static, Result<Bytes, SourceError>>,
) -> Result<(Member, File), BatchError> {
    let file = tempfile::tempfile_in(scratch).map_err(BatchError::Scratch)?;
    let (chunks, incoming) = mpsc::channel(CHANNEL);
    let asked = asked.clone();
    let writing = tokio::task::spawn_blocking(move || write(&asked, path, file, &head, incoming));
    let mut failed = false;
    while !failed && let Some(chunk) = rest.next().await {
        failed = chunks.send(chunk?).await.is_err();
    }
    drop(chunks);
    writing.await.expect("the writing thread does not panic").map_err(BatchError::Scratch)
}

/// Packs a file that is whole, as it is or into another scratch file.
pub(crate) fn packed_file(
    scratch: &Path,
    asked: &Asked,
    path: String,
    mut file: File,
) -> io::Result<(Member, File)> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    (&mut file).take(SAMPLE_BYTES as u64).read_to_end(&mut head)?;
    let to = if !asked.is_stored && worth_deflating(&path, &head) {
        Some(tempfile::tempfile_in(scratch)?)
    } else {
        None
    };
    let mut packing = Packing::new(asked, to.is_some());
    let mut target = to;
    file.seek(SeekFrom::Start(0))?;
    loop {
        let mut chunk = Vec::new();
        (&mut file).take(CHUNK_BYTES as u64).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            break;
        }
        let out = packing.take(&chunk);
        if let Some(target) = &mut target {
            target.write_all(out)?;
        }
    }
    let (member, rest) = packing.finish(asked, path);
    if let Some(target) = &mut target {
        target.write_all(&rest)?;
    }
    let mut packed = target.unwrap_or(file);
    packed.seek(SeekFrom::Start(0))?;
    Ok((member, packed))
}

/// Writes what comes, compressed where that is worth it, and describes it.
fn write(
    asked: &Asked,
    path: String,
    mut file: File,
    head: &[u8],
    mut chunks: mpsc::Receiver<Bytes>,
) -> io::Result<(Member, File)> {
    let sample = &head[..SAMPLE_BYTES.min(head.len())];
    let mut packing = Packing::new(asked, !asked.is_stored && worth_deflating(&path, sample));
    file.write_all(packing.take(head))?;
    while let Some(chunk) = chunks.blocking_recv() {
        file.write_all(packing.take(&chunk))?;
    }
    let (member, rest) = packing.finish(asked, path);
    file.write_all(&rest)?;
    file.seek(SeekFrom::Start(0))?;
    Ok((member, file))
}

#[cfg(test)]
mod tests {
    use proto::commit::Method;

    use super::*;
    use crate::plain_zip::plain_zip;

    /// What an asset becomes that comes in chunks of a length.
    async fn spooled(content: &Bytes, chunk_len: usize) -> (Member, Vec<u8>) {
        let chunks: Vec<_> =
            content.chunks(chunk_len).map(|chunk| Ok(content.slice_ref(chunk))).collect();
        let mut stream = futures::stream::iter(chunks).boxed();
        let mut head = Head::default();
        head.read(&mut stream, LARGE_BYTES).await.unwrap();
        let asked = plain_zip();
        let scratch = std::env::temp_dir();
        let path = "a.bin".to_owned();
        let (member, mut file) = spool(&scratch, &asked, path, head.bytes, stream).await.unwrap();
        let mut packed = Vec::new();
        file.read_to_end(&mut packed).unwrap();
        (member, packed)
    }

    #[tokio::test]
    async fn a_large_asset_gives_the_same_bytes_however_it_comes_in() {
        // A text up to the middle of the shortest head; what comes after does not deflate.
        let mut content = "the quick brown fox ".repeat((9 << 18) / 20).into_bytes();
        let mut state = 1_u32;
        content.resize_with(7 << 20, || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        });
        let content = Bytes::from(content);
        let first = spooled(&content, 16_000).await;
        assert_eq!(first.0.method, Method::Deflated);
        for chunk_len in [1 << 20, 3 << 20, 6 << 20] {
            assert!(spooled(&content, chunk_len).await == first, "chunks of {chunk_len}");
        }
    }
}
