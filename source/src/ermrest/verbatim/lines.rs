//! A page of CSV, taken apart into its lines without a byte of it being changed: line ends and commas within quotes
//! are of values.

/// The lines of a page, as far as they came whole.
#[derive(Debug)]
pub(super) struct Lines<'p> {
    /// All of them, the one with the names of the columns first.
    pub(super) lines: Vec<Line<'p>>,
    /// Whether nothing comes after the last one.
    pub(super) are_all: bool,
}

/// A line, with its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'p> {
    text: &'p str,
    /// Where the last comma between values is; nothing where there is but one value.
    comma: Option<usize>,
}

impl<'p> Lines<'p> {
    /// The lines of a text.
    pub(super) fn of(text: &'p str) -> Self {
        let (mut lines, mut begin, mut comma, mut is_quoted) = (Vec::new(), 0, None, false);
        for at in memchr::memchr3_iter(b'"', b',', b'\n', text.as_bytes()) {
            match text.as_bytes()[at] {
                // A doubled quote leaves and enters again, which comes to the same.
                b'"' => is_quoted = !is_quoted,
                _ if is_quoted => {}
                b',' => comma = Some(at - begin),
                _ => {
                    lines.push(Line { text: &text[begin..=at], comma: comma.take() });
                    begin = at + 1;
                }
            }
        }
        Self { lines, are_all: begin == text.len() }
    }
}

impl<'p> Line<'p> {
    /// All of it.
    pub(super) fn text(&self) -> &'p str {
        self.text
    }

    /// The values; nothing for NULL, which has no quotes around it as the empty text has.
    pub(super) fn values(&self) -> Vec<Option<String>> {
        let (mut values, mut begin, mut is_quoted) = (Vec::new(), 0, false);
        let text = self.content();
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'"' => is_quoted = !is_quoted,
                b',' if !is_quoted => {
                    values.push(value(&text[begin..at]));
                    begin = at + 1;
                }
                _ => {}
            }
        }
        values.push(value(&text[begin..]));
        values
    }

    /// All of it but the last value and the comma before that: what is before them, and the end of the line.
    pub(super) fn without_last(&self) -> [&'p str; 2] {
        let content = self.content();
        [&self.text[..self.comma.unwrap_or(0)], &self.text[content.len()..]]
    }

    /// It without its end.
    fn content(&self) -> &'p str {
        let text = self.text.strip_suffix('\n').unwrap_or(self.text);
        text.strip_suffix('\r').unwrap_or(text)
    }
}

/// A value, from how it is written.
fn value(text: &str) -> Option<String> {
    let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match inside {
        Some(inside) => Some(inside.replace("\"\"", "\"")),
        None => (!text.is_empty()).then(|| text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(page: &str, expected: &[&str], are_all: bool) {
        let lines = Lines::of(page);
        let texts: Vec<&str> = lines.lines.iter().map(Line::text).collect();
        assert_eq!((&*texts, lines.are_all), (expected, are_all), "{page:?}");
    }

    #[test]
    fn line_ends_in_quotes_part_no_rows() {
        check("a,b\n1,\"x\ny\"\n2,\"\r\n\"\n", &["a,b\n", "1,\"x\ny\"\n", "2,\"\r\n\"\n"], true);
        check("a\n\"say \"\"\n\"\"\"\n", &["a\n", "\"say \"\"\n\"\"\"\n"], true);
        check("a\n", &["a\n"], true);
        check("", &[], true);
    }

    #[test]
    fn what_broke_off_is_no_line() {
        check("a,b\n1,2", &["a,b\n"], false);
        check("a,b\n1,\"x\n", &["a,b\n"], false);
        check("a,", &[], false);
    }

    #[test]
    fn null_is_told_from_the_empty_text() {
        let lines = Lines::of("\"a,\"\"b\",,\"\",\"x\r\ny\",t\n");
        let texts = [Some("a,\"b"), None, Some(""), Some("x\r\ny"), Some("t")];
        assert_eq!(lines.lines[0].values(), texts.map(|text| text.map(str::to_owned)));
    }

    #[test]
    fn the_last_value_is_taken_away_and_nothing_else() {
        for (line, expected) in [
            ("1,\"a,b\",20A\n", ["1,\"a,b\"", "\n"]),
            (",20A\r\n", ["", "\r\n"]),
            ("\"x\ny\",\"2,0\"\n", ["\"x\ny\"", "\n"]),
        ] {
            assert_eq!(Lines::of(line).lines[0].without_last(), expected, "{line:?}");
        }
    }
}
