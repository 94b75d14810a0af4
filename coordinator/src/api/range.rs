//! Which bytes are asked for, by RFC 9110. Pure.

use std::ops::Range;

use axum::http::{HeaderMap, header};

/// What a `Range` header comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All bytes: no range, one that cannot be read, several at once, or one of another content.
    Whole,
    /// These bytes, within the content.
    Part(Range<u64>),
    /// Bytes beyond the content.
    Unsatisfiable,
}

/// What is asked of a content of `len` bytes whose strong tag is `etag`.
pub(super) fn wanted(headers: &HeaderMap, etag: &str, len: u64) -> Wanted {
    let mut values = headers.get_all(header::RANGE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Wanted::Whole };
    // A date, or the tag of another content: the rest of that would be of no use to the client.
    if headers.get(header::IF_RANGE).is_some_and(|known| known.as_bytes() != etag.as_bytes()) {
        return Wanted::Whole;
    }
    value.to_str().ok().and_then(|value| of_value(value, len)).unwrap_or(Wanted::Whole)
}

fn of_value(value: &str, len: u64) -> Option<Wanted> {
    let (unit, ranges) = value.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = ranges.trim().split_once('-')?;
    Some(match (first, last) {
        ("", suffix) => match number(suffix)? {
            0 => Wanted::Unsatisfiable,
            _ if len == 0 => Wanted::Unsatisfiable,
            suffix => Wanted::Part(len.saturating_sub(suffix)..len),
        },
        (first, last) => {
            let first = number(first)?;
            let last = if last.is_empty() { u64::MAX } else { number(last)? };
            if last < first {
                return None;
            }
            if first >= len {
                Wanted::Unsatisfiable
            } else {
                Wanted::Part(first..last.saturating_add(1).min(len))
            }
        }
    })
}

/// A number of digits alone; one that is too large is as large as can be.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(range: &str, len: u64, expected: &Wanted) {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        assert_eq!(wanted(&headers, "\"a\"", len), *expected, "{range} of {len}");
    }

    #[test]
    fn one_range_is_cut_to_the_content() {
        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=0-9", 0..10),
            ("bytes=5-", 5..10),
            ("bytes=9-9", 9..10),
            ("bytes=-3", 7..10),
            ("bytes=-99", 0..10),
            ("Bytes=3-4", 3..5),
            ("bytes=0-18446744073709551615", 0..10),
            ("bytes=0-99999999999999999999999", 0..10),
            ("bytes=-99999999999999999999999", 0..10),
        ] {
            check(range, 10, &Wanted::Part(part));
        }
    }

    #[test]
    fn bytes_beyond_the_content_cannot_be_had() {
        for range in ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=18446744073709551615-"] {
            check(range, 10, &Wanted::Unsatisfiable);
        }
        check("bytes=-5", 0, &Wanted::Unsatisfiable);
        check("bytes=0-", 0, &Wanted::Unsatisfiable);
    }

    #[test]
    fn what_cannot_be_read_and_several_ranges_give_the_whole() {
        let many = format!("bytes={}", vec!["0-1"; 1000].join(","));
        for range in [
            "bytes=5-2",
            "bytes=abc",
            "bytes=",
            "bytes=-",
            "bytes=1-x",
            "bytes=+1-2",
            "items=0-1",
            "0-1",
            "bytes=0-1,3-4",
            &many,
        ] {
            check(range, 10, &Wanted::Whole);
        }
    }

    #[test]
    fn a_range_of_another_content_gives_the_whole() {
        for (known, expected) in [
            ("\"a\"", Wanted::Part(1..3)),
            ("\"b\"", Wanted::Whole),
            ("W/\"a\"", Wanted::Whole),
            ("Sat, 21 Nov 2026 00:00:00 GMT", Wanted::Whole),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, "bytes=1-2".parse().unwrap());
            headers.insert(header::IF_RANGE, known.parse().unwrap());
            assert_eq!(wanted(&headers, "\"a\"", 10), expected, "{known}");
        }
    }
}
