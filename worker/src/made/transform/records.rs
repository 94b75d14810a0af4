//! The rows of a file of JSON, one at a time: of a list, or one after the other as in a stream.

use std::io::BufRead;

use super::MOST_ROW_BYTES;
use super::error::TransformError;
use super::record::Record;

/// The rows of a file. Ends after the first error.
pub(super) struct Records<R> {
    input: R,
    /// The bytes of one row.
    row: Vec<u8>,
    /// The number of the row that is read.
    number: u64,
    is_over: bool,
}

/// Where the bytes of a row have led.
#[derive(Default)]
struct Within {
    /// How many objects and lists are open.
    depth: u64,
    is_text: bool,
    is_escaped: bool,
}

impl<R: BufRead> Records<R> {
    /// The rows of a file, with so many before them in others.
    pub(super) fn new(input: R, before: u64) -> Self {
        Self { input, row: Vec::new(), number: before, is_over: false }
    }

    /// Reads the bytes of the next row; none are left where there is no other.
    fn read(&mut self) -> Result<(), TransformError> {
        let row = self.number;
        self.row.clear();
        let mut within = Within::default();
        loop {
            let given = self.input.fill_buf()?;
            if given.is_empty() {
                return if within.depth == 0 {
                    Ok(())
                } else {
                    Err(TransformError::RowCut { row })
                };
            }
            let begin = if within.depth > 0 {
                0
            } else {
                let begin = given.iter().position(|byte| !is_between(*byte));
                let Some(begin) = begin else {
                    let len = given.len();
                    self.input.consume(len);
                    continue;
                };
                if given[begin] != b'{' {
                    return Err(TransformError::NoRow { row });
                }
                begin
            };
            let end = given[begin..].iter().position(|byte| within.is_end(*byte));
            let used = end.map_or(given.len(), |end| begin + end + 1);
            self.row.extend_from_slice(&given[begin..used]);
            self.input.consume(used);
            if self.row.len() > MOST_ROW_BYTES {
                return Err(TransformError::RowTooLarge { row, most_bytes: MOST_ROW_BYTES });
            }
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = Result<Record, TransformError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        self.number += 1;
        let row = self.number;
        let record = match self.read() {
            Ok(()) if self.row.is_empty() => {
                self.is_over = true;
                return None;
            }
            Ok(()) => Record::parse(&self.row)
                .map_err(|source| TransformError::RowUnreadable { row, source }),
            Err(error) => Err(error),
        };
        self.is_over = record.is_err();
        Some(record)
    }
}

impl Within {
    /// Whether the row ends with this byte.
    fn is_end(&mut self, byte: u8) -> bool {
        if self.is_text {
            self.is_text = self.is_escaped || byte != b'"';
            self.is_escaped = !self.is_escaped && byte == b'\\';
            return false;
        }
        match byte {
            b'"' => self.is_text = true,
            b'{' | b'[' => self.depth += 1,
            // What closes more than was opened is no JSON, and told once the row is read.
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.depth == 0
    }
}

/// Whether a byte stands between rows: white space, and the signs of a list.
fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'[' | b']' | b',')
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    /// The rows of a file, read so many bytes at a time, and the error that ends them.
    fn read(file: &str, bytes: usize) -> (Vec<String>, Option<String>) {
        let input = BufReader::with_capacity(bytes, file.as_bytes());
        let (mut rows, mut error) = (Vec::new(), None);
        for record in Records::new(input, 0) {
            match record {
                Ok(record) => {
                    let mut line = Vec::new();
                    record.write(&mut line);
                    rows.push(String::from_utf8(line).unwrap().trim_end().to_owned());
                }
                Err(wrong) => error = Some(wrong.to_string()),
            }
        }
        (rows, error)
    }

    fn check(file: &str, rows: &[&str], error: Option<&str>) {
        for bytes in [1, 2, 3, 7, 4096] {
            let (read, wrong) = read(file, bytes);
            assert_eq!(read, rows, "{file} by {bytes}");
            assert_eq!(wrong.as_deref(), error, "{file} by {bytes}");
        }
    }

    #[test]
    fn rows_are_in_a_list_or_in_a_stream() {
        check("", &[], None);
        check("[]\n", &[], None);
        check("[{\"a\":1},\n {\"a\":2}]\n", &["{\"a\": 1}", "{\"a\": 2}"], None);
        check("{\"a\":1}\n{\"a\":2}\n", &["{\"a\": 1}", "{\"a\": 2}"], None);
        check("{\"a\":1}", &["{\"a\": 1}"], None);
    }

    #[test]
    fn signs_in_texts_end_no_row() {
        check(
            "{\"a\":\"}\\\"{\\\\\",\"b\":[{\"c\":\"]\"}]}\n{}",
            &["{\"a\": \"}\\\"{\\\\\", \"b\": [{\"c\": \"]\"}]}", "{}"],
            None,
        );
    }

    #[test]
    fn what_is_no_row_is_told_by_its_number() {
        check("{}\n{\"a\":", &["{}"], Some("row 2 is cut off"));
        check("[{}, 7]", &["{}"], Some("row 2 is no object"));
        check("\"text\"", &[], Some("row 1 is no object"));
        check("{\"a\" 1}\n{}", &[], Some("row 1 is not readable"));
        check("{\"a\":]}\n", &[], Some("row 1 is not readable"));
    }

    #[test]
    fn rows_of_several_files_are_counted_on() {
        let error = Records::new("7".as_bytes(), 5).next().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "row 6 is no object");
    }
}
