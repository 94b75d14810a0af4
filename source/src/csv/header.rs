//! The first record of a file: the names of its fields.

use tokio_util::sync::CancellationToken;

use super::Table;
use super::bounds::{Bounds, Found};
use super::split::Splitter;
use crate::SourceError;
use crate::files::{Listed, Window};

/// What is read of a file to find its header (64 KiB).
const USUAL_HEADER_BYTES: u64 = 64 << 10;

/// What is read where that is not enough (4 MiB); no header may be longer.
const MAX_HEADER_BYTES: u64 = 4 << 20;

/// The mark some programs put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The header of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// The fields' names, in order; distinct.
    pub(super) fields: Vec<String>,
    /// The byte after it.
    pub(super) end: u64,
    /// The line that this byte is on, from 1.
    pub(super) line: u64,
}

/// How much of a file there is to look at.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// Its beginning.
    Beginning,
    /// All of it.
    Whole,
}

impl Header {
    /// Reads the header of a file.
    pub(super) fn read(
        table: &Table,
        file: &Listed,
        stop: &CancellationToken,
    ) -> Result<Self, SourceError> {
        for most in [USUAL_HEADER_BYTES, MAX_HEADER_BYTES] {
            let end = file.len.min(most);
            let range = file.range(0..end, Some(1));
            let mut window = Window::new(table.files.read(&range, stop)?, end);
            while window.more()? {}
            let part = if end < file.len { Part::Beginning } else { Part::Whole };
            let parsed = Self::parse(window.bytes(), table.delimiter, part)
                .map_err(|why| SourceError::Refused { what: format!("{}: {why}", file.path) })?;
            if let Some(header) = parsed {
                return Ok(header);
            }
        }
        Err(SourceError::Refused {
            what: format!("{}: the header line is longer than {MAX_HEADER_BYTES} bytes", file.path),
        })
    }

    /// The header at the beginning of a file's bytes; nothing where it does not end in them.
    fn parse(bytes: &[u8], delimiter: u8, part: Part) -> Result<Option<Self>, String> {
        let mark = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let blank = bytes[mark..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let start = mark + blank;
        let mut bounds = Bounds::new(delimiter);
        let len = match (bounds.end_of_record(&bytes[start..]), part) {
            (Found::End(len), _) => len,
            (Found::Under, Part::Beginning) => return Ok(None),
            (Found::Under, Part::Whole) if bounds.is_in_quotes() => {
                return Err("the header line has a quote that is never closed".to_owned());
            }
            (Found::Under, Part::Whole) => bytes.len() - start,
        };
        if len == 0 {
            return Err("there is no header line".to_owned());
        }
        let record = &bytes[start..start + len];
        let mut splitter = Splitter::new(delimiter);
        let fields = splitter
            .split(record, bounds.has_quotes())
            .map_err(|_| "the header line is not UTF-8".to_owned())?;
        let fields: Vec<String> = fields.iter().map(str::to_owned).collect();
        if let Some(twice) = duplicate(&fields) {
            return Err(format!("the header names the field {twice:?} twice"));
        }
        let end = start + len;
        let line = 1 + memchr::memchr_iter(b'\n', &bytes[..end]).count() as u64;
        Ok(Some(Self { fields, end: end as u64, line }))
    }
}

fn duplicate(fields: &[String]) -> Option<&String> {
    let mut seen = std::collections::HashSet::new();
    fields.iter().find(|field| !seen.insert(field.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &str, expected: Result<(&[&str], u64, u64), &str>) {
        match Header::parse(bytes.as_bytes(), b',', Part::Whole) {
            Ok(header) => {
                let header = header.unwrap();
                let fields: Vec<&str> = header.fields.iter().map(String::as_str).collect();
                assert_eq!(Ok((&fields[..], header.end, header.line)), expected, "{bytes:?}");
            }
            Err(why) => assert_eq!(Err(why.as_str()), expected, "{bytes:?}"),
        }
    }

    #[test]
    fn the_first_record_names_the_fields() {
        check("a,b\n1,2\n", Ok((&["a", "b"], 4, 2)));
        check("\u{feff}a,\"b\nc\"\r\n1,2\n", Ok((&["a", "b\nc"], 11, 2)));
        check("\r\na", Ok((&["a"], 3, 2)));
    }

    #[test]
    fn a_header_that_cannot_name_fields_is_refused() {
        check("", Err("there is no header line"));
        check("a,b,a\n", Err("the header names the field \"a\" twice"));
        check("a,\"b\n1,2\n", Err("the header line has a quote that is never closed"));
    }
}
