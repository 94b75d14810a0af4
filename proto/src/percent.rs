//! Texts with percent signs (RFC 3986), as they stand in paths, in queries and in headers.

use std::fmt::Write as _;

/// A text with everything encoded but letters, digits and `-._~`.
///
/// `ERMrest` gives meaning to quotes, brackets and asterisks, so that they are encoded as well.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a text does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// What a text stands for; nothing where a percent sign begins no byte, or the bytes are no UTF-8.
pub fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((met, after)) = first(rest) {
        bytes.push(match met {
            Met::Plain(b'%') => return None,
            Met::Plain(byte) | Met::Encoded(byte) => byte,
        });
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// What a text stands for, as far as it does: a percent sign that begins no byte is one, and what is no UTF-8 gets
/// signs in its place.
pub fn decoded_lossy(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((Met::Plain(byte) | Met::Encoded(byte), after)) = first(rest) {
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A byte of a text.
enum Met {
    /// As it is.
    Plain(u8),
    /// That a percent sign and two digits stand for.
    Encoded(u8),
}

/// The byte that a text begins with, and the text after it.
fn first(text: &[u8]) -> Option<(Met, &[u8])> {
    let (&begin, after) = text.split_first()?;
    if begin == b'%'
        && let [high, low, rest @ ..] = after
        && let (Some(high), Some(low)) = (digit(*high), digit(*low))
    {
        return Some((Met::Encoded((high << 4) | low), rest));
    }
    Some((Met::Plain(begin), after))
}

/// A digit of base 16, and no sign before one.
fn digit(letter: u8) -> Option<u8> {
    let value = char::from(letter).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_is_encoded() {
        for (text, expected) in [
            ("note: a/b", "note%3A%20a%2Fb"),
            ("**Bold** ('é')!", "%2A%2ABold%2A%2A%20%28%27%C3%A9%27%29%21"),
            ("é漢😀", "%C3%A9%E6%BC%A2%F0%9F%98%80"),
            ("fk_col-1.~", "fk_col-1.~"),
            ("", ""),
        ] {
            assert_eq!(encoded(text), expected);
            assert_eq!(decoded(expected).as_deref(), Some(text));
            assert_eq!(decoded_lossy(expected), text);
        }
    }

    #[test]
    fn what_is_not_encoded_so_is_nothing_or_stays() {
        for (text, lossy) in [
            ("a%2", "a%2"),
            ("100%", "100%"),
            ("%zz", "%zz"),
            ("%+f", "%+f"),
            ("%-1", "%-1"),
            ("%ff", "\u{fffd}"),
        ] {
            assert_eq!(decoded(text), None, "{text}");
            assert_eq!(decoded_lossy(text), lossy);
        }
    }
}
