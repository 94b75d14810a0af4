//! The lines that begin in a range of a file.
//!
//! The line under way where a range begins belongs to the range before, so that ranges cut anywhere
//! hold each line once: a range looks at the byte before it, and goes on beyond its end until its
//! last line ends.

use proto::plan::FileRange;
use tokio_util::sync::CancellationToken;

use crate::SourceError;
use crate::files::{Files, MAX_RECORD_BYTES, Window};

/// How much is kept of a line that is too long, in bytes: enough to tell it.
const KEPT_BYTES: usize = 4096;

/// The mark some programs put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads line by line.
pub(crate) struct Lines {
    window: Window,
    end: u64,
    /// The number of the line at the window's beginning, where it is known.
    line: Option<u64>,
    given: usize,
    kept: Vec<u8>,
}

/// A line that is not blank.
#[derive(Debug)]
pub(crate) struct Line<'w> {
    /// Its bytes, with its line end; the first few of one that is too long.
    pub(crate) bytes: &'w [u8],
    /// Where it begins in the file.
    pub(crate) at: u64,
    /// Its number, from 1, where lines were counted.
    pub(crate) number: Option<u64>,
    /// Whether it can be parsed.
    pub(crate) length: Length,
}

/// Whether a line can be parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// It can.
    Allowed,
    /// It is longer than [`MAX_RECORD_BYTES`].
    TooLong,
}

impl Lines {
    /// The lines that begin in a range.
    pub(crate) fn open(
        files: &Files,
        range: &FileRange,
        stop: &CancellationToken,
    ) -> Result<Self, SourceError> {
        let mut from = range.clone();
        from.start = range.start.saturating_sub(1);
        let window = Window::new(files.read(&from, stop)?, range.file_len);
        let mut lines =
            Self { window, end: range.end, line: range.line, given: 0, kept: Vec::new() };
        if range.start > 0 {
            lines.skip_under_way()?;
        }
        Ok(lines)
    }

    /// The next line; nothing where it would begin beyond the range.
    pub(crate) fn next(&mut self) -> Result<Option<Line<'_>>, SourceError> {
        loop {
            self.window.consume(std::mem::take(&mut self.given));
            let at = self.window.at();
            if at >= self.end || (self.window.bytes().is_empty() && !self.window.more()?) {
                return Ok(None);
            }
            let number = self.line;
            let length = self.find_end()?;
            self.line = self.line.map(|line| line + 1);
            if length == Length::TooLong {
                return Ok(Some(Line { bytes: &self.kept, at, number, length }));
            }
            let mark = if at == 0 { BYTE_ORDER_MARK } else { &[] };
            let bytes = &self.window.bytes()[..self.given];
            let bytes = bytes.strip_prefix(mark).unwrap_or(bytes);
            if !bytes.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
                // Looked up anew, for the loop would keep the borrow alive.
                let bytes = &self.window.bytes()[self.given - bytes.len()..self.given];
                return Ok(Some(Line { bytes, at, number, length }));
            }
        }
    }

    /// Tells the number of the line that was given last, for want of which no lines are counted.
    pub(crate) fn know(&mut self, number: Option<u64>) {
        self.line = self.line.or(number.map(|number| number + 1));
    }

    /// Finds the end of the line at the window's beginning, and gives it, or leaves it behind.
    fn find_end(&mut self) -> Result<Length, SourceError> {
        let mut seen = 0;
        loop {
            let end = memchr::memchr(b'\n', &self.window.bytes()[seen..]);
            seen = end.map_or(self.window.bytes().len(), |end| seen + end + 1);
            if seen > MAX_RECORD_BYTES {
                self.kept.clear();
                self.kept.extend_from_slice(&self.window.bytes()[..KEPT_BYTES]);
                self.skip_line()?;
                return Ok(Length::TooLong);
            }
            if end.is_some() || !self.window.more()? {
                self.given = seen;
                return Ok(Length::Allowed);
            }
        }
    }

    /// Leaves the line behind that was under way before the range.
    fn skip_under_way(&mut self) -> Result<(), SourceError> {
        // The byte before the range is no part of it: a line end there is not counted.
        if self.window.more()? {
            let is_bound = self.window.bytes()[0] == b'\n';
            self.window.consume(1);
            if !is_bound {
                self.skip_line()?;
                self.line = self.line.map(|line| line + 1);
            }
        }
        Ok(())
    }

    /// Leaves everything up to the next line end behind.
    fn skip_line(&mut self) -> Result<(), SourceError> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', self.window.bytes()) {
                self.window.consume(end + 1);
                return Ok(());
            }
            self.window.consume(self.window.bytes().len());
            if !self.window.more()? {
                return Ok(());
            }
        }
    }
}
