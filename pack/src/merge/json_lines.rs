//! Files with JSON lines, one behind the other.

use std::io::{Read, Write};

use super::{MergeError, each_chunk};

/// Writes the lines of all parts. A line that its part does not end is ended where another follows.
pub fn json_lines<R: Read>(
    parts: impl IntoIterator<Item = R>,
    out: &mut impl Write,
) -> Result<(), MergeError> {
    let mut last = b'\n';
    for (part, reader) in parts.into_iter().enumerate() {
        let mut is_first = true;
        each_chunk(part, reader, |chunk| {
            if is_first && last != b'\n' {
                out.write_all(b"\n").map_err(MergeError::Write)?;
            }
            is_first = false;
            last = chunk.last().copied().unwrap_or(last);
            out.write_all(chunk).map_err(MergeError::Write)
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parts: &[&str], expected: &str) {
        let mut out = Vec::new();
        json_lines(parts.iter().map(|part| part.as_bytes()), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected, "{parts:?}");
    }

    #[test]
    fn lines_follow_each_other_whether_ended_or_not() {
        check(&["1\n2\n", "3\n"], "1\n2\n3\n");
        check(&["1\n2", "3"], "1\n2\n3");
        check(&["", "1", "", "2\n", ""], "1\n2\n");
        check(&[], "");
    }

    #[test]
    fn a_part_that_cannot_be_read_is_named() {
        struct Gone;
        impl Read for Gone {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::NotFound.into())
            }
        }
        let error = json_lines([Gone], &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "part 0 cannot be read");
    }
}
