//! One xz stream of one block, whose chunks are made apart: <https://tukaani.org/xz/xz-file-format.txt>.
//!
//! A block holds chunks of LZMA2, each of whole bytes. One that empties the dictionary needs nothing
//! of what stands before it, and so does a run of chunks that begins with such a one: runs are joined
//! byte by byte. The block is checked by the CRC-32 of its content, which combines. A stream for each
//! piece would do for `xz`; Python's `r|xz` and commons-compress read no further than the first.

use ::liblzma::stream::{Action, Check, Filters, LzmaOptions, Status, Stream};
use proto::commit::Piece;

use crate::digest::combine_crc32;

/// xz's effort; its own default.
const PRESET: u32 = 6;

/// How far back repetitions are found (4 MiB).
///
/// A compressor takes 11 times as much memory, a decoder once. Of the preset's own 8 MiB the pieces,
/// which are some MiB each, would have little.
const DICTIONARY_BYTES: u32 = 4 << 20;

/// The stream's header, with CRC-32 as its check, and the header of its block: LZMA2 with that
/// dictionary, and no word about lengths, which are not known before the end.
pub(super) const OPEN: [u8; HEADER_BYTES + BLOCK_HEADER_BYTES] = [
    0xFD, b'7', b'z', b'X', b'Z', 0, 0, 1, 0x69, 0x22, 0xDE, 0x36, //
    2, 0, 0x21, 1, 20, 0, 0, 0, 0xFF, 0xE7, 0xEC, 0x09,
];

const HEADER_BYTES: usize = 12;
const BLOCK_HEADER_BYTES: usize = 12;

/// What the stream says of itself at its beginning and at its end: its check is a CRC-32.
const FLAGS: [u8; 2] = [0, 1];

/// A chunk that is not compressed, and empties the dictionary.
const STORED: u8 = 1;

/// Most bytes in such a chunk (64 KiB).
const STORED_BYTES: usize = 64 << 10;

/// How much is given to the compressor at once (128 KiB).
const STEP_BYTES: usize = 128 << 10;

/// How much room it finds; it comes again where that is too little.
const ROOM_BYTES: usize = STEP_BYTES + (1 << 10);

/// Compresses a run of chunks; fed in fixed steps, so that how content comes cannot show.
pub(super) struct Chunks {
    /// Begun with the first step, for it takes its memory at once.
    encoder: Option<Stream>,
    /// How many bytes will yet come out that are the headers of a stream of the encoder's own.
    headers: usize,
    pending: Vec<u8>,
    room: Vec<u8>,
    check: crc32fast::Hasher,
    piece: Piece,
}

impl Chunks {
    pub(super) fn write(&mut self, mut data: &[u8], out: &mut Vec<u8>) {
        self.piece.size += data.len() as u64;
        self.check.update(data);
        while !data.is_empty() {
            let (fill, rest) = data.split_at(data.len().min(STEP_BYTES - self.pending.len()));
            self.pending.extend_from_slice(fill);
            data = rest;
            if self.pending.len() == STEP_BYTES {
                self.step(out);
            }
        }
    }

    pub(super) fn finish(mut self, out: &mut Vec<u8>) -> Piece {
        if self.piece.size > 0 {
            self.step(out);
            // Flushed and not ended: the end of a stream of its own is of no use here.
            while self.run(&[], Action::SyncFlush, out).1 != Status::StreamEnd {}
        }
        Piece { check: self.check.finalize(), ..self.piece }
    }

    fn step(&mut self, out: &mut Vec<u8>) {
        let pending = std::mem::take(&mut self.pending);
        let mut rest = &pending[..];
        while !rest.is_empty() {
            let (taken, _) = self.run(rest, Action::Run, out);
            rest = &rest[taken..];
        }
        self.pending = pending;
        self.pending.clear();
    }

    /// Lets the compressor work, appends the chunks that it made, and gives how much it took and what
    /// it says.
    fn run(&mut self, input: &[u8], action: Action, out: &mut Vec<u8>) -> (usize, Status) {
        let encoder = self.encoder.get_or_insert_with(encoder);
        let (taken, made) = (encoder.total_in(), encoder.total_out());
        let status = encoder
            .process(input, &mut self.room, action)
            .expect("a compressor with memory cannot fail");
        let taken = usize::try_from(encoder.total_in() - taken).expect("it is part of the input");
        let made = usize::try_from(encoder.total_out() - made).expect("it is part of the room");
        let headers = made.min(self.headers);
        self.headers -= headers;
        let chunks = &self.room[headers..made];
        out.extend_from_slice(chunks);
        self.piece.compressed += chunks.len() as u64;
        (taken, status)
    }
}

impl Default for Chunks {
    fn default() -> Self {
        Self {
            encoder: None,
            headers: OPEN.len(),
            pending: Vec::with_capacity(STEP_BYTES),
            room: vec![0; ROOM_BYTES],
            check: crc32fast::Hasher::new(),
            piece: Piece::default(),
        }
    }
}

fn encoder() -> Stream {
    let mut options = LzmaOptions::new_preset(PRESET).expect("the preset is one of xz's");
    options.dict_size(DICTIONARY_BYTES);
    let mut filters = Filters::new();
    filters.lzma2(&options);
    Stream::new_stream_encoder(&filters, Check::None).expect("the options are xz's own")
}

/// Appends a text in chunks that are not compressed.
pub(super) fn text(text: &[u8], out: &mut Vec<u8>) {
    for part in text.chunks(STORED_BYTES) {
        let len = u16::try_from(part.len() - 1).expect("a part is no longer than 64 KiB");
        out.push(STORED);
        out.extend_from_slice(&len.to_be_bytes());
        out.extend_from_slice(part);
    }
}

/// The CRC-32 of two neighbours' content.
pub(super) fn check(before: &Piece, after: &Piece) -> u32 {
    combine_crc32([before, after].map(|piece| (piece.check, piece.size))).0
}

/// Appends the end of the chunks, the block's CRC-32, the index with the block's lengths, and the
/// stream's footer.
pub(super) fn close(all: &Piece, out: &mut Vec<u8>) {
    out.push(0);
    let block_len = BLOCK_HEADER_BYTES as u64 + all.compressed + 1;
    fill(block_len, out);
    out.extend_from_slice(&all.check.to_le_bytes());
    let index = out.len();
    out.extend_from_slice(&[0, 1]);
    number(block_len + 4, out);
    number(all.size, out);
    fill((out.len() - index) as u64, out);
    let crc32 = crc32fast::hash(&out[index..]);
    out.extend_from_slice(&crc32.to_le_bytes());
    // In words of four bytes, less one.
    let words = u32::try_from((out.len() - index) / 4 - 1).expect("an index of one block is short");
    let mut end = words.to_le_bytes().to_vec();
    end.extend_from_slice(&FLAGS);
    out.extend_from_slice(&crc32fast::hash(&end).to_le_bytes());
    out.extend_from_slice(&end);
    out.extend_from_slice(b"YZ");
}

/// Appends zeros up to a multiple of four bytes.
fn fill(len: u64, out: &mut Vec<u8>) {
    let missing = len.next_multiple_of(4) - len;
    out.extend((0..missing).map(|_| 0_u8));
}

/// Appends a number, seven bits a byte, the lowest first.
fn number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}
