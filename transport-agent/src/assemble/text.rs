//! A file that the agent writes itself. Its length is needed before its first byte is laid down: it
//! waits in memory, or in a scratch file where it is long.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use bytes::Bytes;
use tempfile::SpooledTempFile;

use crate::error::AgentError;

/// How much waits in memory (8 MiB).
const MEMORY_BYTES: usize = 8 << 20;

/// How much is read at a time (1 MiB).
const CHUNK_BYTES: u64 = 1 << 20;

/// A file that waits.
pub(super) struct Text {
    file: SpooledTempFile,
    size: u64,
    crc32: crc32fast::Hasher,
}

impl Text {
    /// Of nothing yet.
    pub(super) fn new(scratch: &Path) -> Self {
        let file = tempfile::spooled_tempfile_in(MEMORY_BYTES, scratch);
        Self { file, size: 0, crc32: crc32fast::Hasher::new() }
    }

    /// Appends bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), AgentError> {
        self.file.write_all(bytes).map_err(AgentError::Scratch)?;
        self.size += bytes.len() as u64;
        self.crc32.update(bytes);
        Ok(())
    }

    /// Its length.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// CRC-32 of what was written.
    pub(super) fn crc32(&self) -> u32 {
        self.crc32.clone().finalize()
    }

    /// All of it from the beginning, in chunks. Nothing may be written after.
    pub(super) fn read(&mut self) -> impl Iterator<Item = Result<Bytes, AgentError>> + Send + '_ {
        let mut start = Some(self.file.seek(SeekFrom::Start(0)).map(drop));
        std::iter::from_fn(move || {
            let chunk = start.take().unwrap_or(Ok(())).and_then(|()| chunk(&mut self.file));
            chunk.map_err(AgentError::Scratch).transpose()
        })
    }
}

fn chunk(file: &mut SpooledTempFile) -> io::Result<Option<Bytes>> {
    let mut chunk = Vec::new();
    file.take(CHUNK_BYTES).read_to_end(&mut chunk)?;
    Ok((!chunk.is_empty()).then(|| chunk.into()))
}
