//! Reading members and shares back.

use flate2::{Decompress, FlushDecompress, Status};

/// How much one step makes at most (256 KiB).
const STEP_BYTES: usize = 256 << 10;

/// What was read is no deflate stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the deflate stream is corrupt after {at} bytes")]
pub struct Corrupt {
    /// How many bytes of it were read.
    pub at: u64,
}

/// How far an [`Inflater`] has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// All that was given is used up, and there was no final block yet. The end of a share.
    More,
    /// The final block ended after `used` bytes of what was given.
    Ended {
        /// How many bytes belonged to the stream.
        used: usize,
    },
}

/// One bounded step of an [`Inflater`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How many bytes of what was given are used up.
    pub used: usize,
    /// Whether there was a final block, after which nothing more is read.
    pub ended: bool,
}

/// Inflates raw deflate, members as well as shares.
pub struct Inflater {
    decompress: Decompress,
    room: Vec<u8>,
    ended: bool,
}

impl Inflater {
    /// Begins a stream.
    pub fn new() -> Self {
        Self { decompress: Decompress::new(false), room: vec![0; STEP_BYTES], ended: false }
    }

    /// Takes in all of the data, and appends the content.
    ///
    /// Content may be a thousand times as long as the data (1,032 at most): give small pieces, or
    /// use [`Self::step`]. After the final block nothing more is read.
    pub fn write(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Progress, Corrupt> {
        let mut used = 0;
        loop {
            let before = out.len();
            let step = self.step(&data[used..], out)?;
            used += step.used;
            if step.ended {
                return Ok(Progress::Ended { used });
            }
            if used == data.len() && out.len() - before < STEP_BYTES {
                return Ok(Progress::More);
            }
        }
    }

    /// Takes in some of the data, and appends at most 256 KiB of content. Where a step appends less
    /// than that, all of the data is used up.
    pub fn step(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Step, Corrupt> {
        if self.ended {
            return Ok(Step { used: 0, ended: true });
        }
        let (taken, given) = (self.decompress.total_in(), self.decompress.total_out());
        let status = self.decompress.decompress(data, &mut self.room, FlushDecompress::None);
        let made = within(self.decompress.total_out() - given);
        out.extend_from_slice(&self.room[..made]);
        match status {
            Ok(Status::StreamEnd) => self.ended = true,
            Ok(Status::Ok | Status::BufError) => {}
            Err(_) => return Err(Corrupt { at: self.decompress.total_in() }),
        }
        Ok(Step { used: within(self.decompress.total_in() - taken), ended: self.ended })
    }
}

fn within(count: u64) -> usize {
    usize::try_from(count).expect("a step counts bytes of buffers in memory")
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deflate::Stream;

    fn deflated(content: &[u8]) -> Vec<u8> {
        let (mut stream, mut out) = (Stream::new(), Vec::new());
        stream.write(content, &mut out);
        stream.finish(&mut out);
        out
    }

    #[test]
    fn any_cut_of_the_data_gives_the_content() {
        let content = "zeros and ones ".repeat(50_000).into_bytes();
        let data = deflated(&content);
        for cut in [1, 7, 1000, data.len()] {
            let (mut inflater, mut back) = (Inflater::new(), Vec::new());
            let last =
                data.chunks(cut).map(|piece| inflater.write(piece, &mut back).unwrap()).last();
            assert!(matches!(last, Some(Progress::Ended { .. })));
            assert!(back == content, "cut at {cut}");
        }
    }

    #[test]
    fn steps_are_bounded_whatever_the_data_claims() {
        let data = deflated(&vec![0; 50_000_000]);
        let (mut inflater, mut used, mut total) = (Inflater::new(), 0, 0);
        loop {
            let mut out = Vec::new();
            let step = inflater.step(&data[used..], &mut out).unwrap();
            assert!(out.len() <= STEP_BYTES);
            used += step.used;
            total += out.len();
            if step.ended {
                break;
            }
        }
        assert_eq!((used, total), (data.len(), 50_000_000));
    }

    #[test]
    fn what_follows_the_final_block_is_left_alone() {
        let mut data = deflated(b"content");
        let len = data.len();
        data.extend(b"PK\x01\x02");
        let (mut inflater, mut back) = (Inflater::new(), Vec::new());
        assert_eq!(inflater.write(&data, &mut back), Ok(Progress::Ended { used: len }));
        assert_eq!(inflater.write(b"more", &mut back), Ok(Progress::Ended { used: 0 }));
        assert_eq!(back, b"content");
    }

    #[test]
    fn corruption_is_told_with_its_place() {
        let mut back = Vec::new();
        assert!(matches!(
            Inflater::new().write(&[0x07, 0xFF, 0xFF], &mut back),
            Err(Corrupt { .. })
        ));
    }
}
