//! JSON text as cells: what a value is, without a tree of it.

use std::borrow::Cow;

use crate::page::Kind;
use crate::walk::{Malformed, unescape};

/// Deepest nesting that is taken; readers behind us, `serde_json` among them, go no deeper.
pub(crate) const MAX_DEPTH: usize = 128;

/// A value in valid JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoded<'r> {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its text: strings unescaped, all else as it is written.
    pub(crate) text: Cow<'r, str>,
    /// How many halves of surrogate pairs became U+FFFD in it.
    pub(crate) halves: u64,
}

impl<'r> Decoded<'r> {
    /// No value.
    pub(crate) const NULL: Self = Self { kind: Kind::Null, text: Cow::Borrowed(""), halves: 0 };

    fn plain(kind: Kind, text: &'r str) -> Self {
        Self { kind, text: Cow::Borrowed(text), halves: 0 }
    }
}

/// What a value in valid JSON is.
pub(crate) fn decoded(raw: &str) -> Result<Decoded<'_>, Malformed> {
    Ok(match raw.as_bytes().first() {
        Some(b'"') => text(raw)?,
        Some(b'{' | b'[') => Decoded::plain(Kind::Json, raw),
        Some(b't' | b'f') => Decoded::plain(Kind::Bool, raw),
        Some(b'n') | None => Decoded::NULL,
        Some(_) => Decoded::plain(Kind::Number, raw),
    })
}

/// The same for sources that keep no account of what was replaced: half a surrogate pair is an error.
pub(crate) fn cell(raw: &str) -> Result<(Kind, Cow<'_, str>), Inexact> {
    match decoded(raw)? {
        Decoded { kind, text, halves: 0 } => Ok((kind, text)),
        Decoded { .. } => Err(Inexact::Half),
    }
}

/// Why a value has no text that says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Inexact {
    /// It is not JSON.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A string escapes half a surrogate pair, which is no character.
    #[error("half a surrogate pair")]
    Half,
}

/// [`cell`] of a document as a database keeps it: with blanks around it, and as deep as anybody made
/// it. The error says what is wrong with it.
pub(crate) fn document(text: &str) -> Result<(Kind, Cow<'_, str>), String> {
    if is_too_deep(text) {
        return Err(format!("the document is nested deeper than {MAX_DEPTH}"));
    }
    let raw = text.trim_matches([' ', '\t', '\r', '\n']);
    cell(raw).map_err(|error| format!("the document is not valid JSON: {error}"))
}

/// A string's text.
fn text(raw: &str) -> Result<Decoded<'_>, Malformed> {
    let within = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw);
    if memchr::memchr(b'\\', within.as_bytes()).is_none() {
        return Ok(Decoded::plain(Kind::Text, within));
    }
    let mut text = String::with_capacity(within.len());
    let halves = unescape(within, |piece| text.push_str(piece))?;
    Ok(Decoded { kind: Kind::Text, text: text.into(), halves })
}

/// Whether valid JSON is nested deeper than [`MAX_DEPTH`].
pub(crate) fn is_too_deep(json: &str) -> bool {
    // Nearly always there are not even that many brackets. They are counted without branches, in
    // pieces that a byte can count, for this is done to every record.
    let is_bracket = |byte: &u8| u8::from(byte | 0x20 == b'{');
    let pieces = json.as_bytes().chunks(usize::from(u8::MAX));
    let counts = pieces.map(|piece| usize::from(piece.iter().map(is_bracket).sum::<u8>()));
    if counts.sum::<usize>() <= MAX_DEPTH {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

/// Valid JSON without line ends: between values they say nothing, and a line holds a json.
pub(crate) fn on_one_line(json: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'\n', b'\r', json.as_bytes()).is_none() {
        return json.into();
    }
    let (mut text, mut in_string, mut escaped) = (String::with_capacity(json.len()), false, false);
    for character in json.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            ' ' | '\t' | '\n' | '\r' if !in_string => continue,
            _ => {}
        }
        text.push(character);
    }
    text.into()
}

/// Whether a text is a number in JSON's spelling.
pub(crate) fn is_number(text: &str) -> bool {
    fn digits(text: &[u8]) -> usize {
        text.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }
    let text = text.as_bytes();
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let len = digits(fraction);
        if len == 0 {
            return false;
        }
        rest = &fraction[len..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let unsigned = match exponent {
            [b'+' | b'-', unsigned @ ..] => unsigned,
            unsigned => unsigned,
        };
        let len = digits(unsigned);
        return len > 0 && len == unsigned.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(raw: &str, expected: (Kind, &str)) {
        let (kind, text) = cell(raw).unwrap();
        assert_eq!((kind, &*text), expected, "{raw}");
    }

    #[test]
    fn numbers_and_documents_keep_their_spelling() {
        for number in ["0.0", "1e400", "12345678901234567890", "-0", "1E+2"] {
            check(number, (Kind::Number, number));
        }
        check(r#"{"a" : [1]}"#, (Kind::Json, r#"{"a" : [1]}"#));
        check("null", (Kind::Null, ""));
        check("false", (Kind::Bool, "false"));
    }

    #[test]
    fn strings_are_unescaped() {
        check(r#""a\"b\u00e4\ud83d\ude00""#, (Kind::Text, "a\"bä😀"));
        check(r#""plain""#, (Kind::Text, "plain"));
        assert_eq!(cell(r#""\ud800""#), Err(Inexact::Half));
        let half = Decoded { kind: Kind::Text, text: "a\u{FFFD}".into(), halves: 1 };
        assert_eq!(decoded(r#""a\ud800""#), Ok(half));
    }

    #[test]
    fn depth_counts_brackets_outside_strings_only() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(!is_too_deep(&nested(MAX_DEPTH)));
        assert!(is_too_deep(&nested(MAX_DEPTH + 1)));
        assert!(!is_too_deep(&format!("[\"\\\"{}\"]", "[".repeat(500))));
        assert!(!is_too_deep(&format!("[{}1]", "[],".repeat(500))));
    }

    #[test]
    fn a_record_over_several_lines_is_put_on_one() {
        assert_eq!(
            on_one_line("{\n  \"a b\" : 1.0,\r\n\t\"c\": \"\\\" \\n\"}"),
            "{\"a b\":1.0,\"c\":\"\\\" \\n\"}"
        );
        assert_eq!(on_one_line("{ \"a\" : 1 }"), "{ \"a\" : 1 }");
    }

    proptest! {
        #[test]
        fn a_number_is_what_json_calls_one(text in "-?[0-9]{0,3}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?") {
            let raw: Result<&serde_json::value::RawValue, _> = serde_json::from_str(&text);
            prop_assert_eq!(is_number(&text), raw.is_ok());
        }
    }
}
