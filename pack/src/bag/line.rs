//! Lines of manifests and of `fetch.txt`.

use std::io::Write as _;

/// Appends a file's line of a manifest; the digest is in hexadecimal.
pub fn manifest_line(digest: &str, path: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(digest.as_bytes());
    out.extend_from_slice(b"  ");
    push_path(path, out);
    out.push(b'\n');
}

/// Appends the line of a file that is not in the bag yet. Where the length is unknown, a reader
/// takes what it gets.
pub fn fetch_line(url: &str, len_bytes: Option<u64>, path: &str, out: &mut Vec<u8>) {
    for c in url.chars() {
        // White space would end the URL.
        push_char(c, c.is_whitespace() || c.is_control(), out);
    }
    match len_bytes {
        Some(len) => write!(out, " {len} "),
        None => write!(out, " - "),
    }
    .expect("writing to a Vec cannot fail");
    push_path(path, out);
    out.push(b'\n');
}

/// A line's end within a path is escaped, and the escape's own mark, and nothing else.
///
/// That is what the standard says; bagit.py 1.9 does not turn `%25` back and misses such a file.
fn push_path(path: &str, out: &mut Vec<u8>) {
    path.chars().for_each(|c| push_char(c, matches!(c, '\r' | '\n' | '%'), out));
}

fn push_char(c: char, is_escaped: bool, out: &mut Vec<u8>) {
    for &byte in c.encode_utf8(&mut [0; 4]).as_bytes() {
        if is_escaped {
            write!(out, "%{byte:02X}").expect("writing to a Vec cannot fail");
        } else {
            out.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check_manifest(path: &str, expected: &str) {
        let mut out = Vec::new();
        manifest_line("0a", path, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), format!("0a  {expected}\n"));
    }

    #[test]
    fn a_path_has_its_line_ends_and_percent_signs_escaped() {
        check_manifest("data/a b ä €.txt", "data/a b ä €.txt");
        check_manifest("data/50%0A\r\n", "data/50%250A%0D%0A");
    }

    fn check_fetch(url: &str, len_bytes: Option<u64>, expected: &str) {
        let mut out = Vec::new();
        fetch_line(url, len_bytes, "data/a b%", &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_line_to_fetch_has_three_parts() {
        check_fetch("https://a.example/ä", Some(7), "https://a.example/ä 7 data/a b%25\n");
        check_fetch("https://a/b c\n\u{A0}", None, "https://a/b%20c%0A%C2%A0 - data/a b%25\n");
    }

    proptest! {
        #[test]
        fn any_path_reads_back(path in "([%\r\n ä0-9AD]|\\PC){0,40}") {
            let mut out = Vec::new();
            manifest_line("0a", &path, &mut out);
            let line = String::from_utf8(out).unwrap();
            let line = line.strip_prefix("0a  ").and_then(|line| line.strip_suffix('\n')).unwrap();
            prop_assert!(!line.contains(['\r', '\n']));
            let back = line.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
            prop_assert_eq!(back, path);
        }
    }
}
