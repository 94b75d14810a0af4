//! Shares: parts of one deflate stream that are made independently and joined byte by byte.

use flate2::FlushCompress;
use proto::commit::Share;

use super::steady::Steady;

/// zlib's effort for shares.
///
/// libdeflate cannot end without a final block, so shares take zlib-rs. Measured on 60 MB of CSV and
/// 30 MB of prose and JSON in shares of 24 MiB, one thread, against `zip -6` (20 MB/s, to 47.0 % and
/// 42.2 %):
///
/// | level | CSV | prose |
/// |---|---|---|
/// | 1 | 93 MB/s, 66.4 % | 104 MB/s, 60.6 % |
/// | **2** | **58 MB/s, 47.8 %** | **67 MB/s, 44.3 %** |
/// | 3 | 46 MB/s, 46.9 % | 57 MB/s, 42.9 % |
/// | 6 | 35 MB/s, 46.1 % | 48 MB/s, 42.1 % |
const LEVEL: u32 = 2;

/// What a sync flush ends with: an empty stored block, on a byte border.
const SYNC_MARK: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];

/// What follows the last share: a final, empty stored block.
pub const END_OF_SHARES: [u8; 5] = [0x01, 0x00, 0x00, 0xFF, 0xFF];

/// Deflates one share: a raw fragment that ends on a byte border and has no final block.
///
/// Shares joined in order and closed by [`END_OF_SHARES`] are one deflate stream: each begins with
/// an empty window, so that none refers to what was before it.
pub struct ShareWriter {
    deflate: Steady,
    crc32: crc32fast::Hasher,
    size: u64,
}

impl ShareWriter {
    /// Begins a share.
    pub fn new() -> Self {
        Self::at(LEVEL)
    }

    /// Begins a share whose content stays as it is, in stored blocks.
    pub fn stored() -> Self {
        Self::at(0)
    }

    fn at(level: u32) -> Self {
        Self { deflate: Steady::new(level), crc32: crc32fast::Hasher::new(), size: 0 }
    }

    /// Takes in content, and appends what is ready.
    pub fn write(&mut self, data: &[u8], out: &mut Vec<u8>) {
        self.crc32.update(data);
        self.size += data.len() as u64;
        self.deflate.write(data, out);
    }

    /// Appends the rest. A share of nothing is no bytes at all.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Share {
        if self.size > 0 {
            self.deflate.flush(FlushCompress::Sync, out);
            assert!(out.ends_with(&SYNC_MARK), "a sync flush ends with its mark");
        }
        Share {
            crc32: self.crc32.finalize(),
            size: self.size,
            compressed: self.deflate.written_bytes(),
        }
    }
}

impl Default for ShareWriter {
    fn default() -> Self {
        Self::new()
    }
}

/// Appends bytes as they are, in blocks that may stand between shares; nothing for no bytes.
pub fn stored_block(bytes: &[u8], out: &mut Vec<u8>) {
    for block in bytes.chunks(usize::from(u16::MAX)) {
        let len = u16::try_from(block.len()).expect("the blocks are cut to what the field holds");
        out.push(0);
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(block);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::deflate::{Inflater, Progress};
    use crate::digest::combine_crc32;

    fn share(content: &[u8], chunk_bytes: usize) -> (Share, Vec<u8>) {
        made(ShareWriter::new(), content, chunk_bytes)
    }

    fn made(mut writer: ShareWriter, content: &[u8], chunk_bytes: usize) -> (Share, Vec<u8>) {
        let mut out = Vec::new();
        content.chunks(chunk_bytes).for_each(|chunk| writer.write(chunk, &mut out));
        let share = writer.finish(&mut out);
        assert_eq!(share.compressed, out.len() as u64);
        (share, out)
    }

    #[test]
    fn a_share_of_nothing_is_no_bytes() {
        assert_eq!(share(b"", 1), (Share { crc32: 0, size: 0, compressed: 0 }, Vec::new()));
    }

    #[test]
    fn noise_that_fills_the_room_to_the_brim_still_ends_with_the_mark() {
        for len in (65_400..65_600).chain([131_072, 1 << 20]) {
            let noise = crate::noise(len);
            let (_, bytes) = share(&noise, len);
            let mut back = Vec::new();
            Inflater::new().write(&bytes, &mut back).unwrap();
            assert!(back == noise, "{len}");
        }
    }

    #[test]
    fn a_stored_share_is_its_content_and_little_more() {
        let content = "the same, ".repeat(50_000).into_bytes();
        let (share, bytes) = made(ShareWriter::stored(), &content, 1000);
        assert!(bytes.len() < content.len() + 100, "{}", bytes.len());
        assert_eq!(made(ShareWriter::stored(), &content, content.len()), (share, bytes.clone()));
        let mut back = Vec::new();
        Inflater::new().write(&bytes, &mut back).unwrap();
        assert!(back == content);
        assert_eq!(made(ShareWriter::stored(), b"", 1).1, b"");
    }

    #[test]
    fn stored_blocks_may_stand_between_shares() {
        let long = "x".repeat(200_000);
        let mut joined = Vec::new();
        stored_block(b"[\n", &mut joined);
        joined.extend(share(b"1", 1).1);
        stored_block(b"", &mut joined);
        stored_block(long.as_bytes(), &mut joined);
        joined.extend(share(b"2", 1).1);
        joined.extend(END_OF_SHARES);
        let mut back = Vec::new();
        assert_eq!(
            Inflater::new().write(&joined, &mut back).unwrap(),
            Progress::Ended { used: joined.len() }
        );
        assert_eq!(back, format!("[\n1{long}2").into_bytes());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn shares_of_any_cut_join_to_the_content(
            content in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..5000),
                "[a-f,\n]{0,300}".prop_map(|text| text.repeat(700).into_bytes()),
            ],
            mut cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            cuts.sort_by_key(|cut| cut.index(content.len() + 1));
            let (mut joined, mut parts, mut start) = (Vec::new(), Vec::new(), 0);
            for end in cuts.iter().map(|cut| cut.index(content.len() + 1)).chain([content.len()]) {
                let (part, bytes) = share(&content[start..end], 4096);
                joined.extend(bytes);
                parts.push((part.crc32, part.size));
                start = end;
            }
            let mut back = Vec::new();
            prop_assert_eq!(Inflater::new().write(&joined, &mut back), Ok(Progress::More));
            joined.extend(END_OF_SHARES);
            back.clear();
            prop_assert_eq!(Inflater::new().write(&joined, &mut back), Ok(Progress::Ended { used: joined.len() }));
            prop_assert_eq!(combine_crc32(parts), (crc32fast::hash(&content), content.len() as u64));
            prop_assert!(back == content);
        }

        #[test]
        fn how_content_comes_does_not_show(
            content in "[a-f,\n]{0,300}".prop_map(|text| text.repeat(900).into_bytes()),
            chunk_bytes in 1..200_000_usize,
        ) {
            prop_assert!(share(&content, chunk_bytes) == share(&content, usize::MAX));
        }
    }
}
