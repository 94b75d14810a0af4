//! One bzip2 stream of blocks made apart.
//!
//! A block of bzip2 begins at whatever bit the one before ended. Here each block is stretched to a
//! whole number of bytes, in a way that every decoder takes ([`align`]), so that runs of blocks can
//! be joined byte by byte. The stream's checksum is made from those of its blocks, and combines.

mod align;
mod bits;
mod block;

use proto::commit::Piece;

use self::block::Block;

/// The stream's mark, with blocks of up to 900,000 bytes.
pub(super) const OPEN: [u8; 4] = *b"BZh9";

/// What follows the last block: the square root of π.
const END: [u8; 6] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];

/// Compresses a run of blocks.
#[derive(Default)]
pub(super) struct Blocks {
    /// The one that is being filled.
    block: Option<Block>,
    piece: Piece,
}

impl Blocks {
    pub(super) fn write(&mut self, mut data: &[u8], out: &mut Vec<u8>) {
        self.piece.size += data.len() as u64;
        while !data.is_empty() {
            data = self.block.get_or_insert_default().fill(data);
            if !data.is_empty() {
                self.end_block(out);
            }
        }
    }

    pub(super) fn finish(mut self, out: &mut Vec<u8>) -> Piece {
        self.end_block(out);
        self.piece
    }

    fn end_block(&mut self, out: &mut Vec<u8>) {
        let Some(block) = self.block.take() else { return };
        let start = out.len();
        let crc = align::aligned(&block.finish(), out);
        self.piece.compressed += (out.len() - start) as u64;
        self.piece.check = check(&self.piece, &Piece { check: crc, blocks: 1, ..self.piece });
        self.piece.blocks += 1;
    }
}

/// The CRC of two runs of blocks: each block turns what was before it by one bit.
pub(super) fn check(before: &Piece, after: &Piece) -> u32 {
    let turn = u32::try_from(after.blocks % 32).expect("it is less than 32");
    before.check.rotate_left(turn) ^ after.check
}

/// Appends the end's mark and the CRC of all blocks.
pub(super) fn close(all: &Piece, out: &mut Vec<u8>) {
    out.extend_from_slice(&END);
    out.extend_from_slice(&all.check.to_be_bytes());
}
