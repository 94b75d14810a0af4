//! A directory of a TIFF: entries by their tags, each with its values.

use std::collections::BTreeMap;

/// Most entries of a directory.
const MOST_ENTRIES: usize = 1000;

/// Most bytes of a value.
const MOST_BYTES: usize = 1 << 16;

/// Entries by their tags.
pub(super) type Directory = BTreeMap<u16, Entry>;

/// A value, its numbers with the lowest byte first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: u16,
    pub(super) bytes: Vec<u8>,
}

/// Length of a directory with its values, in bytes.
pub(super) fn len(directory: &Directory) -> usize {
    let values = directory.values().map(|entry| entry.bytes.len()).filter(|len| *len > 4);
    6 + 12 * directory.len() + values.map(|len| len + len % 2).sum::<usize>()
}

pub(super) fn write(directory: &Directory, out: &mut Vec<u8>) {
    let count = u16::try_from(directory.len()).unwrap_or(u16::MAX);
    let mut values = Vec::new();
    let values_at = out.len() + 6 + 12 * directory.len();
    out.extend_from_slice(&count.to_le_bytes());
    for (tag, entry) in directory {
        out.extend_from_slice(&tag.to_le_bytes());
        out.extend_from_slice(&entry.kind.to_le_bytes());
        let items = entry.bytes.len() / width(entry.kind).unwrap_or(1);
        out.extend_from_slice(&u32::try_from(items).unwrap_or(0).to_le_bytes());
        if entry.bytes.len() > 4 {
            let at = u32::try_from(values_at + values.len()).unwrap_or(0);
            out.extend_from_slice(&at.to_le_bytes());
            values.extend_from_slice(&entry.bytes);
            values.resize(values.len().next_multiple_of(2), 0);
        } else {
            let mut place = entry.bytes.clone();
            place.resize(4, 0);
            out.extend_from_slice(&place);
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&values);
}

/// How many bytes an item of a kind has; nothing for kinds that there are not.
fn width(kind: u16) -> Option<usize> {
    match kind {
        1 | 2 | 6 | 7 => Some(1),
        3 | 8 => Some(2),
        4 | 9 | 11 => Some(4),
        5 | 10 | 12 => Some(8),
        _ => None,
    }
}

/// A TIFF that is read.
pub(super) struct Reader<'t> {
    pub(super) tiff: &'t [u8],
    pub(super) is_little: bool,
}

impl Reader<'_> {
    fn bytes(&self, at: usize, len: usize) -> Option<&[u8]> {
        self.tiff.get(at..at.checked_add(len)?)
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = self.bytes(at, 2)?.try_into().ok()?;
        Some(if self.is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    pub(super) fn long(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes(at, 4)?.try_into().ok()?;
        let value =
            if self.is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
        usize::try_from(value).ok()
    }

    /// The entries of a directory; those that cannot be read are left out.
    pub(super) fn directory(&self, at: usize) -> Option<Directory> {
        let count = usize::from(self.short(at)?).min(MOST_ENTRIES);
        let entries = (0..count).map(|place| at + 2 + 12 * place);
        Some(entries.filter_map(|at| Some((self.short(at)?, self.entry(at)?))).collect())
    }

    fn entry(&self, at: usize) -> Option<Entry> {
        let kind = self.short(at + 2)?;
        let width = width(kind)?;
        let len = self.long(at + 4)?.checked_mul(width).filter(|len| *len <= MOST_BYTES)?;
        let at = if len > 4 { self.long(at + 8)? } else { at + 8 };
        let mut bytes = self.bytes(at, len)?.to_vec();
        if !self.is_little {
            // Fractions are two numbers of four bytes.
            let number = if matches!(kind, 5 | 10) { 4 } else { width };
            bytes.chunks_exact_mut(number).for_each(<[u8]>::reverse);
        }
        Some(Entry { kind, bytes })
    }
}
