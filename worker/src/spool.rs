//! From an asset's bytes to a packed member. A small asset is packed in memory; a large one goes
//! through a scratch file, for its header needs its length and checksum before the first byte.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use pack::deflate::{Compressor, Packed, Stream, worth_deflating};
use pack::digest::{Digests, MemberDigest};
use proto::commit::{Member, Method};
use proto::lay::Asked;
use source::SourceError;
use tokio::sync::mpsc;

use crate::error::BatchError;

/// Chunks of a large asset that may wait to be written.
const CHANNEL: usize = 2;

/// A member, ready to be laid down.
/// Its offset is yet to be set.
pub(crate) enum Ready {
    /// Its data for ZIP, and its content, which may be the same.
    Small { member: Member, packed: Bytes, content: Bytes },
    /// Its data for ZIP, in a scratch file that is gone once it is closed.
    Large(Member, File),
}

impl Ready {
    /// What it is called in the archive.
    pub(crate) fn path_mut(&mut self) -> &mut String {
        match self {
            Self::Small { member, .. } | Self::Large(member, _) => &mut member.path,
        }
    }
}

/// Packs a member's content for ZIP, and describes it.
pub(crate) fn packed<'c>(
    compressor: &mut Compressor,
    asked: &Asked,
    path: String,
    content: &'c [u8],
) -> (Member, Cow<'c, [u8]>) {
    let mut digest = MemberDigest::new();
    digest.update(content);
    let (crc32, sha256) = digest.finish();
    let mut others = Digests::new(&asked.algorithms);
    others.update(content);
    let packed = if asked.is_stored {
        Packed { method: Method::Stored, bytes: Cow::Borrowed(content), crc32 }
    } else {
        compressor.pack(&path, content)
    };
    let member = Member {
        path,
        offset: 0,
        method: packed.method,
        crc32,
        compressed: packed.bytes.len() as u64,
        size: content.len() as u64,
        sha256,
        digests: others.finish().into_iter().collect(),
        packed_crc32: asked.is_split.then(|| match packed.method {
            Method::Stored => crc32,
            Method::Deflated => crc32fast::hash(&packed.bytes),
        }),
    };
    (member, packed.bytes)
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

/// Packs a large asset into a scratch file.
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
    let writing = tokio::task::spawn_blocking(move || write(&asked, path, file, incoming));
    let mut failed = chunks.send(Bytes::from(head)).await.is_err();
    while !failed && let Some(chunk) = rest.next().await {
        failed = chunks.send(chunk?).await.is_err();
    }
    drop(chunks);
    writing.await.expect("the writing thread does not panic").map_err(BatchError::Scratch)
}

/// Writes what comes, compressed where that is worth it, and describes it.
fn write(
    asked: &Asked,
    path: String,
    mut file: File,
    mut chunks: mpsc::Receiver<Bytes>,
) -> io::Result<(Member, File)> {
    let (mut digest, mut others) = (MemberDigest::new(), Digests::new(&asked.algorithms));
    let (mut size, mut compressed) = (0, 0);
    let mut packed_crc32 = crc32fast::Hasher::new();
    let mut deflate: Option<Stream> = None;
    let mut out = Vec::new();
    let mut is_first = true;
    while let Some(chunk) = chunks.blocking_recv() {
        let tried = std::mem::take(&mut is_first) && !asked.is_stored;
        if tried && worth_deflating(&path, &chunk) {
            deflate = Some(Stream::new());
        }
        digest.update(&chunk);
        others.update(&chunk);
        size += chunk.len() as u64;
        match &mut deflate {
            Some(stream) => {
                stream.write(&chunk, &mut out);
                compressed += flush(&mut file, &mut packed_crc32, &mut out)?;
            }
            None => {
                packed_crc32.update(&chunk);
                file.write_all(&chunk)?;
                compressed += chunk.len() as u64;
            }
        }
    }
    let method = if deflate.is_some() { Method::Deflated } else { Method::Stored };
    if let Some(stream) = deflate {
        stream.finish(&mut out);
        compressed += flush(&mut file, &mut packed_crc32, &mut out)?;
    }
    file.seek(SeekFrom::Start(0))?;
    let (crc32, sha256) = digest.finish();
    let packed_crc32 = asked.is_split.then(|| packed_crc32.finalize());
    let digests = others.finish().into_iter().collect();
    Ok((
        Member { path, offset: 0, method, crc32, compressed, size, sha256, digests, packed_crc32 },
        file,
    ))
}

fn flush(file: &mut File, crc32: &mut crc32fast::Hasher, out: &mut Vec<u8>) -> io::Result<u64> {
    crc32.update(out);
    file.write_all(out)?;
    let written = out.len() as u64;
    out.clear();
    Ok(written)
}
