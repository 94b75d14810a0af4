//! `bag-info.txt`: what people say about a bag, and what the bag turned out to hold.

use std::io::Write as _;

use jiff::civil::Date;
use proto::bag::Label;

/// How much payload there is: what a reader can compare before it reads a single file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Oxum {
    /// Length of all files.
    pub bytes: u64,
    /// How many there are.
    pub files: u64,
}

/// Appends the whole text: the elements in their order, then the day, where one is told, and the payload's extent.
///
/// A value of several lines is folded where they end, and there alone: a fold reads back as a line's
/// end, so that folding long lines, as the standard recommends to human readers, would change
/// identifiers and addresses. Empty lines and white space at the ends of lines get lost.
pub fn info<'a>(
    elements: impl IntoIterator<Item = (&'a Label, &'a str)>,
    bagging_date: Option<Date>,
    payload: Oxum,
    out: &mut Vec<u8>,
) {
    for (label, value) in elements {
        out.extend_from_slice(label.as_str().as_bytes());
        out.extend_from_slice(b": ");
        let lines = value.split(ends_line).map(str::trim).filter(|line| !line.is_empty());
        for (index, line) in lines.enumerate() {
            if index > 0 {
                out.extend_from_slice(b"\n  ");
            }
            out.extend_from_slice(line.as_bytes());
        }
        out.push(b'\n');
    }
    let Oxum { bytes, files } = payload;
    if let Some(date) = bagging_date {
        writeln!(out, "Bagging-Date: {date}").expect("writing to a Vec cannot fail");
    }
    writeln!(out, "Payload-Oxum: {bytes}.{files}").expect("writing to a Vec cannot fail");
}

/// What some reader takes for the end of a line, such as Python's `splitlines`.
fn ends_line(c: char) -> bool {
    (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: &str) {
        let label = Label::parse("External-Description").unwrap();
        let mut out = Vec::new();
        let payload = Oxum { bytes: 279_164_409_832, files: 1198 };
        info([(&label, value)], Some(jiff::civil::date(2026, 2, 3)), payload, &mut out);
        let expected = format!(
            "External-Description: {expected}\nBagging-Date: 2026-02-03\nPayload-Oxum: 279164409832.1198\n"
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn values_are_folded_where_their_lines_end() {
        check("plain: ä €\ttab", "plain: ä €\ttab");
        check(" one\r\n two\n\n\nthree\u{2028}four \u{85}", "one\n  two\n  three\n  four");
        check("", "");
        let long = "word ".repeat(40);
        check(&long, long.trim_end());
    }

    #[test]
    fn elements_stand_in_their_order_and_may_be_repeated() {
        let labels =
            ["Contact-Name", "A", "Contact-Name"].map(|label| Label::parse(label).unwrap());
        let mut out = Vec::new();
        let elements = labels.iter().zip(["1", "2", "3"]);
        info(elements, Some(jiff::civil::date(2026, 2, 3)), Oxum::default(), &mut out);
        assert!(out.starts_with(b"Contact-Name: 1\nA: 2\nContact-Name: 3\nBagging-Date:"));
    }
}
