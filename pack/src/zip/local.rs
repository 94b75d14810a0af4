//! The header before a member's data.

use super::entry::{EXTRA_ZIP64, Entry, FULL_32, VERSION_ZIP64, saturated};

const SIGNATURE: &[u8; 4] = b"PK\x03\x04";

/// Length of the header without name and extra field.
const FIXED_LEN: u64 = 30;

/// Length of the ZIP64 extra field: id, length, and both lengths, which are mandatory here.
const ZIP64_LEN: u16 = 20;

/// Appends the header that stands right before the member's data.
pub fn local_header(entry: &Entry<'_>, out: &mut Vec<u8>) {
    let large = entry.is_large();
    let version = if large { VERSION_ZIP64 } else { entry.version() };
    out.extend_from_slice(SIGNATURE);
    out.extend_from_slice(&version.to_le_bytes());
    entry.common(out);
    // Both are full or neither: readers take the extra field's two values in order.
    let shown = |value| if large { FULL_32 } else { saturated(value) };
    out.extend_from_slice(&shown(entry.compressed).to_le_bytes());
    out.extend_from_slice(&shown(entry.size).to_le_bytes());
    out.extend_from_slice(&entry.path_len().to_le_bytes());
    out.extend_from_slice(&(if large { ZIP64_LEN } else { 0 }).to_le_bytes());
    out.extend_from_slice(entry.path.as_bytes());
    if large {
        out.extend_from_slice(&EXTRA_ZIP64.to_le_bytes());
        out.extend_from_slice(&(ZIP64_LEN - 4).to_le_bytes());
        out.extend_from_slice(&entry.size.to_le_bytes());
        out.extend_from_slice(&entry.compressed.to_le_bytes());
    }
}

/// How many bytes [`local_header`] appends.
pub fn local_header_len(entry: &Entry<'_>) -> u64 {
    let extra = if entry.is_large() { u64::from(ZIP64_LEN) } else { 0 };
    FIXED_LEN + entry.path.len() as u64 + extra
}

#[cfg(test)]
mod tests {
    use proto::commit::Method;

    use super::*;

    fn check(size: u64, compressed: u64, expected: &str) {
        let entry =
            Entry { path: "ä", method: Method::Deflated, crc32: 0x0102_0304, compressed, size };
        let mut out = Vec::new();
        local_header(&entry, &mut out);
        assert_eq!(out.len() as u64, local_header_len(&entry));
        let hex = proto::digest::hex(&out[4..]);
        assert_eq!(hex, expected.replace(' ', ""));
    }

    #[test]
    fn a_header_has_the_lengths_and_no_descriptor() {
        check(5, 3, "1400 0008 0800 0000 2100 04030201 03000000 05000000 0200 0000 c3a4");
        check(
            0xFFFF_FFFE,
            0xFFFF_FFFE,
            "1400 0008 0800 0000 2100 04030201 feffffff feffffff 0200 0000 c3a4",
        );
    }

    #[test]
    fn one_large_length_puts_both_into_the_extra_field() {
        let fixed = "2d00 0008 0800 0000 2100 04030201 ffffffff ffffffff 0200 1400 c3a4 0100 1000";
        check(0xFFFF_FFFF, 3, &format!("{fixed} ffffffff00000000 0300000000000000"));
        check(1 << 32, 1 << 33, &format!("{fixed} 0000000001000000 0000000002000000"));
    }
}
