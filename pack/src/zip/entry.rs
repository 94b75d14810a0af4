//! What the two headers of a member have in common.

use proto::commit::{Member, Method};

/// 16-bit fields at this value mean that the real one is in the ZIP64 record.
pub(super) const FULL_16: u16 = u16::MAX;

/// 32-bit fields at this value mean that the real one is in the ZIP64 extra field or record.
pub(super) const FULL_32: u32 = u32::MAX;

/// First version that knows ZIP64, times ten.
pub(super) const VERSION_ZIP64: u16 = 45;

/// Id of the ZIP64 extra field.
pub(super) const EXTRA_ZIP64: u16 = 0x0001;

/// 1980-01-01 in MS-DOS form, the first day there is.
const DOS_DATE: u16 = 1 << 5 | 1;

/// Flag that says the name is UTF-8.
const FLAG_UTF8: u16 = 1 << 11;

/// A member, as the archive's headers describe it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its sanitised path, of at most 65,535 bytes; that of a folder ends with a slash.
    pub path: &'a str,
    /// How it is compressed.
    pub method: Method,
    /// CRC-32 of its content.
    pub crc32: u32,
    /// Length in the archive, without the header.
    pub compressed: u64,
    /// Length of its content.
    pub size: u64,
}

impl<'a> Entry<'a> {
    /// A member under a path, which need not be its own.
    pub fn of(member: &Member, path: &'a str) -> Self {
        Self {
            path,
            method: member.method,
            crc32: member.crc32,
            compressed: member.compressed,
            size: member.size,
        }
    }
}

impl Entry<'_> {
    /// Whether it is a folder: its path says so, which that of a file never does.
    pub(super) fn is_folder(&self) -> bool {
        self.path.ends_with('/')
    }

    /// Whether a length does not fit into its 32-bit field.
    pub(super) fn is_large(&self) -> bool {
        self.size >= u64::from(FULL_32) || self.compressed >= u64::from(FULL_32)
    }

    /// The version that can read the member, where ZIP64 is not in play.
    pub(super) fn version(&self) -> u16 {
        match self.method {
            Method::Stored => 10,
            Method::Deflated => 20,
        }
    }

    /// Flags, method, time, date and CRC-32, which both headers have in this order.
    pub(super) fn common(&self, out: &mut Vec<u8>) {
        let flags = if self.path.is_ascii() { 0 } else { FLAG_UTF8 };
        let method: u16 = match self.method {
            Method::Stored => 0,
            Method::Deflated => 8,
        };
        for field in [flags, method, 0, DOS_DATE] {
            out.extend_from_slice(&field.to_le_bytes());
        }
        out.extend_from_slice(&self.crc32.to_le_bytes());
    }

    pub(super) fn path_len(&self) -> u16 {
        u16::try_from(self.path.len())
            .expect("sanitised paths have at most 1,024 bytes and some suffixes")
    }
}

/// The value as its 32-bit field shows it.
pub(super) fn saturated(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(FULL_32)
}
