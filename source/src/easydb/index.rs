//! Where in a folder each object is: its file and place, by its number.
//!
//! 24 bytes an object, whatever it holds, so that a catalogue of millions is at hand.

use proto::plan::KeyRange;
use tokio_util::sync::CancellationToken;

use super::scan::Scan;
use crate::files::{FileReader, Files, Listed, Window};
use crate::walk::{Begun, Nth, Walk};
use crate::{SourceError, feed};

/// The key of an object that holds its number.
pub(super) const NUMBER: &str = "_system_object_id";

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// Its number.
    pub(super) id: u64,
    /// Its file, by its place in the listing.
    pub(super) file: u32,
    /// Its length in bytes.
    pub(super) len: u32,
    /// Its first byte.
    pub(super) at: u64,
}

/// All objects of a folder, by their numbers.
#[derive(Debug)]
pub(super) struct Index {
    files: Vec<Listed>,
    entries: Vec<Entry>,
}

impl Index {
    /// Reads through all files once. Of an object that is there more than once, the one counts that comes
    /// last, as a page that was saved later would have it. Blocks.
    pub(super) fn new(
        files: &Files,
        listed: Vec<Listed>,
        stop: &CancellationToken,
    ) -> Result<Self, SourceError> {
        let mut entries = Vec::new();
        for (nth, file) in listed.iter().enumerate() {
            let reader = files.read(&file.range(0..file.len, None), stop)?;
            let mut scan = Scan::new(Window::new(reader, file.len), &file.path);
            while let Some(object) = scan.next()? {
                let id = number(object.bytes).ok_or_else(|| broken(file, &object))?;
                let (file, len) = (fits(nth), fits(object.bytes.len()));
                entries.push(Entry { id, file, len, at: object.at });
            }
        }
        entries.sort_unstable_by_key(|entry| (entry.id, entry.file, entry.at));
        entries.dedup_by(|next, kept| {
            let is_same = next.id == kept.id;
            if is_same {
                *kept = *next;
            }
            is_same
        });
        entries.shrink_to_fit();
        Ok(Self { files: listed, entries })
    }

    /// All objects, by their numbers.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Those in a range of a plan.
    pub(super) fn within(&self, range: &KeyRange) -> Result<&[Entry], SourceError> {
        let bound = |text: &Option<String>| text.as_deref().map(bound).transpose();
        let (after, until) = (bound(&range.after)?, bound(&range.until)?);
        let place = |id: u64| self.entries.partition_point(|entry| entry.id <= id);
        let from = after.map_or(0, place);
        let to = until.map_or(self.entries.len(), place);
        Ok(&self.entries[from..to.max(from)])
    }

    /// An object by its number.
    pub(super) fn find(&self, id: u64) -> Option<&Entry> {
        let place = self.entries.binary_search_by_key(&id, |entry| entry.id).ok()?;
        self.entries.get(place)
    }

    /// The file that an object is in.
    pub(super) fn file(&self, entry: &Entry) -> &Listed {
        &self.files[entry.file as usize]
    }
}

/// Reads objects of an index; those that stand one after another in a file without opening it again.
pub(super) struct Objects<'i> {
    files: &'i Files,
    index: &'i Index,
    stop: &'i CancellationToken,
    open: Option<(u32, FileReader)>,
    text: Vec<u8>,
}

impl<'i> Objects<'i> {
    /// Reads from these files.
    pub(super) fn new(files: &'i Files, index: &'i Index, stop: &'i CancellationToken) -> Self {
        Self { files, index, stop, open: None, text: Vec::new() }
    }

    /// The text of an object. Blocks.
    pub(super) fn read(&mut self, entry: &Entry) -> Result<&[u8], SourceError> {
        let gap = self.open.as_ref().and_then(|(file, reader)| {
            let gap = entry.at.checked_sub(reader.at()).filter(|_| *file == entry.file)?;
            usize::try_from(gap).ok().filter(|gap| *gap <= MOST_SKIPPED)
        });
        let skipped = match gap {
            Some(gap) => gap,
            None => {
                let end = entry.at + u64::from(entry.len);
                let range = self.index.file(entry).range(entry.at..end, None);
                self.open = Some((entry.file, self.files.read(&range, self.stop)?));
                0
            }
        };
        self.text.resize(skipped + entry.len as usize, 0);
        if let Some((_, reader)) = &mut self.open {
            let mut filled = 0;
            while filled < self.text.len() {
                filled += match reader.read(&mut self.text[filled..])? {
                    0 => return Err(changed(&self.index.file(entry).path)),
                    len => len,
                };
            }
        }
        Ok(&self.text[skipped..])
    }
}

/// Most bytes between two objects that are read and thrown away, rather than opening the file again.
const MOST_SKIPPED: usize = 64 << 10;

/// The number of an object; nothing where it has none.
pub(super) fn number(object: &[u8]) -> Option<u64> {
    let mut walk = Walk::new(str::from_utf8(object).ok()?);
    let mut nth = Nth::First;
    let Ok(Begun::Object) = walk.begin() else { return None };
    while let Some(key) = walk.key(&mut nth).ok()? {
        let value = walk.skip().ok()?;
        if key == NUMBER {
            return value.parse().ok();
        }
    }
    None
}

/// A bound of a slice, as a number.
pub(super) fn bound(text: &str) -> Result<u64, SourceError> {
    let what = || format!("the plan names {text:?}, and objects have numbers");
    text.parse().map_err(|_| SourceError::Changed { what: what() })
}

fn fits(number: usize) -> u32 {
    u32::try_from(number).expect("there are fewer files, and records are shorter")
}

fn changed(path: &str) -> SourceError {
    SourceError::Changed { what: format!("{path} was written while it was read") }
}

fn broken(file: &Listed, object: &super::scan::Scanned<'_>) -> SourceError {
    SourceError::BrokenRecord {
        file: file.path.clone(),
        line: None,
        byte: Some(object.at),
        why: format!("the object has no {NUMBER}"),
        text: feed::told(object.bytes),
    }
}
