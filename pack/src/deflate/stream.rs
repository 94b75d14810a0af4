//! Large members, as they come.

use flate2::FlushCompress;

use super::steady::Steady;

/// zlib's effort; see the table at [`super::ShareWriter`]. Large members that deflate at all are
/// mostly raw pictures and text, where the effort of level 6 saves little and costs half the speed.
const LEVEL: u32 = 2;

/// Deflates one member of any length in constant memory, with a final block at the end.
pub struct Stream {
    deflate: Steady,
}

impl Stream {
    /// Begins a member.
    pub fn new() -> Self {
        Self { deflate: Steady::new(LEVEL) }
    }

    /// Takes in content, and appends what is ready.
    pub fn write(&mut self, data: &[u8], out: &mut Vec<u8>) {
        self.deflate.write(data, out);
    }

    /// Appends the rest.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        self.deflate.flush(FlushCompress::Finish, out);
    }
}

impl Default for Stream {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deflate::{Inflater, Progress};

    #[test]
    fn a_stream_ends_with_a_final_block() {
        for len in [0, 1, 65_536, 1_000_000] {
            let content: Vec<u8> = crate::noise(len).iter().map(|byte| byte & 15).collect();
            let (mut stream, mut out, mut back) = (Stream::new(), Vec::new(), Vec::new());
            content.chunks(10_007).for_each(|chunk| stream.write(chunk, &mut out));
            stream.finish(&mut out);
            let progress = Inflater::new().write(&out, &mut back).unwrap();
            assert_eq!(progress, Progress::Ended { used: out.len() });
            assert_eq!(back, content);
        }
    }
}
