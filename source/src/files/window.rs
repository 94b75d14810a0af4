//! The part of a file that a parser looks at: what was read and not yet consumed, in one piece.
//!
//! Grows to the longest record that is allowed, and keeps that room.

use crate::SourceError;
use crate::files::FileReader;
use crate::files::reader::CHUNK_BYTES;

/// Longest record that is read, in bytes (64 MiB). Longer ones are broken records.
pub(crate) const MAX_RECORD_BYTES: usize = 64 << 20;

/// What is told of those.
pub(crate) const TOO_LONG: &str = "record longer than 64 MiB";

/// Bytes of a file from some place on.
pub(crate) struct Window {
    reader: FileReader,
    buffer: Vec<u8>,
    from: usize,
    filled: usize,
    /// Up to where the file is read.
    end: u64,
}

impl Window {
    /// A window that begins where the reader is, and ends at a byte of the file at the latest.
    pub(crate) fn new(reader: FileReader, end: u64) -> Self {
        Self { reader, buffer: Vec::new(), from: 0, filled: 0, end }
    }

    /// What was read and not yet consumed.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[self.from..self.filled]
    }

    /// The place in the file of the first of those.
    pub(crate) fn at(&self) -> u64 {
        self.reader.at() - (self.filled - self.from) as u64
    }

    /// Leaves bytes behind.
    pub(crate) fn consume(&mut self, len: usize) {
        self.from += len;
        debug_assert!(self.from <= self.filled, "only what was read is consumed");
    }

    /// Reads more; false at the end.
    pub(crate) fn more(&mut self) -> Result<bool, SourceError> {
        self.buffer.copy_within(self.from..self.filled, 0);
        self.filled -= self.from;
        self.from = 0;
        let left = usize::try_from(self.end.saturating_sub(self.reader.at())).unwrap_or(usize::MAX);
        let room = CHUNK_BYTES.min(left);
        if self.buffer.len() < self.filled + room {
            self.buffer.resize(self.filled + room, 0);
        }
        let len = self.reader.read(&mut self.buffer[self.filled..self.filled + room])?;
        self.filled += len;
        Ok(len > 0)
    }
}
