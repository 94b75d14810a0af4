//! Frames of zstd, which may follow each other: <https://www.rfc-editor.org/rfc/rfc8878>.

use ::zstd::stream::raw::{CParameter, Encoder, InBuffer, Operation, OutBuffer};
use proto::commit::Piece;

/// zstd's effort; its own default.
///
/// Measured on 20 MB of CSV and 15 MB of prose, code and JSON in frames of 24 MiB, one thread, CPU
/// time, where shares at their level make 115 MB/s, to 38.0 %, and 187 MB/s, to 24.8 %:
///
/// | level | CSV | prose |
/// |---|---|---|
/// | 1 | 312 MB/s, 36.5 % | 412 MB/s, 22.3 % |
/// | 2 | 215 MB/s, 35.9 % | 238 MB/s, 22.5 % |
/// | **3** | **145 MB/s, 35.2 %** | **245 MB/s, 22.0 %** |
/// | 5 | 81 MB/s, 36.0 % | 127 MB/s, 20.4 % |
/// | 9 | 26 MB/s, 33.2 % | 44 MB/s, 18.7 % |
const LEVEL: i32 = 3;

/// How much is given to the compressor at once, which is what it makes a block of (128 KiB).
const STEP_BYTES: usize = 128 << 10;

/// How much room it finds: a step that does not compress, and some bytes around it.
const ROOM_BYTES: usize = STEP_BYTES + (1 << 10);

/// Compresses one frame; fed in fixed steps, for how a compressor is fed can show in what it makes.
pub(super) struct Frame {
    encoder: Encoder<'static>,
    pending: Vec<u8>,
    room: Vec<u8>,
    piece: Piece,
}

impl Frame {
    pub(super) fn write(&mut self, mut data: &[u8], out: &mut Vec<u8>) {
        self.piece.size += data.len() as u64;
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
            self.end(out);
        }
        self.piece
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.step(out);
        while self.drain(out, |encoder, room| encoder.finish(room, true)) > 0 {}
    }

    fn step(&mut self, out: &mut Vec<u8>) {
        let pending = std::mem::take(&mut self.pending);
        let mut input = InBuffer::around(&pending);
        while input.pos() < pending.len() {
            self.drain(out, |encoder, room| encoder.run(&mut input, room));
        }
        self.pending = pending;
        self.pending.clear();
    }

    /// Lets the compressor work, appends what it made, and gives what it says is left to do.
    fn drain(
        &mut self,
        out: &mut Vec<u8>,
        work: impl FnOnce(&mut Encoder<'static>, &mut OutBuffer<'_, [u8]>) -> std::io::Result<usize>,
    ) -> usize {
        let mut room = OutBuffer::around(&mut self.room[..]);
        let left =
            work(&mut self.encoder, &mut room).expect("a compressor with memory cannot fail");
        out.extend_from_slice(room.as_slice());
        self.piece.compressed += room.as_slice().len() as u64;
        left
    }
}

/// Appends a frame of nothing where there is no other, for a decoder wants one at least.
pub(super) fn close(all: &Piece, out: &mut Vec<u8>) {
    if all.size == 0 {
        Frame::default().end(out);
    }
}

impl Default for Frame {
    fn default() -> Self {
        let mut encoder = Encoder::new(LEVEL).expect("the level is one of zstd's");
        encoder
            .set_parameter(CParameter::ChecksumFlag(true))
            .expect("nothing was compressed so far");
        Self {
            encoder,
            pending: Vec::with_capacity(STEP_BYTES),
            room: vec![0; ROOM_BYTES],
            piece: Piece::default(),
        }
    }
}
