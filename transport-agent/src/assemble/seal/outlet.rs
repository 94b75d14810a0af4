//! Where sealed bytes leave, in chunks, and what is known of them then.

use std::io::{self, Write};

use bytes::Bytes;
use pack::digest::MemberDigest;
use tokio::sync::mpsc;

use crate::assemble::joiner::TAIL_BYTES;

/// How many bytes are handed on at a time (1 MiB).
const CHUNK_BYTES: usize = 1 << 20;

/// Where sealed bytes leave.
pub(super) struct Outlet {
    to: mpsc::Sender<Bytes>,
    chunk: Vec<u8>,
    len: u64,
    digest: MemberDigest,
    tail: Vec<u8>,
}

/// What left since the file before.
pub(super) struct Left {
    pub(super) len: u64,
    pub(super) crc32: u32,
    pub(super) sha256: String,
}

impl Outlet {
    pub(super) fn new(to: mpsc::Sender<Bytes>) -> Self {
        Self { to, chunk: Vec::new(), len: 0, digest: MemberDigest::new(), tail: Vec::new() }
    }

    /// Ends a file.
    pub(super) fn end_file(&mut self) -> Left {
        let len = std::mem::take(&mut self.len);
        let (crc32, sha256) = std::mem::replace(&mut self.digest, MemberDigest::new()).finish();
        Left { len, crc32, sha256 }
    }

    /// Hands on what is left; how it ended.
    pub(super) fn end(mut self) -> io::Result<Vec<u8>> {
        self.pass_on()?;
        Ok(self.tail)
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let chunk = std::mem::take(&mut self.chunk);
        if chunk.is_empty() {
            return Ok(());
        }
        self.tail.extend_from_slice(&chunk[chunk.len().saturating_sub(TAIL_BYTES)..]);
        self.tail.drain(..self.tail.len().saturating_sub(TAIL_BYTES));
        let sent = self.to.blocking_send(chunk.into());
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.len += bytes.len() as u64;
        self.digest.update(bytes);
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= CHUNK_BYTES {
            self.pass_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
