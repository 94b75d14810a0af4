//! Records of a `pax` header: what `ustar` cannot say about the file that follows.

use super::block::{MAX_SIZE, split};

/// The records that a path and a size need.
pub(super) fn records(path: &str, size: u64) -> String {
    let mut records = String::new();
    if !path.is_ascii() || split(path).is_none() {
        records.push_str(&record("path", path));
    }
    if size > MAX_SIZE {
        records.push_str(&record("size", &size.to_string()));
    }
    records
}

/// One record, which begins with its own length.
fn record(key: &str, value: &str) -> String {
    // Space, equals sign and newline.
    let rest = key.len() + value.len() + 3;
    let mut digits = 1;
    while digits_of(rest + digits) > digits {
        digits += 1;
    }
    format!("{} {key}={value}\n", rest + digits)
}

fn digits_of(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_itself() {
        for len in (0..1100).chain([9_980, 10_000]) {
            let value = "v".repeat(len);
            let text = record("path", &value);
            let (count, rest) = text.split_once(' ').unwrap();
            assert_eq!(count.parse(), Ok(text.len()), "{len}");
            assert_eq!(rest, format!("path={value}\n"));
        }
    }
}
