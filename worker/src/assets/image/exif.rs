//! EXIF: the directories of a TIFF, without pictures. Read leniently, written anew in one form.

mod directory;

use self::directory::{Directory, Entry, Reader, len, write};

/// What a TIFF without pictures begins with, as it is written here.
const HEADER: &[u8; 8] = b"II*\0\x08\0\0\0";

const ORIENTATION: u16 = 0x0112;

/// How many pixels a unit of length has, and which unit that is.
const X_RESOLUTION: u16 = 0x011a;
const Y_RESOLUTION: u16 = 0x011b;
const RESOLUTION_UNIT: u16 = 0x0128;

/// The inch among the units.
const INCH: u16 = 2;

/// In the first directory: where the second and the one of places lie.
const EXIF: u16 = 0x8769;
const GPS: u16 = 0x8825;

/// What of a first directory tells of the picture, not of how its pixels are laid down.
const FIRST: &[u16] = &[
    0x010d,
    0x010e,
    0x010f,
    0x0110,
    ORIENTATION,
    X_RESOLUTION,
    Y_RESOLUTION,
    RESOLUTION_UNIT,
    0x0131,
    0x0132,
    0x013b,
    0x4746,
    0x8298,
    0x9c9b,
    0x9c9c,
    0x9c9d,
    0x9c9e,
    0x9c9f,
];

/// What of it describes the picture: texts, times, density; no device.
const DESCRIPTIVE: &[u16] =
    &[0x010d, 0x010e, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, 0x0132, 0x013b, 0x8298];

/// What of the second directory does: times.
const TIMES: &[u16] = &[0x9003, 0x9004, 0x9010, 0x9011, 0x9012];

/// In the second directory: where another one lies, and what only its maker can read.
const INTEROPERABILITY: u16 = 0xa005;
const MAKER_NOTE: u16 = 0x927c;

/// The entries of EXIF's directories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Exif {
    first: Directory,
    second: Directory,
    places: Directory,
}

impl Exif {
    /// Reads the directories of a TIFF; nothing where there are none.
    pub(super) fn parse(tiff: &[u8]) -> Option<Self> {
        let reader = Reader { tiff, is_little: tiff.starts_with(b"II*\0") };
        if !reader.is_little && !tiff.starts_with(b"MM\0*") {
            return None;
        }
        let first = reader.directory(reader.long(4)?)?;
        let below = |tag: u16| {
            let entry = first.get(&tag)?;
            let at = u32::from_le_bytes(entry.bytes.get(..4)?.try_into().ok()?);
            reader.directory(usize::try_from(at).ok()?)
        };
        let mut second = below(EXIF).unwrap_or_default();
        second.retain(|tag, _| !matches!(*tag, INTEROPERABILITY | MAKER_NOTE));
        let places = below(GPS).unwrap_or_default();
        Some(Self { first: only(first, FIRST), second, places })
    }

    pub(super) fn orientation(&self) -> Option<u16> {
        let bytes = &self.first.get(&ORIENTATION)?.bytes;
        Some(u16::from_le_bytes(bytes.get(..2)?.try_into().ok()?))
    }

    /// The same of a picture that is upright.
    pub(super) fn upright(mut self) -> Self {
        self.first.remove(&ORIENTATION);
        self
    }

    /// What describes the picture: neither where it was taken nor by which device.
    pub(super) fn descriptive(self) -> Option<Self> {
        let first = only(self.first, DESCRIPTIVE);
        let second = only(self.second, TIMES);
        let kept = Self { first, second, places: Directory::new() };
        (kept != Self::default()).then_some(kept)
    }

    /// Sets a text of the first directory.
    pub(super) fn set_text(&mut self, tag: u16, text: &str) {
        let mut bytes: Vec<u8> = text.bytes().filter(|&byte| byte != 0).collect();
        bytes.push(0);
        self.first.insert(tag, Entry { kind: 2, bytes });
    }

    /// Sets how many pixels an inch has.
    pub(super) fn set_density(&mut self, dpi: u16) {
        let rational = [u32::from(dpi).to_le_bytes(), 1_u32.to_le_bytes()].concat();
        for tag in [X_RESOLUTION, Y_RESOLUTION] {
            self.first.insert(tag, Entry { kind: 5, bytes: rational.clone() });
        }
        self.first.insert(RESOLUTION_UNIT, Entry { kind: 3, bytes: INCH.to_le_bytes().to_vec() });
    }

    /// The texts of the first directory, by their tags.
    pub(super) fn texts(&self) -> impl Iterator<Item = (u16, &[u8])> {
        let texts = self.first.iter().filter(|(_, entry)| entry.kind == 2);
        texts.map(|(tag, entry)| (*tag, entry.bytes.as_slice()))
    }

    /// Writes the directories as a TIFF.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut first = self.first.clone();
        let pointer = || Entry { kind: 4, bytes: vec![0; 4] };
        if !self.second.is_empty() {
            first.insert(EXIF, pointer());
        }
        if !self.places.is_empty() {
            first.insert(GPS, pointer());
        }
        let mut at = HEADER.len() + len(&first);
        for (tag, directory) in [(EXIF, &self.second), (GPS, &self.places)] {
            if let Some(entry) = first.get_mut(&tag) {
                entry.bytes = u32::try_from(at).unwrap_or(0).to_le_bytes().to_vec();
                at += len(directory);
            }
        }
        let mut out = HEADER.to_vec();
        for directory in [&first, &self.second, &self.places] {
            if !directory.is_empty() {
                write(directory, &mut out);
            }
        }
        out
    }
}

fn only(mut directory: Directory, tags: &[u16]) -> Directory {
    directory.retain(|tag, _| tags.contains(tag));
    directory
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text, an orientation, a density, a time, a place.
    fn exif() -> Exif {
        let mut exif = Exif::default();
        exif.set_text(0x010e, "The moon");
        exif.set_text(0x0110, "Camera 1");
        exif.first.insert(ORIENTATION, Entry { kind: 3, bytes: vec![6, 0] });
        exif.first.insert(0x011a, Entry { kind: 5, bytes: vec![72, 0, 0, 0, 1, 0, 0, 0] });
        exif.second.insert(0x9003, Entry { kind: 2, bytes: b"1969:07-20\0".to_vec() });
        exif.places.insert(1, Entry { kind: 2, bytes: b"N\0".to_vec() });
        exif
    }

    #[test]
    fn what_was_written_is_read_back() {
        assert_eq!(Exif::parse(&exif().to_bytes()), Some(exif()));
        assert_eq!(exif().orientation(), Some(6));
    }

    #[test]
    fn places_and_devices_are_not_descriptive() {
        let kept = exif().descriptive().unwrap();
        assert!(kept.places.is_empty());
        assert_eq!(kept.first.keys().copied().collect::<Vec<_>>(), [0x010e, 0x011a]);
        assert_eq!(kept.second.len(), 1);
    }

    #[test]
    fn nonsense_is_read_as_far_as_it_goes() {
        let whole = exif().to_bytes();
        for len in 0..whole.len() {
            let _ = Exif::parse(&whole[..len]);
        }
        for place in 0..whole.len() {
            let mut broken = whole.clone();
            broken[place] = 0xff;
            let _ = Exif::parse(&broken);
        }
        assert_eq!(Exif::parse(b"MM\0*\0\0\0\x08"), None);
    }
}
