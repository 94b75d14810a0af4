//! The records of a part of a file, one after the other, each with its place.

use super::bounds::{Bounds, Found, blank};
use crate::SourceError;
use crate::files::{MAX_RECORD_BYTES, Window};

/// How much is kept of a record that is too long, in bytes: enough to tell it.
const KEPT_BYTES: usize = 4096;

/// Reads record by record.
pub(super) struct Records {
    window: Window,
    bounds: Bounds,
    line: u64,
    /// The record that was given last, still at the beginning of the window.
    given: usize,
    kept: Vec<u8>,
}

/// A record, as it stands in the file.
#[derive(Debug)]
pub(super) struct Record<'w> {
    /// Its bytes, with its line end; perhaps the first few only of one that is too long.
    pub(super) bytes: &'w [u8],
    /// Where it begins in the file.
    pub(super) at: u64,
    /// The line it begins on, from 1.
    pub(super) line: u64,
    /// Whether there is any quote in it.
    pub(super) has_quotes: bool,
    /// Whether it can be parsed.
    pub(super) shape: Shape,
}

/// Whether a record can be parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// It can.
    Whole,
    /// The file ends within quotes.
    Unclosed,
    /// It is longer than [`MAX_RECORD_BYTES`].
    TooLong,
}

impl Records {
    /// The records from the beginning of a window on, which is on some line.
    pub(super) fn new(window: Window, delimiter: u8, line: u64) -> Self {
        Self { window, bounds: Bounds::new(delimiter), line, given: 0, kept: Vec::new() }
    }

    /// The next record; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>, SourceError> {
        self.leave(self.given);
        self.given = 0;
        if !self.skip_blank()? {
            return Ok(None);
        }
        self.bounds.begin();
        let (at, line) = (self.window.at(), self.line);
        let mut seen = 0;
        let is_ended = loop {
            match self.bounds.end_of_record(&self.window.bytes()[seen..]) {
                Found::End(len) => {
                    seen += len;
                    break true;
                }
                Found::Under => seen = self.window.bytes().len(),
            }
            if seen > MAX_RECORD_BYTES {
                return self.skip_long(at, line).map(Some);
            }
            if !self.window.more()? {
                break false;
            }
        };
        self.given = seen;
        let shape = if !is_ended && self.bounds.is_in_quotes() {
            Shape::Unclosed
        } else if seen > MAX_RECORD_BYTES {
            Shape::TooLong
        } else {
            Shape::Whole
        };
        let has_quotes = self.bounds.has_quotes();
        Ok(Some(Record { bytes: &self.window.bytes()[..seen], at, line, has_quotes, shape }))
    }

    /// Goes to the first byte of a record; false at the end.
    fn skip_blank(&mut self) -> Result<bool, SourceError> {
        loop {
            self.leave(blank(self.window.bytes()));
            if !self.window.bytes().is_empty() {
                return Ok(true);
            }
            if !self.window.more()? {
                return Ok(false);
            }
        }
    }

    /// Leaves the rest of a record behind without keeping it.
    fn skip_long(&mut self, at: u64, line: u64) -> Result<Record<'_>, SourceError> {
        self.kept.clear();
        self.kept.extend_from_slice(&self.window.bytes()[..KEPT_BYTES]);
        self.leave(self.window.bytes().len());
        let mut shape = Shape::TooLong;
        loop {
            if !self.window.more()? {
                if self.bounds.is_in_quotes() {
                    shape = Shape::Unclosed;
                }
                break;
            }
            match self.bounds.end_of_record(self.window.bytes()) {
                Found::End(len) => {
                    self.leave(len);
                    break;
                }
                Found::Under => self.leave(self.window.bytes().len()),
            }
        }
        Ok(Record { bytes: &self.kept, at, line, has_quotes: self.bounds.has_quotes(), shape })
    }

    /// Consumes bytes and counts their lines.
    fn leave(&mut self, len: usize) {
        self.line += memchr::memchr_iter(b'\n', &self.window.bytes()[..len]).count() as u64;
        self.window.consume(len);
    }
}
