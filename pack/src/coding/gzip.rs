//! One gzip member around shares: <https://www.rfc-editor.org/rfc/rfc1952>.

use proto::commit::Piece;

use crate::deflate::END_OF_SHARES;
use crate::digest::combine_crc32;

/// Deflate, no name, no time, no word about effort or system.
pub(super) const OPEN: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];

/// The CRC-32 of two neighbours' content.
pub(super) fn check(before: &Piece, after: &Piece) -> u32 {
    combine_crc32([before, after].map(|piece| (piece.check, piece.size))).0
}

/// Appends the last block, the CRC-32 and the length, of which there is room for 32 bits.
pub(super) fn close(all: &Piece, out: &mut Vec<u8>) {
    out.extend_from_slice(&END_OF_SHARES);
    out.extend_from_slice(&all.check.to_le_bytes());
    out.extend_from_slice(&all.size.to_le_bytes()[..4]);
}
