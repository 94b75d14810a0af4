//! What an address is: less than RFC 5322 allows, and all that people have.

/// Longest address, in bytes (RFC 5321, 4.5.3.1.3, without the angle brackets).
const LONGEST_ADDRESS: usize = 254;

/// Longest part before the `@`, in bytes (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// Whether a text is one address and nothing else: no name, no list, nothing quoted, no character
/// that could begin another header or command.
pub fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_plain = |c: char| {
        !c.is_control() && !c.is_whitespace() && !r#"@,:;<>()[]"\"#.contains(c) && !is_invisible(c)
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    text.len() <= LONGEST_ADDRESS
        && local.len() <= LONGEST_LOCAL
        && local.split('.').all(|part| !part.is_empty() && part.chars().all(is_plain))
        && domain.split('.').all(is_label)
}

/// Marks that change how the text around them is shown (Unicode's `Bidi_Control` and joiners).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_plain_address_is_an_address() {
        for good in
            ["a@b.c", "first.last+tag@mail.example.org", "jürgen@bücher.example", "x@localhost"]
        {
            assert!(is_address(good), "{good}");
        }
        let long = format!("{}@example.org", "x".repeat(65));
        for bad in [
            "",
            "a",
            "@b.c",
            "a@",
            "a@b.c\r\nBcc: x@y.z",
            "a@b.c, d@e.f",
            "a@b.c;d@e.f",
            "A <a@b.c>",
            "\"a b\"@c.d",
            "a@[127.0.0.1]",
            "a b@c.d",
            "a@b..c",
            ".a@b.c",
            "a..b@c.d",
            "a@-b.c",
            "a\0@b.c",
            "a@b@c.d",
            "a\u{202e}@b.c",
            &long,
        ] {
            assert!(!is_address(bad), "{bad:?}");
        }
    }
}
