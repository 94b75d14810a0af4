//! The central directory, written as its entries come.

use super::entry::{EXTRA_ZIP64, Entry, FULL_16, FULL_32, VERSION_ZIP64, saturated};

const SIGNATURE: &[u8; 4] = b"PK\x01\x02";
const SIGNATURE_END: &[u8; 4] = b"PK\x05\x06";
const SIGNATURE_END_ZIP64: &[u8; 4] = b"PK\x06\x06";
const SIGNATURE_LOCATOR: &[u8; 4] = b"PK\x06\x07";

/// Unix made it, which is what gives the mode below its meaning.
const MADE_BY: u16 = 3 << 8 | VERSION_ZIP64;

/// A plain file, `rw-r--r--`, where Unix looks for it.
const ATTRIBUTES: u32 = 0o100_644 << 16;

/// A folder, `rwxr-xr-x`, and the mark of one where DOS looks for it.
const ATTRIBUTES_FOLDER: u32 = 0o040_755 << 16 | 0x10;

/// Length of the ZIP64 end record after its length field.
const END_ZIP64_LEN: u64 = 44;

/// A central directory on its way.
///
/// Holds counts alone: entries go out as they come in, so that ten million of them take no memory.
/// The offsets of entries may come in any order; the entries stand in the order of the calls.
#[derive(Debug, Default)]
pub struct Directory {
    entries: u64,
    len_bytes: u64,
}

impl Directory {
    /// One without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the entry of a member whose local header begins at `offset` in the archive.
    pub fn entry(&mut self, entry: &Entry<'_>, offset: u64, out: &mut Vec<u8>) {
        let start = out.len();
        // Only those that do not fit, in this order: so the format wants it here, other than before
        // the data.
        let large = [entry.size, entry.compressed, offset]
            .into_iter()
            .filter(|&value| value >= u64::from(FULL_32));
        let extra_len = match large.clone().count() {
            0 => 0_u16,
            1 => 12,
            2 => 20,
            _ => 28,
        };
        let version = if extra_len > 0 { VERSION_ZIP64 } else { entry.version() };
        out.extend_from_slice(SIGNATURE);
        out.extend_from_slice(&MADE_BY.to_le_bytes());
        out.extend_from_slice(&version.to_le_bytes());
        entry.common(out);
        out.extend_from_slice(&saturated(entry.compressed).to_le_bytes());
        out.extend_from_slice(&saturated(entry.size).to_le_bytes());
        // No comment, on disk 0, and nothing about being text.
        for field in [entry.path_len(), extra_len, 0, 0, 0] {
            out.extend_from_slice(&field.to_le_bytes());
        }
        let attributes = if entry.is_folder() { ATTRIBUTES_FOLDER } else { ATTRIBUTES };
        out.extend_from_slice(&attributes.to_le_bytes());
        out.extend_from_slice(&saturated(offset).to_le_bytes());
        out.extend_from_slice(entry.path.as_bytes());
        if extra_len > 0 {
            out.extend_from_slice(&EXTRA_ZIP64.to_le_bytes());
            out.extend_from_slice(&(extra_len - 4).to_le_bytes());
            large.for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
        }
        self.entries += 1;
        self.len_bytes += (out.len() - start) as u64;
    }

    /// Appends the end of the archive; `at` is the offset at which the first entry was put.
    pub fn end(self, at: u64, out: &mut Vec<u8>) {
        let few = u16::try_from(self.entries).unwrap_or(FULL_16);
        let (len, offset) = (saturated(self.len_bytes), saturated(at));
        if few == FULL_16 || len == FULL_32 || offset == FULL_32 {
            self.end_zip64(at, out);
        }
        out.extend_from_slice(SIGNATURE_END);
        for field in [0, 0, few, few] {
            out.extend_from_slice(&field.to_le_bytes());
        }
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&offset.to_le_bytes());
        out.extend_from_slice(&0_u16.to_le_bytes());
    }

    fn end_zip64(&self, at: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(SIGNATURE_END_ZIP64);
        out.extend_from_slice(&END_ZIP64_LEN.to_le_bytes());
        out.extend_from_slice(&MADE_BY.to_le_bytes());
        out.extend_from_slice(&VERSION_ZIP64.to_le_bytes());
        // This disk, and the directory's.
        out.extend_from_slice(&0_u64.to_le_bytes());
        for field in [self.entries, self.entries, self.len_bytes, at] {
            out.extend_from_slice(&field.to_le_bytes());
        }
        out.extend_from_slice(SIGNATURE_LOCATOR);
        out.extend_from_slice(&0_u32.to_le_bytes());
        out.extend_from_slice(&(at + self.len_bytes).to_le_bytes());
        out.extend_from_slice(&1_u32.to_le_bytes());
    }
}
