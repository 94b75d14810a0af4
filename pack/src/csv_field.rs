//! CSV fields, as header and rows share them.
//!
//! RFC 4180: fields between delimiters, quoted where they must be, rows end with CR LF. NULL is
//! written as nothing, and so is empty text: minimal quoting does not tell them apart, unless a
//! spelling of NULL is asked for. One exception: a row of one empty field is `""`, for readers skip a
//! line with nothing on it.

use proto::definition::{LineEnd, Options};

/// What stands for a NUL, which no reader of text takes: U+FFFD.
const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

/// Writes the fields of CSV rows.
#[derive(Debug, Clone)]
pub struct CsvFields {
    delimiter: u8,
    quote: u8,
    /// What stands before a quote, and before itself.
    escape: u8,
    always_quote: bool,
    spreadsheet_safe: bool,
    line_end: &'static [u8],
    null: Option<String>,
    /// For each byte, whether a field that holds it must be quoted.
    special: [bool; 256],
}

impl CsvFields {
    /// As the options of an output ask for.
    pub fn new(options: &Options) -> Self {
        let one = |option: &Option<String>, default: u8| {
            option.as_ref().and_then(|text| text.bytes().next()).unwrap_or(default)
        };
        let (delimiter, quote) = (one(&options.delimiter, b','), one(&options.quote, b'"'));
        let escape = one(&options.escape, quote);
        let mut special = [false; 256];
        for byte in [delimiter, quote, escape, b'\r', b'\n', 0] {
            special[usize::from(byte)] = true;
        }
        Self {
            delimiter,
            quote,
            escape,
            always_quote: options.always_quote.unwrap_or(false),
            spreadsheet_safe: options.spreadsheet_safe.unwrap_or(false),
            line_end: match options.line_end {
                Some(LineEnd::Lf) => b"\n",
                Some(LineEnd::Crlf) | None => b"\r\n",
            },
            null: options.null.clone(),
            special,
        }
    }

    /// Appends what stands between fields.
    pub fn delimiter(&self, out: &mut Vec<u8>) {
        out.push(self.delimiter);
    }

    /// Appends what ends a row that began at `start`.
    pub fn end_row(&self, start: usize, out: &mut Vec<u8>) {
        if out.len() == start {
            out.extend_from_slice(&[self.quote, self.quote]);
        }
        out.extend_from_slice(self.line_end);
    }

    /// Appends NULL.
    pub fn null(&self, out: &mut Vec<u8>) {
        match &self.null {
            // Never in quotes, so that it is told from a text that is spelled so.
            Some(null) => out.extend_from_slice(null.as_bytes()),
            None => self.plain("", out),
        }
    }

    /// Appends a number, `true`, `false`, or nothing: what no spreadsheet runs.
    pub fn plain(&self, text: &str, out: &mut Vec<u8>) {
        // A number may hold a strange delimiter: `-` or a digit.
        self.field(text, out);
    }

    /// Appends text, and tells how many NULs in it were replaced.
    pub fn text(&self, text: &str, out: &mut Vec<u8>) -> u64 {
        if self.spreadsheet_safe && is_formula(text) {
            return self.quoted("'", text, out);
        }
        self.field(text, out)
    }

    fn field(&self, text: &str, out: &mut Vec<u8>) -> u64 {
        if self.always_quote
            || text.bytes().any(|byte| self.special[usize::from(byte)])
            || self.null.as_deref() == Some(text)
        {
            return self.quoted("", text, out);
        }
        out.extend_from_slice(text.as_bytes());
        0
    }

    fn quoted(&self, before: &str, text: &str, out: &mut Vec<u8>) -> u64 {
        let mut replaced = 0;
        out.push(self.quote);
        out.extend_from_slice(before.as_bytes());
        let bytes = text.as_bytes();
        let mut start = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            if byte == self.quote || byte == self.escape {
                out.extend_from_slice(&bytes[start..at]);
                out.push(self.escape);
                // The byte itself comes with the next piece.
                start = at;
            } else if byte == 0 {
                out.extend_from_slice(&bytes[start..at]);
                out.extend_from_slice(REPLACEMENT);
                replaced += 1;
                start = at + 1;
            }
        }
        out.extend_from_slice(&bytes[start..]);
        out.push(self.quote);
        replaced
    }
}

/// Whether a spreadsheet would run the text: it begins with a sign that starts a formula, or with
/// one that is skipped before it, and is no plain number.
///
/// The signs are those of CWE-1236 and OWASP's page on CSV injection, and their full-width twins:
/// <https://owasp.org/www-community/attacks/CSV_Injection>.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'])
        && !is_number(text)
}

fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = |part: &str| digits(part.strip_prefix(['+', '-']).unwrap_or(part));
    let (mantissa, exponent) =
        text.split_once(['e', 'E']).map_or((text, None), |(start, end)| (start, Some(end)));
    let (whole, fraction) =
        mantissa.split_once('.').map_or((mantissa, None), |(start, end)| (start, Some(end)));
    unsigned(whole) && fraction.is_none_or(digits) && exponent.is_none_or(unsigned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(options: &Options, fields: &[&str], expected: &str) {
        let (csv, mut out) = (CsvFields::new(options), Vec::new());
        for (index, field) in fields.iter().enumerate() {
            if index > 0 {
                csv.delimiter(&mut out);
            }
            csv.text(field, &mut out);
        }
        csv.end_row(0, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    fn safe() -> Options {
        Options { spreadsheet_safe: Some(true), ..Options::default() }
    }

    #[test]
    fn only_what_must_be_is_quoted() {
        check(&Options::default(), &["a", " b ", "", "ä;'"], "a, b ,,ä;'\r\n");
        check(
            &Options::default(),
            &["a,b", "say \"hi\"", "\"", "x\ny", "x\r"],
            "\"a,b\",\"say \"\"hi\"\"\",\"\"\"\",\"x\ny\",\"x\r\"\r\n",
        );
    }

    #[test]
    fn delimiter_and_quote_are_what_the_options_say() {
        let options = Options {
            delimiter: Some(";".into()),
            quote: Some("'".into()),
            always_quote: Some(true),
            ..Options::default()
        };
        check(&options, &["a;b", "it's", "", "\""], "'a;b';'it''s';'';'\"'\r\n");
        let tabs = Options { delimiter: Some("\t".into()), ..Options::default() };
        check(&tabs, &["a\tb", "c,d"], "\"a\tb\"\tc,d\r\n");
    }

    #[test]
    fn an_escape_stands_before_quotes_and_before_itself() {
        let options = Options { escape: Some("\\".into()), ..Options::default() };
        check(
            &options,
            &["say \"hi\"", "a\\b", "\\", "plain"],
            "\"say \\\"hi\\\"\",\"a\\\\b\",\"\\\\\",plain\r\n",
        );
    }

    #[test]
    fn null_is_told_from_a_text_that_is_spelled_so() {
        let row = |options: &Options| {
            let (csv, mut out) = (CsvFields::new(options), Vec::new());
            csv.null(&mut out);
            for text in ["NULL", "", "x"] {
                csv.delimiter(&mut out);
                csv.text(text, &mut out);
            }
            csv.end_row(0, &mut out);
            String::from_utf8(out).unwrap()
        };
        let spelled = |null: &str| Options {
            null: Some(null.into()),
            line_end: Some(LineEnd::Lf),
            ..Options::default()
        };
        assert_eq!(row(&spelled("NULL")), "NULL,\"NULL\",,x\n");
        assert_eq!(row(&spelled("")), ",NULL,\"\",x\n");
        let quoted = Options { always_quote: Some(true), ..spelled("NULL") };
        assert_eq!(row(&quoted), "NULL,\"NULL\",\"\",\"x\"\n");
    }

    #[test]
    fn a_row_of_one_empty_field_is_not_an_empty_line() {
        check(&Options::default(), &[""], "\"\"\r\n");
        check(&Options::default(), &["", ""], ",\r\n");
    }

    #[test]
    fn formulas_are_disarmed_and_numbers_left_alone() {
        for (field, expected) in [
            ("=cmd|'/c calc'!A1", "\"'=cmd|'/c calc'!A1\""),
            ("+1+1", "\"'+1+1\""),
            ("@SUM(1)", "\"'@SUM(1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("＝1", "\"'＝1\""),
            ("-2", "-2"),
            ("+1.5e-3", "+1.5e-3"),
            ("-", "\"'-\""),
            ("-1-", "\"'-1-\""),
            ("a=b", "a=b"),
            ("=\"x\"", "\"'=\"\"x\"\"\""),
        ] {
            check(&safe(), &[field], &format!("{expected}\r\n"));
        }
        check(&Options::default(), &["=1"], "=1\r\n");
    }

    #[test]
    fn nuls_are_replaced_and_counted() {
        let mut out = Vec::new();
        assert_eq!(CsvFields::new(&Options::default()).text("a\0b\0", &mut out), 2);
        assert_eq!(String::from_utf8(out).unwrap(), "\"a\u{FFFD}b\u{FFFD}\"");
    }
}
