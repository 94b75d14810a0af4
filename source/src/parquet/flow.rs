//! The bytes of one column of a row group, in one pass: a request to a bucket, a read-ahead on a disk.
//!
//! Every page's header is judged here before anyone believes its sizes.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use proto::plan::FileRange;
use tokio_util::sync::CancellationToken;

use super::thrift::{Malformed, PageHead, page_head};
use crate::SourceError;
use crate::files::{FileReader, Files};

/// Largest page that is read, in bytes (64 MiB), in the file and in memory.
pub(super) const MAX_PAGE_BYTES: u64 = 64 << 20;

/// How many bytes of a page's header are looked at before it is parsed.
const HEAD_BYTES: usize = 128;

/// What is asked of a file at once, in bytes (64 KiB), where headers are read.
const STEP_BYTES: usize = 64 << 10;

/// How far ahead it is cheaper to read on than to ask anew (1 MiB).
const NEAR_BYTES: usize = 1 << 20;

/// How many times as long deflated bytes may become.
const MAX_DEFLATE_RATIO: u64 = 1032;

/// Whether the column's pages are compressed with gzip, which does not say how long they become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Gzip,
    Other,
}

/// The bytes of a column of a row group.
#[derive(Clone)]
pub(super) struct Flow {
    state: Arc<Mutex<State>>,
    end: u64,
}

struct State {
    files: Files,
    range: FileRange,
    stop: CancellationToken,
    codec: Codec,
    reader: Option<FileReader>,
    /// What was read and may be asked for again, and where it begins.
    held: Vec<u8>,
    held_at: u64,
    /// The page whose header was read last.
    head: PageHead,
    /// What went wrong, in our words; those of the parser say less.
    fault: Option<SourceError>,
}

impl Flow {
    /// The bytes of a range of a file.
    pub(super) fn new(
        files: &Files,
        range: FileRange,
        codec: Codec,
        stop: &CancellationToken,
    ) -> Self {
        let (end, held_at) = (range.end, range.start);
        let state = State {
            files: files.clone(),
            range,
            stop: stop.clone(),
            codec,
            reader: None,
            held: Vec::new(),
            held_at,
            head: PageHead::default(),
            fault: None,
        };
        Self { state: Arc::new(Mutex::new(state)), end }
    }

    /// What went wrong here, if it did.
    pub(super) fn fault(&self) -> Option<SourceError> {
        self.state().fault.take()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Length for Flow {
    fn len(&self) -> u64 {
        self.end
    }
}

impl ChunkReader for Flow {
    type T = Header;

    fn get_read(&self, start: u64) -> Result<Header, ParquetError> {
        Ok(Header { flow: self.clone(), at: start, is_judged: false })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let mut state = self.state();
        match state.page(start, length) {
            Ok(bytes) => Ok(bytes),
            Err(error) => {
                let told = ParquetError::General(error.to_string());
                state.fault = Some(error);
                Err(told)
            }
        }
    }
}

/// A page's header and what follows it.
pub(super) struct Header {
    flow: Flow,
    at: u64,
    is_judged: bool,
}

impl Read for Header {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut state = self.flow.state();
        let read = if self.is_judged { Ok(()) } else { state.judge(self.at) };
        self.is_judged = true;
        let read = read.and_then(|()| state.hold(self.at, 1)).map(|held| {
            let len = held.len().min(into.len());
            into[..len].copy_from_slice(&held[..len]);
            len
        });
        match read {
            Ok(len) => {
                self.at += len as u64;
                Ok(len)
            }
            Err(error) => {
                let told = io::Error::other(error.to_string());
                state.fault = Some(error);
                Err(told)
            }
        }
    }
}

impl State {
    /// Whether the page that begins at a byte may be read.
    fn judge(&mut self, at: u64) -> Result<(), SourceError> {
        let judged = page_head(self.hold(at, HEAD_BYTES)?);
        let head = judged.map_err(|Malformed(why)| self.damaged(at, why.to_owned()))?;
        let largest = head.uncompressed.max(head.compressed);
        if largest > MAX_PAGE_BYTES {
            let why = format!("a page of {largest} bytes; pages of at most 64 MiB are read");
            return Err(self.damaged(at, why));
        }
        if head.levels > head.compressed {
            return Err(self.damaged(at, "a page is longer than it says".to_owned()));
        }
        self.head = head;
        Ok(())
    }

    /// A page's bytes.
    fn page(&mut self, start: u64, len: usize) -> Result<Bytes, SourceError> {
        let held = self.hold(start, len)?;
        let Some(page) = held.get(..len).map(Bytes::copy_from_slice) else {
            return Err(self.damaged(start, "a page goes on beyond its column".to_owned()));
        };
        if self.codec == Codec::Gzip {
            self.check_deflated(start, &page)?;
        }
        Ok(page)
    }

    /// Whether a deflated page becomes no longer than it says, for whoever inflates it does not look.
    fn check_deflated(&self, at: u64, page: &[u8]) -> Result<(), SourceError> {
        if page.len() as u64 * MAX_DEFLATE_RATIO <= MAX_PAGE_BYTES {
            return Ok(());
        }
        // A dictionary that was passed over is fetched after the header of another page.
        let levels = usize::try_from(self.head.levels).unwrap_or(usize::MAX);
        for start in [0, levels] {
            let deflated = page.get(start..).unwrap_or_default();
            let mut inflated = MultiGzDecoder::new(deflated).take(MAX_PAGE_BYTES + 1);
            // What is wrong with it otherwise will be told by who needs it.
            let len = io::copy(&mut inflated, &mut io::sink()).unwrap_or(0);
            if len > MAX_PAGE_BYTES {
                return Err(self.damaged(at, "a page becomes longer than 64 MiB".to_owned()));
            }
            if levels == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Holds some bytes; fewer only at the end of the range.
    fn hold(&mut self, at: u64, len: usize) -> Result<&[u8], SourceError> {
        let held_end = self.held_at + self.held.len() as u64;
        if at < self.held_at || at > held_end + NEAR_BYTES as u64 || self.reader.is_none() {
            let range = FileRange { start: at.min(self.range.end), ..self.range.clone() };
            self.reader = Some(self.files.read(&range, &self.stop)?);
            self.held.clear();
            self.held_at = at;
        }
        // What lies before is not asked for again, but for a dictionary that was passed over.
        while self.held_at < at {
            let passed = usize::try_from(at - self.held_at).unwrap_or(usize::MAX);
            if passed <= self.held.len() {
                self.held.drain(..passed);
                self.held_at = at;
            } else {
                self.held_at += self.held.len() as u64;
                self.held.clear();
                if !self.more(STEP_BYTES)? {
                    self.held_at = at;
                }
            }
        }
        while self.held.len() < len {
            let missing = len - self.held.len();
            if !self.more(missing.max(STEP_BYTES))? {
                break;
            }
        }
        Ok(&self.held)
    }

    /// Reads some more bytes of the range; false at its end.
    fn more(&mut self, most: usize) -> Result<bool, SourceError> {
        let Some(reader) = &mut self.reader else { return Ok(false) };
        let left = self.range.end.saturating_sub(reader.at());
        let room = most.min(usize::try_from(left).unwrap_or(usize::MAX)).min(NEAR_BYTES);
        let filled = self.held.len();
        self.held.resize(filled + room, 0);
        let read = reader.read(&mut self.held[filled..]);
        self.held.truncate(filled + read.as_ref().map_or(0, |len| *len));
        Ok(read? > 0)
    }

    fn damaged(&self, byte: u64, why: String) -> SourceError {
        SourceError::Damaged { file: self.range.path.clone(), byte: Some(byte), why }
    }
}
