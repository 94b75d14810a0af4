//! Telling what deflate would make smaller from what it would only pass on slowly.
//!
//! On a mixed gigabyte of text and JPEGs, not deflating the JPEGs halves the time and costs no
//! size: deflate reads pictures at a tenth of the speed of a copy and saves a percent at best.

use libdeflater::{CompressionLvl, Compressor};

/// How much of the content is tried (64 KiB).
const SAMPLE_BYTES: usize = 64 << 10;

/// Tried content that keeps more than this many hundredths of its size is stored.
const STORED_ABOVE_PERCENT: usize = 97;

/// Extensions of formats that are compressed inside.
const COMPRESSED: [&str; 50] = [
    "7z", "aac", "apk", "avif", "br", "bz2", "cbz", "docx", "epub", "flac", "flv", "gif", "gz",
    "heic", "heif", "jar", "jp2", "jpeg", "jpg", "jxl", "lz4", "lzma", "m4a", "m4v", "mkv", "mov",
    "mp3", "mp4", "mpeg", "mpg", "odp", "ods", "odt", "ogg", "ogv", "opus", "parquet", "png",
    "pptx", "rar", "tgz", "webm", "webp", "wma", "wmv", "woff", "woff2", "xlsx", "xz", "zip",
];

/// First bytes of the same, for files with another name.
const MAGIC: [&[u8]; 13] = [
    b"\xFF\xD8\xFF",
    b"\x89PNG\r\n\x1A\n",
    b"GIF8",
    b"PK\x03\x04",
    b"\x1F\x8B\x08",
    b"BZh",
    b"\xFD7zXZ\0",
    b"\x28\xB5\x2F\xFD",
    b"7z\xBC\xAF\x27\x1C",
    b"Rar!\x1A\x07",
    b"OggS",
    b"fLaC",
    b"\x1A\x45\xDF\xA3",
];

/// Tries content at the least effort.
pub(super) struct Probe {
    compressor: Compressor,
    output: Vec<u8>,
}

impl Probe {
    pub(super) fn new() -> Self {
        let level = CompressionLvl::new(1).expect("1 is a level of libdeflate");
        Self { compressor: Compressor::new(level), output: vec![0; SAMPLE_BYTES] }
    }

    pub(super) fn worth_deflating(&mut self, path: &str, sample: &[u8]) -> bool {
        if is_compressed(path, sample) {
            return false;
        }
        // From the middle: the beginning is often a header, and says little about the rest.
        let start = sample.len().saturating_sub(SAMPLE_BYTES) / 2;
        let middle = &sample[start..sample.len().min(start + SAMPLE_BYTES)];
        let room = middle.len() * STORED_ABOVE_PERCENT / 100;
        // What does not fit into the room is not worth it.
        self.compressor.deflate_compress(middle, &mut self.output[..room]).is_ok()
    }
}

fn is_compressed(path: &str, sample: &[u8]) -> bool {
    let named = path.rsplit_once('.').is_some_and(|(_, extension)| {
        COMPRESSED.iter().any(|compressed| extension.eq_ignore_ascii_case(compressed))
    });
    named
        || MAGIC.iter().any(|magic| sample.starts_with(magic))
        || sample.get(4..8) == Some(b"ftyp")
        || (sample.starts_with(b"RIFF") && sample.get(8..12) == Some(b"WEBP"))
}

/// Whether deflate would make content smaller, judged by its name, its first bytes and by trying
/// the middle 64 KiB of the sample.
///
/// The sample is the content's beginning, or all of it; the longer, the surer.
pub fn worth_deflating(path: &str, sample: &[u8]) -> bool {
    Probe::new().worth_deflating(path, sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, sample: &[u8], expected: bool) {
        assert_eq!(worth_deflating(path, sample), expected, "{path}");
    }

    #[test]
    fn text_is_worth_it_and_pictures_are_not() {
        let text = "the quick brown fox ".repeat(10_000);
        check("a.txt", text.as_bytes(), true);
        check("a.JPG", text.as_bytes(), false);
        check("a", b"\xFF\xD8\xFF\xE0\0\x10JFIF", false);
        check("a", b"\0\0\0\x20ftypisom", false);
        check("empty", b"", false);
    }

    #[test]
    fn noise_between_text_is_found_in_the_middle() {
        let mut noise = crate::noise(300_000);
        check("a.bin", &noise, false);
        noise[..1000].fill(b'x');
        check("a.bin", &noise, false);
    }

    #[test]
    fn extensions_are_in_order_so_that_none_is_there_twice() {
        assert!(COMPRESSED.is_sorted_by(|one, other| one < other));
    }
}
