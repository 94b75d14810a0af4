//! Which segments are too small for the store to copy by itself, and are packed together first.
//! Pure.
//!
//! S3 copies nothing below 5 MiB by itself: an agent would have to read and write such segments.
//! Where there are many, workers pack neighbours of one output together; the archive's bytes are the
//! same with and without.

use std::ops::Range;

/// Length at which a group is large enough, in bytes (32 MiB).
const GROUP_BYTES: u64 = 32 << 20;

/// Up to how many bytes of small segments the agent handles by itself (16 MiB).
const AGENT_BYTES: u64 = 16 << 20;

/// Groups of neighbouring batches (first and last) of one output whose segments are shorter than
/// `shortest_copy`; none where they are not worth a task.
pub(crate) fn groups(
    segments: &[u32],
    outputs: impl IntoIterator<Item = Range<u32>>,
    shortest_copy: u64,
) -> Vec<(u32, u32)> {
    let is_small = |len: u32| u64::from(len) < shortest_copy;
    let small: u64 = segments.iter().filter(|len| is_small(**len)).map(|len| u64::from(*len)).sum();
    if small <= AGENT_BYTES {
        return Vec::new();
    }
    let mut groups = Vec::new();
    for output in outputs {
        let mut group: Option<(u32, u32, u64)> = None;
        for ordinal in output {
            let len = segments[ordinal as usize];
            // A batch that left nothing neither begins nor parts a group.
            if len == 0 {
                continue;
            }
            if !is_small(len) {
                groups.extend(group.take());
                continue;
            }
            let (first, _, before) = group.unwrap_or((ordinal, ordinal, 0));
            group = Some((first, ordinal, before + u64::from(len)));
            if group.is_some_and(|(_, _, bytes)| bytes >= GROUP_BYTES) {
                groups.extend(group.take());
            }
        }
        groups.extend(group);
    }
    groups
        .into_iter()
        .filter(|(first, last, _)| first < last)
        .map(|(first, last, _)| (first, last))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u32 = 1 << 20;

    fn check(segments: &[u32], outputs: &[(u32, u32)], expected: &[(u32, u32)]) {
        let outputs = outputs.iter().map(|&(first, end)| first..end);
        assert_eq!(groups(segments, outputs, 5 << 20), expected);
    }

    #[test]
    fn a_few_small_segments_are_left_to_the_agent() {
        check(&[MIB; 10], &[(0, 10)], &[]);
    }

    #[test]
    fn many_small_segments_are_packed_in_groups_of_one_output() {
        check(&[4 * MIB; 20], &[(0, 9), (9, 20)], &[(0, 7), (9, 16), (17, 19)]);
    }

    #[test]
    fn large_segments_stay_and_part_the_groups() {
        let mut segments = vec![4 * MIB; 12];
        segments[5] = 9 * MIB;
        check(&segments, &[(0, 12)], &[(0, 4), (6, 11)]);
    }

    #[test]
    fn batches_that_left_nothing_neither_begin_nor_part_a_group() {
        let mut segments = vec![4 * MIB; 8];
        (segments[0], segments[3]) = (0, 0);
        check(&segments, &[(0, 8)], &[(1, 7)]);
    }

    #[test]
    fn a_store_that_copies_anything_needs_none() {
        assert_eq!(groups(&[MIB; 100], std::iter::once(0..100), 0), []);
    }
}
