//! One block: a compressor that is given no more than one block holds.

use ::bzip2::{Action, Compress, Compression, Status};

/// Most bytes in a block, after runs of equal bytes were shortened.
///
/// A decoder has room for 18,002 selectors, one for each 50 symbols, of which there may be one more
/// than bytes; seven selectors are kept for [`super::align`]. That costs nothing: 20 MB of CSV come
/// to 25.28 % here and by `bzip2 -9` to 25.29 %, 15 MB of prose, code and JSON to 14.85 % by both, at
/// 12 to 14 MB/s (`bzip2 -9`: 13 to 17). Smaller blocks are no faster:
///
/// | bytes | CSV | prose |
/// |---|---|---|
/// | 300,000 | 25.95 % | 15.43 % |
/// | 500,000 | 25.55 % | 15.09 % |
/// | 700,000 | 25.37 % | 14.89 % |
/// | **899,700** | **25.28 %** | **14.85 %** |
const BLOCK_BYTES: usize = 899_700;

/// Longest run of equal bytes that is shortened at once.
const RUN_BYTES: u8 = 255;

/// libbzip2's effort before it turns to the slow way of sorting; its own default.
const WORK_FACTOR: u32 = 30;

/// How much room the compressor finds at first, and each time it has run out.
const ROOM_BYTES: usize = 256 << 10;

/// A block on its way.
pub(super) struct Block {
    compress: Compress,
    /// How many bytes there are once runs are shortened.
    len_bytes: usize,
    last: u8,
    /// Length of the run that is going on.
    run: u8,
}

impl Block {
    /// Takes in what there is room for, and gives back the rest.
    pub(super) fn fill<'d>(&mut self, data: &'d [u8]) -> &'d [u8] {
        let (taken, rest) = data.split_at(self.fitting(data));
        if !taken.is_empty() {
            // Nothing comes out before the block is full or ended.
            self.compress
                .compress(taken, &mut [], Action::Run)
                .expect("a compressor that runs takes what fits into its block");
        }
        rest
    }

    /// How much of the data fits: bzip2 writes four equal bytes and how many more there were.
    fn fitting(&mut self, data: &[u8]) -> usize {
        for (index, &byte) in data.iter().enumerate() {
            let goes_on = self.run > 0 && byte == self.last && self.run < RUN_BYTES;
            let run = if goes_on { self.run + 1 } else { 1 };
            let len_bytes = match run {
                ..4 => 1,
                4 => 2,
                5.. => 0,
            };
            if self.len_bytes + len_bytes > BLOCK_BYTES {
                return index;
            }
            (self.last, self.run) = (byte, run);
            self.len_bytes += len_bytes;
        }
        data.len()
    }

    /// The block as a stream of its own.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let mut stream = Vec::with_capacity(ROOM_BYTES);
        while self.compress.compress_vec(&[], &mut stream, Action::Finish) != Ok(Status::StreamEnd)
        {
            stream.reserve(ROOM_BYTES);
        }
        stream
    }
}

impl Default for Block {
    fn default() -> Self {
        let compress = Compress::new(Compression::best(), WORK_FACTOR);
        Self { compress, len_bytes: 0, last: 0, run: 0 }
    }
}
