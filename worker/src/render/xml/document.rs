//! JSON documents as elements, in one pass without a tree.

use std::borrow::Cow;

use super::{Unrenderable, name, text};

/// Deepest nesting that is written (256); readers of XML refuse deeper documents.
const MAX_DEPTH: usize = 256;

/// Appends the elements of a document, and tells how many characters were replaced.
pub(super) fn elements(json: &str, out: &mut Vec<u8>) -> Result<u64, Unrenderable> {
    let mut walk = Walk { rest: json, replaced: 0 };
    walk.value(out, 0)?;
    walk.skip_blanks();
    if walk.rest.is_empty() { Ok(walk.replaced) } else { Err(malformed()) }
}

/// A way through a JSON text. Sources have checked it; what is found to be wrong all the same is
/// an error, never a panic.
struct Walk<'j> {
    rest: &'j str,
    replaced: u64,
}

impl<'j> Walk<'j> {
    fn value(&mut self, out: &mut Vec<u8>, depth: usize) -> Result<(), Unrenderable> {
        if depth > MAX_DEPTH {
            return Err(Unrenderable::new(format!("a document is nested deeper than {MAX_DEPTH}")));
        }
        self.skip_blanks();
        match self.rest.as_bytes().first() {
            Some(b'{') => self.object(out, depth),
            Some(b'[') => self.array(out, depth),
            Some(b'"') => {
                let raw = self.string()?;
                self.replaced += unescape(raw, |piece| text::content(piece, out))?;
                Ok(())
            }
            Some(b'n') => self.literal("null").map(drop),
            Some(_) => {
                let scalar = self.scalar()?;
                out.extend_from_slice(scalar.as_bytes());
                Ok(())
            }
            None => Err(malformed()),
        }
    }

    fn object(&mut self, out: &mut Vec<u8>, depth: usize) -> Result<(), Unrenderable> {
        self.literal("{")?;
        if self.takes("}") {
            return Ok(());
        }
        loop {
            self.skip_blanks();
            let key = unescaped(self.string()?)?;
            self.skip_blanks();
            self.literal(":")?;
            self.skip_blanks();
            if !self.takes("null") {
                name::open(&key, out);
                self.value(out, depth + 1)?;
                name::close(&key, out);
            }
            if self.takes("}") {
                return Ok(());
            }
            self.literal(",")?;
        }
    }

    fn array(&mut self, out: &mut Vec<u8>, depth: usize) -> Result<(), Unrenderable> {
        self.literal("[")?;
        if self.takes("]") {
            return Ok(());
        }
        loop {
            out.extend_from_slice(b"<item>");
            self.value(out, depth + 1)?;
            out.extend_from_slice(b"</item>");
            if self.takes("]") {
                return Ok(());
            }
            self.literal(",")?;
        }
    }

    /// A string's content, still escaped.
    fn string(&mut self) -> Result<&'j str, Unrenderable> {
        self.literal("\"")?;
        let (bytes, mut from) = (self.rest.as_bytes(), 0);
        loop {
            let at = from + memchr::memchr2(b'"', b'\\', &bytes[from..]).ok_or_else(malformed)?;
            if bytes[at] == b'"' {
                let content = &self.rest[..at];
                self.rest = &self.rest[at + 1..];
                return Ok(content);
            }
            from = bytes.len().min(at + 2);
        }
    }

    /// A number, `true` or `false`, as it is written.
    fn scalar(&mut self) -> Result<&'j str, Unrenderable> {
        let is_part =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let len = self.rest.bytes().take_while(is_part).count();
        if len == 0 {
            return Err(malformed());
        }
        let (scalar, rest) = self.rest.split_at(len);
        self.rest = rest;
        Ok(scalar)
    }

    fn literal(&mut self, expected: &str) -> Result<(), Unrenderable> {
        self.rest = self.rest.strip_prefix(expected).ok_or_else(malformed)?;
        Ok(())
    }

    /// Passes over a text, if it comes next.
    fn takes(&mut self, expected: &str) -> bool {
        self.skip_blanks();
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }
}

fn malformed() -> Unrenderable {
    Unrenderable::new("a document is not JSON")
}

fn unescaped(raw: &str) -> Result<Cow<'_, str>, Unrenderable> {
    if !raw.contains('\\') {
        return Ok(Cow::Borrowed(raw));
    }
    let mut text = String::with_capacity(raw.len());
    unescape(raw, |piece| {
        text.push_str(piece);
        0
    })?;
    Ok(Cow::Owned(text))
}

