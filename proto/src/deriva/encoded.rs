//! Names as they stand in the paths of ERMrest.

use std::fmt::Write as _;

/// A name with everything percent-encoded but letters, digits and `-_.~`.
///
/// ERMrest gives meaning to quotes, brackets and asterisks, so that they are encoded as well.
pub(super) fn encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing into a text does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// A percent-encoded text; nothing where it is none of UTF-8.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let digits = std::str::from_utf8(after.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{decoded, encoded};

    #[test]
    fn what_ermrest_gives_a_meaning_is_encoded() {
        assert_eq!(encoded("note: a/b"), "note%3A%20a%2Fb");
        assert_eq!(encoded("**Bold** ('é')!"), "%2A%2ABold%2A%2A%20%28%27%C3%A9%27%29%21");
        assert_eq!(encoded("fk_col-1.~"), "fk_col-1.~");
    }

    #[test]
    fn what_was_encoded_is_read_again() {
        for name in ["note: a/b", "**Bold** ('é')!", "100%", ""] {
            assert_eq!(decoded(&encoded(name)).as_deref(), Some(name));
        }
        assert_eq!(decoded("a%2"), None);
        assert_eq!(decoded("%zz"), None);
        assert_eq!(decoded("%ff"), None);
    }
}
