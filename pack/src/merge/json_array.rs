//! The elements of JSON arrays that were written apart, in one array.
//!
//! What stands around and between elements is kept as it was written, so that an array that one process
//! writes, compact, indented or by hand with line breaks, has the same bytes as the merged one. Elements
//! are only followed to their ends; whether they are JSON inside is not looked at.

use std::io::{Read, Write};

use super::{MergeError, each_chunk};

/// The most space, in bytes, that is held back or kept at the edge of an array.
const MOST_SPACE_BYTES: usize = 4 << 10;

/// Writes one array of all elements of the arrays of the parts. No parts at all are an empty array.
pub fn json_arrays<R: Read>(
    parts: impl IntoIterator<Item = R>,
    out: &mut impl Write,
) -> Result<(), MergeError> {
    let mut elements = Vec::new();
    let mut is_open = false;
    let mut close: Option<Around> = None;
    for (part, reader) in parts.into_iter().enumerate() {
        let mut array = ArrayElements::default();
        let mut has_begun = false;
        each_chunk(part, reader, |chunk| {
            array
                .push(chunk, &mut elements)
                .map_err(|source| MergeError::Shape { part, source })?;
            if !is_open && array.has_opened() {
                out.write_all(&array.open).map_err(MergeError::Write)?;
                is_open = true;
            }
            if elements.is_empty() {
                return Ok(());
            }
            if !has_begun && close.as_ref().is_some_and(|before| !before.is_empty) {
                out.write_all(b",").map_err(MergeError::Write)?;
            }
            has_begun = true;
            out.write_all(&elements).map_err(MergeError::Write)?;
            elements.clear();
            Ok(())
        })?;
        let around = array.finish().map_err(|source| MergeError::Shape { part, source })?;
        // What an array without elements ends with says nothing of how others end.
        if close.is_none() || !around.is_empty {
            close = Some(around);
        }
    }
    let text = close.map_or_else(|| b"[]".to_vec(), |around| around.close);
    out.write_all(&text).map_err(MergeError::Write)
}

/// Takes the brackets off an array, in calls of any size.
#[derive(Debug, Default)]
pub struct ArrayElements {
    place: Place,
    /// Up to and with the first bracket.
    open: Vec<u8>,
    /// Space that may stand before the last bracket.
    space: Vec<u8>,
    close: Vec<u8>,
    /// How deep in elements.
    depth: u64,
    in_text: bool,
    is_escaped: bool,
    /// The last byte of elements and commas, where it is neither space nor inside an element.
    last: Option<u8>,
    offset: u64,
}

#[derive(Debug, Default, Clone, Copy)]
enum Place {
    #[default]
    Before,
    Inside,
    After,
}

/// What stood around the elements of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    /// Up to and with the first bracket.
    pub open: Vec<u8>,
    /// From the space before the last bracket to the end.
    pub close: Vec<u8>,
    /// Whether there are no elements.
    pub is_empty: bool,
}

/// A file that should be a JSON array, and is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no array of JSON at its byte {offset}")]
pub struct NotAnArray {
    /// Where that shows, in bytes from the beginning.
    pub offset: u64,
}

impl ArrayElements {
    /// Takes some of the file, and appends what of the elements is in it, commas and space between them
    /// included.
    pub fn push(&mut self, chunk: &[u8], elements: &mut Vec<u8>) -> Result<(), NotAnArray> {
        for &byte in chunk {
            let is_right = match self.place {
                Place::Before => self.before(byte),
                Place::Inside => self.inside(byte, elements),
                Place::After => keep_space(byte, &mut self.close),
            };
            if !is_right {
                return Err(NotAnArray { offset: self.offset });
            }
            self.offset += 1;
        }
        Ok(())
    }

    /// Whether the first bracket was there.
    pub fn has_opened(&self) -> bool {
        match self.place {
            Place::Before => false,
            Place::Inside | Place::After => true,
        }
    }

    /// What stood around the elements, once the file is at its end.
    pub fn finish(self) -> Result<Around, NotAnArray> {
        match self.place {
            Place::After => {
                Ok(Around { open: self.open, close: self.close, is_empty: self.last.is_none() })
            }
            Place::Before | Place::Inside => Err(NotAnArray { offset: self.offset }),
        }
    }

    fn before(&mut self, byte: u8) -> bool {
        if byte != b'[' {
            return keep_space(byte, &mut self.open);
        }
        self.open.push(byte);
        self.place = Place::Inside;
        true
    }

