//! Numbers in 32 letters that nobody mistakes for each other: in identifiers of rows, and in times of snapshots.

use jiff::Timestamp;

/// Ten digits and the letters without I, L, O and U.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A number, in groups of four from its end.
pub(super) fn encode(number: u64) -> String {
    let mut letters = Vec::new();
    let mut left = number;
    while left > 0 || letters.is_empty() {
        if letters.len() % 5 == 4 {
            letters.push(b'-');
        }
        let place = usize::try_from(left % 32).unwrap_or_default();
        letters.push(LETTERS[place]);
        left /= 32;
    }
    letters.reverse();
    String::from_utf8_lossy(&letters).into_owned()
}

/// The number of a text, unless it is none.
pub(super) fn decode(text: &str) -> Option<u64> {
    text.bytes().filter(|letter| *letter != b'-').try_fold(0_u64, |number, letter| {
        let place = LETTERS.iter().position(|known| *known == letter.to_ascii_uppercase())?;
        number.checked_mul(32)?.checked_add(u64::try_from(place).ok()?)
    })
}

/// A time as snapshots are called: 64 bits are the upper ones of 13 letters, which have 65.
pub(super) fn of_time(time: Timestamp) -> String {
    encode(u64::try_from(time.as_microsecond()).unwrap_or_default() << 1)
}

/// The time of a snapshot, unless it is none.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    Timestamp::from_microsecond(i64::try_from(decode(text)? >> 1).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::{encode, of_time, time};

    #[test]
    fn a_snapshot_is_called_by_its_microseconds() {
        let known = "2026-11-21 02:03:50.187837+00:00".parse().unwrap();
        assert_eq!(of_time(known), "361-FY5J-NNKT");
        assert_eq!(time("361-FY5J-NNKT"), Some(known));
        assert_eq!(time("soon"), None);
    }

    #[test]
    fn identifiers_are_in_groups_of_four() {
        assert_eq!(encode(0), "0");
        assert_eq!(encode(31), "Z");
        assert_eq!(encode(1 << 20), "1-0000");
    }
}
