//! PostgreSQL's binary `COPY` stream, cut into rows.
//!
//! A header, then for each row the number of its fields and each field's length and bytes; −1 as a
//! length is NULL, −1 as a number of fields the end
//! (<https://www.postgresql.org/docs/15/sql-copy.html>, "Binary Format").

use std::ops::Range;

use bytes::{Buf, Bytes, BytesMut};

/// What every stream begins with.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// The signature, four bytes of flags, and the length of an extension that nobody uses yet.
const HEADER_BYTES: usize = 19;

/// A stream under way.
///
/// Chunks may end anywhere; in practice each is one row, and then nothing is copied.
#[derive(Debug, Default)]
pub(super) struct Tuples {
    chunk: Bytes,
    place: Place,
    /// Bytes of the stream before the chunk.
    passed: u64,
}

/// How far a stream has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Header,
    Rows,
    End,
}

/// A row: where its fields lie in the chunk; nothing for NULL.
pub(super) type Fields = Vec<Option<Range<usize>>>;

/// The stream is not what PostgreSQL writes.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the copy stream is damaged")]
pub(super) struct Damaged;

impl Tuples {
    /// Takes the next chunk.
    pub(super) fn push(&mut self, chunk: Bytes) {
        if self.chunk.is_empty() {
            self.chunk = chunk;
        } else {
            let mut whole = BytesMut::with_capacity(self.chunk.len() + chunk.len());
            whole.extend_from_slice(&self.chunk);
            whole.extend_from_slice(&chunk);
            self.chunk = whole.freeze();
        }
    }

    /// The next row's bytes, with the places of its fields in them; nothing where the chunk holds no
    /// further whole row.
    pub(super) fn next(&mut self, fields: &mut Fields) -> Result<Option<Bytes>, Damaged> {
        if self.place == Place::Header && !self.header()? {
            return Ok(None);
        }
        fields.clear();
        let mut rest = &self.chunk[..];
        if self.place == Place::End || rest.len() < 2 {
            return Ok(None);
        }
        let Ok(width) = usize::try_from(rest.get_i16()) else {
            self.place = Place::End;
            return Ok(None);
        };
        let whole = self.chunk.len();
        for _ in 0..width {
            if rest.len() < 4 {
                return Ok(None);
            }
            match rest.get_i32() {
                -1 => fields.push(None),
                len => {
                    let len = usize::try_from(len).map_err(|_| Damaged)?;
                    if rest.len() < len {
                        return Ok(None);
                    }
                    let start = whole - rest.len();
                    fields.push(Some(start..start + len));
                    rest.advance(len);
                }
            }
        }
        let used = whole - rest.len();
        self.passed += used as u64;
        Ok(Some(self.chunk.split_to(used)))
    }

    /// How many bytes of the stream the rows so far took.
    pub(super) fn passed(&self) -> u64 {
        self.passed
    }

    /// That the stream ended where it may.
    pub(super) fn finish(&self) -> Result<(), Damaged> {
        if self.place == Place::End { Ok(()) } else { Err(Damaged) }
    }

    fn header(&mut self) -> Result<bool, Damaged> {
        if self.chunk.len() < HEADER_BYTES {
            return Ok(false);
        }
        if !self.chunk.starts_with(SIGNATURE) {
            return Err(Damaged);
        }
        let mut rest = &self.chunk[SIGNATURE.len() + 4..];
        let extension = usize::try_from(rest.get_i32()).map_err(|_| Damaged)?;
        if rest.len() < extension {
            return Ok(false);
        }
        self.chunk.advance(HEADER_BYTES + extension);
        self.passed += (HEADER_BYTES + extension) as u64;
        self.place = Place::Rows;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend_from_slice(&[0; 8]);
        for row in 0..5u8 {
            bytes.extend_from_slice(&3i16.to_be_bytes());
            bytes.extend_from_slice(&1i32.to_be_bytes());
            bytes.push(row);
            bytes.extend_from_slice(&(-1i32).to_be_bytes());
            bytes.extend_from_slice(&0i32.to_be_bytes());
        }
        bytes.extend_from_slice(&(-1i16).to_be_bytes());
        bytes
    }

    #[test]
    fn rows_come_whole_however_the_stream_is_cut() {
        let bytes = stream();
        for size in 1..=bytes.len() {
            let mut tuples = Tuples::default();
            let mut fields = Fields::new();
            let mut seen = Vec::new();
            for chunk in bytes.chunks(size) {
                tuples.push(Bytes::copy_from_slice(chunk));
                while let Some(row) = tuples.next(&mut fields).unwrap() {
                    assert_eq!(fields.len(), 3);
                    assert_eq!(fields[1], None);
                    assert!(fields[2].clone().unwrap().is_empty());
                    seen.push(row[fields[0].clone().unwrap()][0]);
                }
            }
            assert_eq!(seen, [0, 1, 2, 3, 4], "chunks of {size}");
            tuples.finish().unwrap();
        }
    }

    #[test]
    fn a_stream_that_breaks_off_or_is_something_else_is_damaged() {
        let mut fields = Fields::new();
        let mut tuples = Tuples::default();
        tuples.push(Bytes::from(stream()[..60].to_vec()));
        while tuples.next(&mut fields).unwrap().is_some() {}
        assert!(tuples.finish().is_err());
        let mut tuples = Tuples::default();
        tuples.push(Bytes::from_static(b"id,name\r\n1,something else"));
        assert!(tuples.next(&mut fields).is_err());
    }
}
