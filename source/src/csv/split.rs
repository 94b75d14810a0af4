//! A record's bytes into fields.

use std::str::Utf8Error;

/// Takes records apart. Its buffers serve one record after the other.
pub(super) struct Splitter {
    delimiter: u8,
    parser: csv_core::Reader,
    unquoted: Vec<u8>,
    ends: Vec<usize>,
}

/// The fields of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'r> {
    text: &'r str,
    ends: &'r [usize],
    /// Bytes between two fields in the text.
    gap: usize,
}

impl Splitter {
    /// A splitter for records with some delimiter.
    pub(super) fn new(delimiter: u8) -> Self {
        let parser = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Self { delimiter, parser, unquoted: Vec::new(), ends: Vec::new() }
    }

    /// The fields of one record, given from its first byte, with its line end or without; errs where
    /// it is not UTF-8.
    pub(super) fn split<'r>(
        &'r mut self,
        record: &'r [u8],
        has_quotes: bool,
    ) -> Result<Fields<'r>, Utf8Error> {
        let record = trim_line_end(record);
        self.ends.clear();
        if !has_quotes {
            let text = str::from_utf8(record)?;
            self.ends.extend(memchr::memchr_iter(self.delimiter, record));
            self.ends.push(record.len());
            return Ok(Fields { text, ends: &self.ends, gap: 1 });
        }
        let len = self.unquote(record);
        let text = str::from_utf8(&self.unquoted[..len])?;
        Ok(Fields { text, ends: &self.ends, gap: 0 })
    }

    /// Leaves the fields back to back in `unquoted`, and tells their length.
    fn unquote(&mut self, record: &[u8]) -> usize {
        self.parser.reset();
        // A byte order mark is taken away from the first input ever. A record that begins with one
        // is not the first of its file.
        let _ = self.parser.read_field(b"\n", &mut [0]);
        if self.unquoted.len() <= record.len() {
            self.unquoted.resize(record.len() + 1, 0);
        }
        let (mut read, mut written, mut ended) = (0, 0, 0);
        loop {
            if self.ends.len() < ended + 64 {
                self.ends.resize(ended * 2 + 64, 0);
            }
            let (result, input, output, ends) = self.parser.read_record(
                &record[read..],
                &mut self.unquoted[written..],
                &mut self.ends[ended..],
            );
            read += input;
            written += output;
            ended += ends;
            match result {
                csv_core::ReadRecordResult::InputEmpty
                | csv_core::ReadRecordResult::OutputEndsFull => {}
                // The room for output is larger than the input.
                csv_core::ReadRecordResult::OutputFull
                | csv_core::ReadRecordResult::Record
                | csv_core::ReadRecordResult::End => break,
            }
        }
        self.ends.truncate(ended);
        written
    }
}

/// A record without the sign that ended it, which does not belong to any field.
fn trim_line_end(record: &[u8]) -> &[u8] {
    match record {
        [record @ .., b'\r' | b'\n'] => record,
        record => record,
    }
}

impl<'r> Fields<'r> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A field by its place; the empty text beyond the last.
    pub(super) fn get(&self, place: usize) -> &'r str {
        let Some(&end) = self.ends.get(place) else { return "" };
        let start = match place.checked_sub(1) {
            Some(before) => self.ends[before] + self.gap,
            None => 0,
        };
        &self.text[start..end]
    }

    /// The fields, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'r str> {
        let fields = *self;
        (0..fields.len()).map(move |place| fields.get(place))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(record: &str, expected: &[&str]) {
        let has_quotes = record.contains('"');
        let mut splitter = Splitter::new(b',');
        let fields = splitter.split(record.as_bytes(), has_quotes).unwrap();
        assert_eq!(fields.iter().collect::<Vec<_>>(), expected, "{record:?}");
    }

    #[test]
    fn quoted_and_plain_fields_are_told_apart() {
        check("a,b,\n", &["a", "b", ""]);
        check("\"a\"\"b\",\"c,\nd\"\r", &["a\"b", "c,\nd"]);
        check("\"\"", &[""]);
        check("\u{feff}\"a\"", &["\u{feff}\"a\""]);
    }

    proptest! {
        #[test]
        fn fields_are_those_of_the_csv_crate(record in "[a\"x]?[a,\"ä]{0,30}") {
            prop_assume!(!record.is_empty());
            let mut reader = ::csv::ReaderBuilder::new()
                .has_headers(false)
                .from_reader(record.as_bytes());
            let expected = reader.records().next().unwrap().unwrap();
            let mut splitter = Splitter::new(b',');
            for has_quotes in [true, record.contains('"')] {
                let fields = splitter.split(record.as_bytes(), has_quotes).unwrap();
                prop_assert_eq!(fields.iter().collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
            }
        }
    }
}
