//! How an object is cut into parts: arithmetic alone.

use std::ops::Range;

/// Smallest part but the last, in bytes (5 MiB).
///
/// S3 refuses smaller ones when the upload is completed:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub(crate) const LEAST_PART_BYTES: u64 = 5 << 20;

/// Most parts of an object; from the same page.
pub(crate) const MOST_PARTS: u32 = 10_000;

/// Largest range that is copied as one part, in bytes (1 GiB).
///
/// S3 allows 5 GiB, but is silent until it has copied: smaller parts are copied several at once,
/// and an answer that got lost costs less. 10,000 of them are 9.7 TiB, beyond the largest object.
const COPIED_PART_BYTES: u64 = 1 << 30;

/// Size that a part of written bytes has, in bytes, by its number from 1.
///
/// As small as the server allows at first, for parts are what a worker's memory consists of; and
/// growing, so that the numbers do not run out: 4.9 GiB in parts of 5 MiB, 20 GiB with those of
/// 16 MiB, 83 GiB with those of 32 MiB, and 458 GiB in all. Larger objects are joined from others by
/// copying, not written in one go.
pub(crate) fn written_part_bytes(number: u32) -> usize {
    match number {
        0..=1000 => 5 << 20,
        1001..=2000 => 16 << 20,
        2001..=4000 => 32 << 20,
        _ => 64 << 20,
    }
}

/// Smallest size of a written part once something was copied into the same object, in bytes (16 MiB).
///
/// A range shorter than twice the smallest part may have to be carried, and the bytes that wait then
/// must not be cut into a part and a rest: the rest would make the next range be carried too, and so
/// on through the whole object.
pub(crate) const JOINED_PART_BYTES: usize = 16 << 20;

/// How a range of another object is appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// All of it is read, and written again.
    Carried,
    /// The store copies it, but for the first `head` bytes, which are read, and written again to
    /// make the part before large enough.
    Copied {
        /// How many; together with what is waiting, exactly the smallest part.
        head: u64,
    },
}

/// How a range of `len` bytes is appended while `waiting` bytes are not yet in a part.
///
/// What waits becomes a part before the copied one, so it must be empty or large enough; what is
/// copied must be large enough itself, for something may come after it.
pub(crate) fn way(waiting: u64, len: u64) -> Way {
    let head = if waiting == 0 { 0 } else { LEAST_PART_BYTES.saturating_sub(waiting) };
    if len >= head + LEAST_PART_BYTES { Way::Copied { head } } else { Way::Carried }
}

/// Cuts a range into parts to copy, of nearly the same size.
pub(crate) fn copied_parts(range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let len = range.end - range.start;
    let count = len.div_ceil(COPIED_PART_BYTES);
    // The remainder goes to the first ones, a byte each.
    let (least, longer) =
        (len.checked_div(count).unwrap_or(0), len.checked_rem(count).unwrap_or(0));
    (0..count).scan(range.start, move |start, index| {
        let end = *start + least + u64::from(index < longer);
        Some(std::mem::replace(start, end)..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: u64 = LEAST_PART_BYTES;

    #[test]
    fn numbers_last_for_458_gib_of_written_bytes() {
        let all: u64 = (1..=MOST_PARTS).map(|number| written_part_bytes(number) as u64).sum();
        assert_eq!(all >> 30, 458);
    }

    #[test]
    fn no_part_but_the_last_is_too_small() {
        for waiting in [0, 1, LEAST - 1, LEAST, LEAST + 1, 8 << 20] {
            for len in [0, 1, LEAST - 1, LEAST, LEAST + 1, 2 * LEAST - 1, 2 * LEAST, 100 * LEAST] {
                match way(waiting, len) {
                    Way::Copied { head } => {
                        assert!(waiting + head == 0 || waiting + head >= LEAST, "{waiting} {len}");
                        assert!(head <= LEAST && len - head >= LEAST, "{waiting} {len}");
                    }
                    Way::Carried => assert!(len < 2 * LEAST, "{waiting} {len}"),
                }
            }
        }
        assert_eq!(way(0, LEAST), Way::Copied { head: 0 });
        assert_eq!(way(30, 2 * LEAST), Way::Copied { head: LEAST - 30 });
        assert_eq!(way(30, 2 * LEAST - 31), Way::Carried);
    }

    #[test]
    fn copied_parts_are_the_range_and_all_about_as_large() {
        for len in [LEAST, 1 << 30, (1 << 30) + 1, (5 << 30) + 3, 5 << 40] {
            let range = 77..77 + len;
            let parts: Vec<_> = copied_parts(range.clone()).collect();
            assert_eq!((parts[0].start, parts[parts.len() - 1].end), (range.start, range.end));
            assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert!(parts.iter().all(|part| (LEAST..=1 << 30).contains(&(part.end - part.start))));
            assert!(parts.len() <= 5120);
        }
        assert_eq!(copied_parts(5..5).count(), 0);
    }
}
