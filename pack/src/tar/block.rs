//! The 512-byte block before a file's content.

use std::io::Write as _;

/// What everything in a tar archive is a multiple of.
pub(super) const BLOCK_BYTES: usize = 512;

/// Largest size that eleven octal digits hold, one byte less than 8 GiB.
pub(super) const MAX_SIZE: u64 = 0o777_7777_7777;

/// Bytes in the field of the name, and of what stands before it and a slash.
const NAME_BYTES: usize = 100;
const PREFIX_BYTES: usize = 155;

/// 1980-01-01 00:00 UTC, in seconds since 1970: the first day that ZIP knows.
const TIME: u64 = 315_532_800;

/// Where the checksum stands.
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// What a block stands before.
pub(super) struct Kind<'a> {
    prefix: &'a str,
    name: &'a str,
    flag: u8,
}

impl<'a> Kind<'a> {
    /// Records about the file that follows. The name is what a reader without `pax` makes a file of.
    pub(super) const PAX: Kind<'static> = Kind { prefix: "", name: "././@PaxHeader", flag: b'x' };

    /// A plain file's content.
    pub(super) fn file(prefix: &'a str, name: &'a str) -> Self {
        Self { prefix, name, flag: b'0' }
    }

    /// A folder.
    pub(super) fn folder(prefix: &'a str, name: &'a str) -> Self {
        Self { prefix, name, flag: b'5' }
    }

    /// Who may do what with it, as eight octal digits but the last.
    fn mode(&self) -> &'static str {
        if self.flag == b'5' { "0000755" } else { "0000644" }
    }
}

/// A path as prefix and name, where both fit.
pub(super) fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= NAME_BYTES {
        return Some(("", path));
    }
    // The first slash that leaves a name short enough leaves the shortest prefix.
    let earliest = path.len() - NAME_BYTES - 1;
    let slash = earliest + path.as_bytes()[earliest..].iter().position(|&byte| byte == b'/')?;
    let (prefix, name) = (&path[..slash], &path[slash + 1..]);
    (slash <= PREFIX_BYTES && !name.is_empty()).then_some((prefix, name))
}

/// A path that does not fit, cut to what the name holds, with a CRC-32 of the whole for its end.
pub(super) fn shortened(path: &str) -> String {
    let end = path.floor_char_boundary(NAME_BYTES - 9);
    format!("{}~{:08x}", &path[..end], crc32fast::hash(path.as_bytes()))
}

/// Appends the block.
pub(super) fn push(kind: &Kind<'_>, size: u64, out: &mut Vec<u8>) {
    let start = out.len();
    text(kind.name, NAME_BYTES, out);
    // Mode, user and group.
    for field in [kind.mode(), "0000000", "0000000"] {
        text(field, 8, out);
    }
    push_size(size, out);
    write!(out, "{TIME:011o}\0").expect("writing to a Vec cannot fail");
    // The checksum counts itself as spaces.
    out.extend_from_slice(b"        ");
    out.push(kind.flag);
    // No target of a link; format and version; no names of user and group; no device.
    for (field, len) in
        [("", 100), ("ustar\x0000", 8), ("", 32), ("", 32), ("0000000", 8), ("0000000", 8)]
    {
        text(field, len, out);
    }
    text(kind.prefix, PREFIX_BYTES, out);
    text("", 12, out);
    let sum: u32 = out[start..].iter().copied().map(u32::from).sum();
    let field = format!("{sum:06o}\0 ");
    out[start..][CHECKSUM].copy_from_slice(field.as_bytes());
}

/// A field of text, filled up with zeros.
fn text(field: &str, len: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(field.as_bytes());
    out.resize(out.len() + len - field.len(), 0);
}

/// Eleven octal digits, or the number in binary behind a mark, as GNU tar has it: then a reader
/// without `pax` still finds the next file.
fn push_size(size: u64, out: &mut Vec<u8>) {
    if size <= MAX_SIZE {
        write!(out, "{size:011o}\0").expect("writing to a Vec cannot fail");
    } else {
        out.extend_from_slice(&[0x80, 0, 0, 0]);
        out.extend_from_slice(&size.to_be_bytes());
    }
}
