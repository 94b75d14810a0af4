//! CSV text straight from the database's rows, without a page in between.
//!
//! The text is byte for byte what the worker's renderer makes of the same rows: fields are quoted
//! only where they hold the delimiter, the quote or a line end; lines end with CR LF; NULL and the
//! empty text are both empty.

use bytes::Bytes;

use super::reader::Sink;
use crate::page::Kind;
use crate::{Dialect, Formulas, Quoting};

/// How many bytes of lines make a chunk (256 KiB). A chunk is passed on once it is larger.
const CHUNK_BYTES: usize = 256 << 10;

/// Lines of CSV.
pub(super) struct Lines {
    /// Every field is followed by a delimiter; at the end of the line CR LF takes its place.
    bytes: Vec<u8>,
    /// Where the line under way begins.
    line: usize,
    delimiter: u8,
    quote: u8,
    /// Whether a byte makes quotes necessary.
    special: [bool; 256],
}

impl Lines {
    /// No lines yet; nothing where only the worker's renderer knows how the lines are to look.
    pub(super) fn new(dialect: Dialect, width: usize) -> Option<Self> {
        // A line of one empty field is a matter of taste, and the renderer's.
        let plain = match (dialect.quoting, dialect.formulas) {
            (Quoting::Needed, Formulas::Kept) => width > 1,
            (Quoting::Always, _) | (_, Formulas::Escaped) => false,
        };
        plain.then(|| {
            let mut special = [false; 256];
            for byte in [dialect.delimiter, dialect.quote, b'\r', b'\n'] {
                special[usize::from(byte)] = true;
            }
            Self {
                bytes: Vec::new(),
                line: 0,
                delimiter: dialect.delimiter,
                quote: dialect.quote,
                special,
            }
        })
    }

    /// Takes the whole lines out.
    pub(super) fn take(&mut self) -> Bytes {
        self.line = 0;
        let room = Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 4);
        Bytes::from(std::mem::replace(&mut self.bytes, room))
    }
}

impl Sink for Lines {
    fn cell(&mut self, _kind: Kind, text: &str) {
        let bytes = text.as_bytes();
        if bytes.iter().any(|byte| self.special[usize::from(*byte)]) {
            self.bytes.push(self.quote);
            let mut rest = bytes;
            while let Some(at) = memchr::memchr(self.quote, rest) {
                self.bytes.extend_from_slice(&rest[..=at]);
                self.bytes.push(self.quote);
                rest = &rest[at + 1..];
            }
            self.bytes.extend_from_slice(rest);
            self.bytes.push(self.quote);
        } else {
            self.bytes.extend_from_slice(bytes);
        }
        self.bytes.push(self.delimiter);
    }

    fn end_row(&mut self) {
        self.bytes.pop();
        self.bytes.extend_from_slice(b"\r\n");
        self.line = self.bytes.len();
    }

    fn undo_row(&mut self) {
        self.bytes.truncate(self.line);
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= CHUNK_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Dialect = Dialect {
        delimiter: b';',
        quote: b'\'',
        quoting: Quoting::Needed,
        formulas: Formulas::Kept,
    };

    #[test]
    fn fields_are_quoted_only_where_they_must_be() {
        let mut lines = Lines::new(PLAIN, 4).unwrap();
        for cell in ["a,b", "", "it's", "a;b"] {
            lines.cell(Kind::Text, cell);
        }
        lines.end_row();
        lines.cell(Kind::Text, "half a row");
        lines.undo_row();
        for cell in [" x ", "\n", "\r", "\"\\."] {
            lines.cell(Kind::Text, cell);
        }
        lines.end_row();
        assert_eq!(lines.take(), "a,b;;'it''s';'a;b'\r\n x ;'\n';'\r';\"\\.\r\n");
        assert!(lines.take().is_empty());
    }

    #[test]
    fn lines_that_only_the_renderer_knows_are_left_to_it() {
        assert!(Lines::new(Dialect { quoting: Quoting::Always, ..PLAIN }, 4).is_none());
        assert!(Lines::new(Dialect { formulas: Formulas::Escaped, ..PLAIN }, 4).is_none());
        assert!(Lines::new(PLAIN, 1).is_none());
    }
}
