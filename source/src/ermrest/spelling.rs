//! How names and values are spelled in addresses: all but letters, digits and four signs by percent signs.

use std::fmt::Write as _;

/// A name or a value as it stands in an address.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A name as it is called that stands in an address so. What is no UTF-8 gets signs in its place.
pub(super) fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let [first, others @ ..] = rest {
        let is_hex = |digits: &&[u8]| digits.iter().all(u8::is_ascii_hexdigit);
        let digits = others.get(..2).filter(|_| *first == b'%').filter(is_hex);
        let digits = digits.and_then(|digits| str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spelled_reads_as_it_was() {
        for (text, expected) in [
            ("note: a/b", "note%3A%20a%2Fb"),
            ("é漢😀", "%C3%A9%E6%BC%A2%F0%9F%98%80"),
            ("a-._~", "a-._~"),
        ] {
            assert_eq!(encoded(text), expected);
            assert_eq!(decoded(expected), text);
        }
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz+%+f"), "%zz+%+f");
    }
}
