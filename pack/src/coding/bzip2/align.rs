//! A block stretched to a whole number of bytes.
//!
//! A block lists, for each 50 symbols, which of its tables they are written in. Decoders read as
//! many of these selectors as the block announces and use as many as they need, so that up to seven
//! more do no harm; the cheapest is a single zero bit. Layout of a block: mark (48 bits), CRC (32),
//! a flag that is out of use (1), where the sorted text begins (24), which bytes occur (16, and 16
//! for each bit of them), tables (3), selectors (15, and each as ones and a zero), then the rest.

use super::END;
use super::bits::{BitReader, BitWriter};

/// Length of a stream's mark, which stands before its first block, in bits.
const OPEN_BITS: usize = 32;

/// Length of a stream's end in bits: mark and CRC.
const CLOSE_BITS: usize = 80;

/// Appends the only block of a stream, and gives its CRC.
pub(super) fn aligned(stream: &[u8], out: &mut Vec<u8>) -> u32 {
    let end = end_of_block(stream);
    let missing = (OPEN_BITS..end).len().wrapping_neg() % 8;
    let (mut from, mut to) = (BitReader::new(stream, OPEN_BITS), BitWriter::new(out));
    to.copy(&mut from, 48);
    let crc = to.copy(&mut from, 32);
    to.copy(&mut from, 1 + 24);
    let used = to.copy(&mut from, 16);
    for _ in 0..used.count_ones() {
        to.copy(&mut from, 16);
    }
    to.copy(&mut from, 3);
    let selectors = from.read(15);
    to.write(selectors + u32::try_from(missing).expect("it is less than eight"), 15);
    for _ in 0..selectors {
        while to.copy(&mut from, 1) == 1 {}
    }
    to.write(0, missing);
    let rest = end - from.at();
    to.copy(&mut from, rest);
    to.finish();
    // One more block would have changed it.
    assert_eq!(BitReader::new(stream, end + 48).read(32), crc, "the stream has one block");
    crc
}

/// The bit at which the block ends. After the stream's end come zero to seven bits of filling; the
/// mark has no part that is like its beginning, so that it is found in one place.
fn end_of_block(stream: &[u8]) -> usize {
    let last = stream.len() * 8 - CLOSE_BITS;
    (last - 7..=last)
        .find(|&at| {
            let mut bits = BitReader::new(stream, at);
            END.iter().all(|&byte| bits.read(8) == u32::from(byte))
        })
        .expect("a stream ends with its mark and CRC")
}
