//! What a server calls a file: the name in `Content-Disposition` (RFC 6266).

use proto::percent;
use reqwest::header::{CONTENT_DISPOSITION, HeaderMap};

/// The name that headers give a file; the one in UTF-8 where there are two.
pub(super) fn file_name(headers: &HeaderMap) -> Option<String> {
    let header = headers.get(CONTENT_DISPOSITION)?;
    let mut plain = None;
    for part in parts(std::str::from_utf8(header.as_bytes()).ok()?) {
        let Some((key, value)) = part.split_once('=') else { continue };
        let (key, value) = (key.trim(), value.trim());
        if key.eq_ignore_ascii_case("filename*")
            && let Some(name) = decoded(value)
        {
            return Some(name);
        }
        if key.eq_ignore_ascii_case("filename") {
            plain = plain.or_else(|| Some(unquoted(value)).filter(|name| !name.is_empty()));
        }
    }
    plain
}

/// What semicolons part that are in no quotes.
fn parts(header: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, sign) in header.char_indices() {
        match sign {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ';' if !is_quoted => {
                parts.push(&header[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&header[start..]);
    parts
}

/// A text in quotes or without.
fn unquoted(value: &str) -> String {
    let Some(quoted) = value.strip_prefix('"') else { return value.to_owned() };
    let (mut text, mut signs) = (String::new(), quoted.chars());
    while let Some(sign) = signs.next() {
        match sign {
            '"' => break,
            '\\' => text.extend(signs.next()),
            sign => text.push(sign),
        }
    }
    text
}

/// A text with its charset, its language and percent signs (RFC 8187); nothing where it is none of UTF-8.
fn decoded(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    percent::decoded(encoded).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_DISPOSITION, header.parse().unwrap());
        assert_eq!(file_name(&headers).as_deref(), expected, "{header}");
    }

    #[test]
    fn a_file_is_called_as_the_header_says() {
        check("filename*=UTF-8''tr%C3%AAs%20%C3%A9.txt", Some("três é.txt"));
        check("attachment; filename=\"a; \\\"b\\\".txt\"", Some("a; \"b\".txt"));
        check("attachment; filename=plain.txt; filename*=utf-8'en'n%61me", Some("name"));
        check("attachment;FILENAME = plain.txt", Some("plain.txt"));
        check("filename*=UTF-8''{x}.txt", Some("{x}.txt"));
    }

    #[test]
    fn what_is_no_name_is_none() {
        check("inline", None);
        check("filename=\"\"", None);
        check("filename*=UTF-8''%ff", None);
        check("filename*=UTF-8''%4", None);
        check("filename*=UTF-8''%+f; filename=b", Some("b"));
        check("filename*=ISO-8859-1''a; filename=b", Some("b"));
    }
}
