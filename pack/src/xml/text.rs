//! Characters in text and in attributes.

/// For each byte, whether text cannot hold it as it is; U+FFFE and U+FFFF begin with 0xEF.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        special[byte] = byte != b'\t' as usize && byte != b'\n' as usize;
        byte += 1;
    }
    special[b'&' as usize] = true;
    special[b'<' as usize] = true;
    special[b'>' as usize] = true;
    special[0xEF] = true;
    special
};

const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

/// Appends text between tags, and tells how many characters were replaced.
pub fn content(text: &str, out: &mut Vec<u8>) -> u64 {
    let (mut rest, mut replaced) = (text.as_bytes(), 0);
    while let Some(at) = rest.iter().position(|&byte| SPECIAL[usize::from(byte)]) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let len = match rest {
            [0xEF, 0xBF, 0xBE | 0xBF, ..] => {
                out.extend_from_slice(REPLACEMENT);
                replaced += 1;
                3
            }
            [byte, ..] => {
                replaced += special(*byte, out);
                1
            }
            [] => 0,
        };
        rest = &rest[len..];
    }
    out.extend_from_slice(rest);
    replaced
}

fn special(byte: u8, out: &mut Vec<u8>) -> u64 {
    match byte {
        b'&' => out.extend_from_slice(b"&amp;"),
        b'<' => out.extend_from_slice(b"&lt;"),
        b'>' => out.extend_from_slice(b"&gt;"),
        b'\r' => out.extend_from_slice(b"&#13;"),
        0xEF => out.push(byte),
        _ => {
            out.extend_from_slice(REPLACEMENT);
            return 1;
        }
    }
    0
}

/// Appends what stands between the double quotes of an attribute, and tells how many characters were
/// replaced.
pub fn attribute(text: &str, out: &mut Vec<u8>) -> u64 {
    let mut replaced = 0;
    for c in text.chars() {
        match c {
            '&' => out.extend_from_slice(b"&amp;"),
            '<' => out.extend_from_slice(b"&lt;"),
            '"' => out.extend_from_slice(b"&quot;"),
            '\t' => out.extend_from_slice(b"&#9;"),
            '\n' => out.extend_from_slice(b"&#10;"),
            '\r' => out.extend_from_slice(b"&#13;"),
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => {
                out.extend_from_slice(REPLACEMENT);
                replaced += 1;
            }
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str, replaced: u64) {
        let mut out = Vec::new();
        assert_eq!(content(text, &mut out), replaced);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn markup_is_escaped_and_the_rest_stays() {
        check("a & b < c ]]> \"'", "a &amp; b &lt; c ]]&gt; \"'", 0);
        check("tab\t, line\n, return\r", "tab\t, line\n, return&#13;", 0);
        check("ä, ﻿, ｱ, \u{FFFD}, 🚢, \u{7F}\u{85}", "ä, ﻿, ｱ, \u{FFFD}, 🚢, \u{7F}\u{85}", 0);
    }

    #[test]
    fn attributes_keep_their_line_ends() {
        let mut out = Vec::new();
        assert_eq!(attribute("<\"a\n\t&\0'>", &mut out), 1);
        assert_eq!(String::from_utf8(out).unwrap(), "&lt;&quot;a&#10;&#9;&amp;\u{FFFD}'>");
    }

    #[test]
    fn what_no_document_holds_is_replaced_and_counted() {
        check("a\0\u{8}\u{1F}b\u{FFFE}\u{FFFF}", "a\u{FFFD}\u{FFFD}\u{FFFD}b\u{FFFD}\u{FFFD}", 5);
    }
}
