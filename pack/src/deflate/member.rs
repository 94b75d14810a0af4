//! Members that fit in memory.

use std::borrow::Cow;

use libdeflater::CompressionLvl;
use proto::commit::Method;

use super::probe::Probe;

/// libdeflate's effort.
///
/// Measured on 60 MB of CSV and 30 MB of prose and JSON, one thread, against `zip -6` (20 MB/s, to
/// 47.0 % and 42.2 %): level 6 makes 56 and 59 MB/s, to 46.2 % and 42.1 %. Level 4 makes 72 and 81,
/// but to 43.0 % of the prose, and an archive is not to be larger than everybody's `zip` makes it.
const LEVEL: i32 = 6;

/// Content that is no longer than this is deflated without trying a sample first (256 KiB), for the
/// sample would be most of it.
const TRIED_ABOVE_BYTES: usize = 256 << 10;

/// A member's content, ready for the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed<'a> {
    /// How it is compressed.
    pub method: Method,
    /// The bytes that follow the local header; borrowed where they are the content itself.
    pub bytes: Cow<'a, [u8]>,
    /// CRC-32 of the content.
    pub crc32: u32,
}

/// Compresses whole members; 1 MiB of tables that one thread uses again and again.
pub struct Compressor {
    deflate: libdeflater::Compressor,
    probe: Probe,
}

impl Compressor {
    /// Sets up the tables.
    pub fn new() -> Self {
        let level = CompressionLvl::new(LEVEL).expect("the level is one of libdeflate's");
        Self { deflate: libdeflater::Compressor::new(level), probe: Probe::new() }
    }

    /// Deflates a member's content, or stores it where that is as short or hardly longer.
    pub fn pack<'a>(&mut self, path: &str, bytes: &'a [u8]) -> Packed<'a> {
        let crc32 = crc32fast::hash(bytes);
        let tried = bytes.len() <= TRIED_ABOVE_BYTES || self.probe.worth_deflating(path, bytes);
        match tried.then(|| self.deflated(bytes)).flatten() {
            Some(deflated) => {
                Packed { method: Method::Deflated, bytes: Cow::Owned(deflated), crc32 }
            }
            None => Packed { method: Method::Stored, bytes: Cow::Borrowed(bytes), crc32 },
        }
    }

    /// The content deflated; nothing where that is no shorter.
    fn deflated(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; bytes.len().saturating_sub(1)];
        let len = self.deflate.deflate_compress(bytes, &mut out).ok()?;
        out.truncate(len);
        Some(out)
    }
}

impl Default for Compressor {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deflate::Inflater;

    fn check(path: &str, content: &[u8], expected: Method) {
        let packed = Compressor::new().pack(path, content);
        assert_eq!(packed.method, expected, "{path}");
        let mut back = Vec::new();
        match packed.method {
            Method::Stored => back.extend_from_slice(&packed.bytes),
            Method::Deflated => {
                Inflater::new().write(&packed.bytes, &mut back).unwrap();
            }
        }
        assert_eq!(back, content);
        assert_eq!(packed.crc32, crc32fast::hash(content));
    }

    #[test]
    fn what_shrinks_is_deflated_and_the_rest_stored() {
        check("a.txt", "abc ".repeat(1000).as_bytes(), Method::Deflated);
        check("a.txt", "abc ".repeat(1_000_000).as_bytes(), Method::Deflated);
        check("a.txt", b"", Method::Stored);
        check("a.txt", b"a", Method::Stored);
        check("small.bin", &crate::noise(10_000), Method::Stored);
        check("large.bin", &crate::noise(1_000_000), Method::Stored);
    }

    #[test]
    fn a_compressor_used_before_gives_the_same_bytes() {
        let text = "some words, some more words; ".repeat(500);
        let mut compressor = Compressor::new();
        compressor.pack("x", &crate::noise(5000));
        assert_eq!(
            compressor.pack("a", text.as_bytes()),
            Compressor::new().pack("a", text.as_bytes())
        );
    }
}
