//! tar around files whose sizes are known before they are written.
//!
//! An archive is one file after another, each as [`header`], content and [`padding`], and [`END`]
//! after the last; every part is a whole number of 512-byte blocks, so that archives without their
//! end can be joined byte by byte. All times are 1980-01-01 00:00 UTC, as in the ZIP archives, all
//! files are plain, `rw-r--r--` and nobody's, so that equal members give equal archives. Layout:
//! POSIX `ustar`, and `pax` where a path or a size does not fit it
//! (<https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html>).

mod block;
mod pax;

use self::block::{BLOCK_BYTES, Kind, MAX_SIZE};

/// What every reader takes for the end of the archive: two blocks of zeros.
pub const END: [u8; 2 * BLOCK_BYTES] = [0; 2 * BLOCK_BYTES];

/// Appends what stands right before a plain file's content: its header block, and before that a
/// `pax` header where the path or the size needs one.
///
/// The path is sanitised. A reader that does not know `pax` finds the size all the same, and a long
/// path cut short, in a way that tells two long paths apart.
pub fn header(path: &str, size: u64, out: &mut Vec<u8>) {
    if needs_pax(path, size) {
        let records = pax::records(path, size);
        block::push(&Kind::PAX, records.len() as u64, out);
        out.extend_from_slice(records.as_bytes());
        out.extend_from_slice(padding(records.len() as u64));
    }
    match block::split(path) {
        Some((prefix, name)) => block::push(&Kind::file(prefix, name), size, out),
        None => block::push(&Kind::file("", &block::shortened(path)), size, out),
    }
}

/// Appends a folder of nothing, `rwxr-xr-x`; its path ends with a slash.
pub fn folder(path: &str, out: &mut Vec<u8>) {
    if needs_pax(path, 0) {
        let records = pax::records(path, 0);
        block::push(&Kind::PAX, records.len() as u64, out);
        out.extend_from_slice(records.as_bytes());
        out.extend_from_slice(padding(records.len() as u64));
    }
    let (prefix, name) = block::split(path).unwrap_or(("", "folder/"));
    block::push(&Kind::folder(prefix, name), 0, out);
}

/// The zeros that fill the last block of `size` bytes of content.
pub fn padding(size: u64) -> &'static [u8] {
    let over = usize::try_from(size % BLOCK_BYTES as u64).expect("a block is 512 bytes");
    &END[..(BLOCK_BYTES - over) % BLOCK_BYTES]
}

/// `ustar` leaves open what bytes beyond ASCII mean; `pax` says that they are UTF-8.
fn needs_pax(path: &str, size: u64) -> bool {
    size > MAX_SIZE || !path.is_ascii() || block::split(path).is_none()
}

#[cfg(test)]
pub(crate) mod readers;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(path: &str, size: u64, len: u64) -> Vec<u8> {
        let mut out = Vec::new();
        header(path, size, &mut out);
        assert_eq!(out.len() as u64, len, "{path}");
        out
    }

    #[test]
    fn a_header_is_one_block_where_path_and_size_fit() {
        let out = check("media/a.txt", 0o1234, 512);
        assert_eq!(&out[..12], b"media/a.txt\0");
        let fields = ["0000644", "0000000", "0000000", "00000001234", "02263523000", ""];
        assert_eq!(&out[100..148], fields.join("\0").as_bytes());
        assert_eq!(&out[156..265], [&b"0"[..], &[0; 100], b"ustar\x0000"].concat());
        check(&"n".repeat(100), MAX_SIZE, 512);
        check(&format!("{}/{}", "p".repeat(155), "n".repeat(100)), MAX_SIZE, 512);
    }

    #[test]
    fn the_time_is_the_first_day_that_zip_knows() {
        let out = check("a", 0, 512);
        let time = std::str::from_utf8(&out[136..147]).unwrap();
        // Ten years of which two were leap years.
        assert_eq!(u64::from_str_radix(time, 8), Ok((10 * 365 + 2) * 24 * 60 * 60));
    }

    #[test]
    fn what_does_not_fit_has_a_pax_header_before_it() {
        let out = check("ä", 5, 1536);
        assert_eq!(&out[..14], b"././@PaxHeader");
        assert_eq!(&out[512..524], b"11 path=\xC3\xA4\n\0");
        assert_eq!(&out[1024..1027], b"\xC3\xA4\0");
        let out = check("a", MAX_SIZE + 1, 1536);
        assert_eq!(&out[512..532], b"19 size=8589934592\n\0");
        assert_eq!(&out[1024 + 124..1024 + 136], b"\x80\0\0\0\0\0\0\x02\0\0\0\0");
        check(&"n".repeat(101), 0, 1536);
        check(&format!("{}/{}", "p".repeat(156), "n".repeat(100)), 0, 1536);
        check(&format!("{}/n", "p".repeat(1030)), u64::MAX, 512 * 5);
    }

    #[test]
    fn long_paths_stay_apart_for_readers_without_pax() {
        let long = "long/".repeat(60);
        let name = |path: &str| check(path, 0, 1536)[1024..1124].to_vec();
        assert_ne!(name(&format!("{long}a")), name(&format!("{long}b")));
        assert!(name(&format!("{long}a")).starts_with(&long.as_bytes()[..91]));
    }

    #[test]
    fn padding_fills_blocks() {
        let lens = [0, 1, 511, 512, 513, u64::MAX].map(|size| padding(size).len());
        assert_eq!(lens, [0, 511, 1, 0, 511, 1]);
    }

    /// The path that a header tells a reader, if its checksum is right.
    fn path_of(header: &[u8]) -> Option<String> {
        let block = &header[header.len() - BLOCK_BYTES..];
        let text = |range: std::ops::Range<usize>| {
            block[range].split(|&byte| byte == 0).next().map(<[u8]>::to_vec)
        };
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        let fields: u32 = block[148..156].iter().map(|&byte| u32::from(byte)).sum();
        let told = String::from_utf8(text(148..156)?).ok()?;
        if u32::from_str_radix(&told, 8) != Ok(sum - fields + 8 * u32::from(b' ')) {
            return None;
        }
        let records = String::from_utf8_lossy(&header[..header.len() - BLOCK_BYTES]);
        let recorded = records.split_once(" path=").and_then(|(_, rest)| rest.split_once('\n'));
        if let Some((path, _)) = recorded {
            return Some(path.to_owned());
        }
        let (prefix, name) = (text(345..500)?, text(0..100)?);
        let parts = if prefix.is_empty() { vec![name] } else { vec![prefix, name] };
        String::from_utf8(parts.join(&b'/')).ok()
    }

    proptest! {
        #[test]
        fn any_path_and_size_have_a_header_of_whole_blocks(
            path in "([a-zA-Z0-9._ -]{1,30}|ä|€|/){1,40}".prop_map(|path| crate::name::sanitise(&path)),
            size in any::<u64>(),
            shift in 0..64_u32,
        ) {
            let size = size >> shift;
            let mut out = Vec::new();
            header(&path, size, &mut out);
            prop_assert_eq!(out.len() % BLOCK_BYTES, 0);
            prop_assert_eq!(path_of(&out), Some(path));
        }
    }
}