/// Hands on a string's text piece by piece, and adds up what is said of the pieces. Half a surrogate
/// pair becomes U+FFFD, and counts as one.
fn unescape(raw: &str, mut piece: impl FnMut(&str) -> u64) -> Result<u64, Unrenderable> {
    let (mut rest, mut replaced) = (raw, 0);
    while let Some((plain, escaped)) = rest.split_once('\\') {
        replaced += piece(plain);
        let (c, after) = match escaped.as_bytes().first() {
            Some(b'u') => code_point(&escaped[1..])?,
            Some(&byte) => (Some(short(byte)?), &escaped[1..]),
            None => return Err(malformed()),
        };
        replaced += u64::from(c.is_none());
        replaced += piece(c.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut [0; 4]));
        rest = after;
    }
    Ok(replaced + piece(rest))
}

fn short(byte: u8) -> Result<char, Unrenderable> {
    match byte {
        b'"' | b'\\' | b'/' => Ok(char::from(byte)),
        b'b' => Ok('\u{8}'),
        b'f' => Ok('\u{C}'),
        b'n' => Ok('\n'),
        b'r' => Ok('\r'),
        b't' => Ok('\t'),
        _ => Err(malformed()),
    }
}

/// The character after `\u`, nothing for half a surrogate pair, and what follows it.
fn code_point(text: &str) -> Result<(Option<char>, &str), Unrenderable> {
    let (high, rest) = unit(text)?;
    if let 0xD800..=0xDBFF = high
        && let Some(second) = rest.strip_prefix("\\u")
        && let (low @ 0xDC00..=0xDFFF, after) = unit(second)?
    {
        let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        return Ok((char::from_u32(code), after));
    }
    Ok((char::from_u32(high), rest))
}

fn unit(text: &str) -> Result<(u32, &str), Unrenderable> {
    let digits = text.get(..4).ok_or_else(malformed)?;
    let unit = u32::from_str_radix(digits, 16).map_err(|_| malformed())?;
    Ok((unit, &text[4..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: Result<(&str, u64), &str>) {
        let mut out = Vec::new();
        let found = elements(json, &mut out);
        let text = String::from_utf8(out).unwrap();
        let found = found
            .as_ref()
            .map(|&replaced| (text.as_str(), replaced))
            .map_err(|error| error.why.as_str());
        assert_eq!(found, expected, "{json}");
    }

    #[test]
    fn values_become_elements_and_keep_their_spelling() {
        check("{}", Ok(("", 0)));
        check(" [ ] ", Ok(("", 0)));
        check(
            r#"{ "a" : [1.0, 1e400 ,"x"], "b": { } }"#,
            Ok(("<a><item>1.0</item><item>1e400</item><item>x</item></a><b></b>", 0)),
        );
        check(r#"{"a": null, "b": false}"#, Ok(("<b>false</b>", 0)));
        check("[[null]]", Ok(("<item><item></item></item>", 0)));
    }

    #[test]
    fn strings_are_unescaped_and_escaped_anew() {
        check(r#"["\"\\\/\b\f\n\r\t"]"#, Ok(("<item>\"\\/\u{FFFD}\u{FFFD}\n&#13;\t</item>", 2)));
        check(r#"["\u00e4\ud83d\udea2\u003c"]"#, Ok(("<item>ä🚢&lt;</item>", 0)));
        check(
            r#"["\ud83d", "\udea2x", "\ud83d\u0041"]"#,
            Ok(("<item>\u{FFFD}</item><item>\u{FFFD}x</item><item>\u{FFFD}A</item>", 3)),
        );
        check(r#"{"a\u0020b": 1}"#, Ok(("<a_b name=\"a b\">1</a_b>", 0)));
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        for json in [
            "",
            "{",
            "[1",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "\"a",
            "\"\\",
            "\"\\x\"",
            "\"\\u12\"",
            "{} {}",
            "?",
        ] {
            check(json, Err("a document is not JSON"));
        }
    }

    #[test]
    fn nesting_ends_where_readers_give_up() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(elements(&nested(MAX_DEPTH + 1), &mut Vec::new()).is_ok());
        check_deep(&nested(MAX_DEPTH + 2));
        check_deep(&nested(200_000));
    }

    fn check_deep(json: &str) {
        let error = elements(json, &mut Vec::new()).unwrap_err();
        assert_eq!(error.why, "a document is nested deeper than 256");
    }
}