    fn inside(&mut self, byte: u8, elements: &mut Vec<u8>) -> bool {
        if self.in_text {
            elements.push(byte);
            self.in_text = self.is_escaped || byte != b'"';
            self.is_escaped = !self.is_escaped && byte == b'\\';
            return true;
        }
        if is_space(byte) {
            self.space.push(byte);
            if self.space.len() <= MOST_SPACE_BYTES {
                return true;
            }
            // More than anyone writes: it goes out before the comma that may follow.
            elements.append(&mut self.space);
            return self.last.is_some();
        }
        let is_between = self.depth == 0;
        let is_after_element = self.last.is_some_and(|last| last != b',');
        if is_between && byte == b']' {
            self.close.append(&mut self.space);
            self.close.push(byte);
            self.place = Place::After;
            return is_after_element || self.last.is_none();
        }
        elements.append(&mut self.space);
        elements.push(byte);
        match byte {
            b',' if is_between => {
                self.last = Some(byte);
                return is_after_element;
            }
            b'"' => self.in_text = true,
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => match self.depth.checked_sub(1) {
                Some(depth) => self.depth = depth,
                None => return false,
            },
            _ => {}
        }
        if is_between {
            self.last = Some(byte);
        }
        true
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Keeps a byte outside the array, where only space may stand.
fn keep_space(byte: u8, kept: &mut Vec<u8>) -> bool {
    kept.push(byte);
    is_space(byte) && kept.len() <= MOST_SPACE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Bytewise<'a>(&'a [u8]);

    impl Read for Bytewise<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn merged(parts: &[&str]) -> Result<String, MergeError> {
        let (mut whole, mut bytewise) = (Vec::new(), Vec::new());
        let result = json_arrays(parts.iter().map(|part| part.as_bytes()), &mut whole);
        let again = json_arrays(parts.iter().map(|part| Bytewise(part.as_bytes())), &mut bytewise);
        assert_eq!(result.is_ok(), again.is_ok(), "how bytes come does not show");
        result.map(|()| {
            assert_eq!(whole, bytewise, "how bytes come does not show");
            String::from_utf8(whole).unwrap()
        })
    }

    fn check(parts: &[&str], expected: &str) {
        assert_eq!(merged(parts).unwrap(), expected, "{parts:?}");
    }

    fn check_refused(parts: &[&str], part: usize, offset: u64) {
        match merged(parts) {
            Err(MergeError::Shape { part: at, source }) => {
                assert_eq!((at, source), (part, NotAnArray { offset }), "{parts:?}");
            }
            other => panic!("{parts:?}: {other:?}"),
        }
    }

    #[test]
    fn arrays_are_joined_as_one_process_would_have_written_them() {
        check(&["[1]", "[2,3]"], "[1,2,3]");
        check(&["[\n{\"a\":1}\n]\n", "[\n2\n]\n"], "[\n{\"a\":1},\n2\n]\n");
        check(&["[\n  {\n    \"a\": 1\n  }\n]", "[\n  2\n]"], "[\n  {\n    \"a\": 1\n  },\n  2\n]");
        check(&["[[1],[]]", "[{}]"], "[[1],[],{}]");
    }

    #[test]
    fn arrays_without_elements_leave_no_comma() {
        check(&["[]", "[1]", "[]", "[2]", "[]"], "[1,2]");
        check(&["[\n\n]\n", "[\n1\n]\n", "[\n\n]\n"], "[\n1\n]\n");
        check(&["[]", "[\n  1\n]"], "[\n  1\n]");
        check(&["[\n\n]\n", "[\n\n]\n"], "[\n\n]\n");
        check(&["[]"], "[]");
        check(&[], "[]");
    }

    #[test]
    fn brackets_and_quotes_in_texts_end_nothing() {
        check(&[r#"["]", "\"]", "\\"]"#, r#"[{"[": "}"}]"#], r#"["]", "\"]", "\\",{"[": "}"}]"#);
    }

    #[test]
    fn what_is_no_array_is_named_with_its_place() {
        check_refused(&["[1]", "{\"a\":1}"], 1, 0);
        check_refused(&["[1"], 0, 2);
        check_refused(&["[1]", ""], 1, 0);
        check_refused(&["[1] 2"], 0, 4);
        check_refused(&["[1,]"], 0, 3);
        check_refused(&["[,1]"], 0, 1);
        check_refused(&["[1}"], 0, 2);
        check_refused(&["[\"a]"], 0, 4);
        check_refused(&["\u{FEFF}[1]"], 0, 0);
    }

    #[test]
    fn endless_space_is_not_held() {
        let space = " ".repeat(3 * MOST_SPACE_BYTES);
        let mut elements = Vec::new();
        let mut array = ArrayElements::default();
        array.push(format!("[1{space}").as_bytes(), &mut elements).unwrap();
        assert!(array.space.len() <= MOST_SPACE_BYTES);
        let joined = merged(&[&format!("[1{space}]"), "[2]"]).unwrap();
        assert_eq!(joined.replace(' ', ""), "[1,2]");
        assert!(merged(&[&format!("{space}[1]")]).is_err());
        assert!(merged(&["[1]", &format!("[{space}]")]).is_err());
    }
}
