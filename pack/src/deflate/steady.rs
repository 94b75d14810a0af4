//! A raw-deflate compressor whose output depends on the content alone.

use flate2::{Compress, Compression, FlushCompress};

/// How much is given to the compressor at once, and how much room it finds (64 KiB).
const STEP_BYTES: usize = 64 << 10;

/// zlib-rs, fed and drained in fixed steps.
///
/// How a compressor is fed, and where it runs out of room, can show in what it makes, and callers
/// feed it what the network gave them. Here every step but the last has the same length.
pub(super) struct Steady {
    compress: Compress,
    pending: Vec<u8>,
    room: Vec<u8>,
}

impl Steady {
    pub(super) fn new(level: u32) -> Self {
        let compress = Compress::new(Compression::new(level), false);
        Self { compress, pending: Vec::with_capacity(STEP_BYTES), room: vec![0; STEP_BYTES] }
    }

    /// How many bytes have come out.
    pub(super) fn written_bytes(&self) -> u64 {
        self.compress.total_out()
    }

    pub(super) fn write(&mut self, mut data: &[u8], out: &mut Vec<u8>) {
        while !data.is_empty() {
            // Whole steps go by without a copy.
            if self.pending.is_empty() && data.len() >= STEP_BYTES {
                let (step, rest) = data.split_at(STEP_BYTES);
                self.step(step, FlushCompress::None, out);
                data = rest;
                continue;
            }
            let (fill, rest) = data.split_at(data.len().min(STEP_BYTES - self.pending.len()));
            self.pending.extend_from_slice(fill);
            data = rest;
            if self.pending.len() == STEP_BYTES {
                self.step_pending(FlushCompress::None, out);
            }
        }
    }

    /// Writes all that is left, and what the flush adds.
    pub(super) fn flush(&mut self, flush: FlushCompress, out: &mut Vec<u8>) {
        self.step_pending(flush, out);
    }

    fn step_pending(&mut self, flush: FlushCompress, out: &mut Vec<u8>) {
        let mut pending = std::mem::take(&mut self.pending);
        self.step(&pending, flush, out);
        pending.clear();
        self.pending = pending;
    }

    fn step(&mut self, mut data: &[u8], flush: FlushCompress, out: &mut Vec<u8>) {
        loop {
            let (taken, given) = (self.compress.total_in(), self.compress.total_out());
            self.compress
                .compress(data, &mut self.room, flush)
                .expect("a compressor without a dictionary cannot fail");
            data = &data[within(self.compress.total_in() - taken)..];
            let given = within(self.compress.total_out() - given);
            out.extend_from_slice(&self.room[..given]);
            // Room that is left over means that there is nothing more to say.
            if data.is_empty() && given < self.room.len() {
                return;
            }
        }
    }
}

fn within(count: u64) -> usize {
    usize::try_from(count).expect("a step is 64 KiB")
}
