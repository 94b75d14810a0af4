//! The record of a run's tree: what only all of its batches together tell about its files.
//!
//! Made from the plan and the commit records alone, so that whoever makes it makes the same.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// What all batches of a run together tell about its files; immutable.
///
/// Small however many files there are: new names are records of their batches ([`NewNames`]). It
/// grows by some 29 bytes for each batch with renamed members that has neighbours without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// How many files there are.
    pub files: u64,
    /// Length of all files in bytes.
    pub bytes: u64,
    /// The files that batches share, in the order of the plan, those that are there.
    pub shared: Vec<SharedFile>,
    /// Those of them that are left out because no record is in them, each by the first batch of its output; in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<u32>,
    /// The batches with renamed members, in order; none in all but rare runs.
    pub renamed: Vec<Batches>,
    /// The list of files that are called otherwise than they were to be; nothing where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub originals: Option<MadeFile>,
    /// The list of what was left out; nothing where everything is there.
    pub warnings: Option<MadeFile>,
    /// The page that lists the files, where that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<MadeFile>,
}

impl Tree {
    /// Whether the file is left out that the batches of an output share, of which this is the first.
    pub fn drops(&self, first: u32) -> bool {
        self.dropped.binary_search(&first).is_ok()
    }

    /// Whether a batch has renamed members.
    pub fn renames(&self, ordinal: u32) -> bool {
        self.renames_any(ordinal..=ordinal)
    }

    /// Whether any of the batches has.
    pub fn renames_any(&self, ordinals: RangeInclusive<u32>) -> bool {
        let next = self.renamed.partition_point(|batches| batches.last < *ordinals.start());
        self.renamed.get(next).is_some_and(|batches| batches.first <= *ordinals.end())
    }
}

/// A file that the batches of an output share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedFile {
    /// The first batch of the output.
    pub first: u32,
    /// Length of the file with the format's text around the shares, in bytes.
    pub size: u64,
    /// CRC-32 of the same.
    pub crc32: u32,
    /// How many batches have a share.
    pub shares: u64,
    /// Length of all shares, compressed, without the format's text.
    pub compressed: u64,
    /// Where some of the batches begin in it, in order, so that a part of it is found without the
    /// commit records of all batches before; none where it has few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<ShareMark>,
}

/// Where a batch's share begins in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareMark {
    /// The batch.
    pub ordinal: u32,
    /// Where its share begins, or the text that parts it from the one before; in bytes.
    pub at: u64,
    /// How many batches before have a share.
    pub shares: u64,
}

/// Consecutive batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batches {
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
}

/// A file that no batch made, and that is made from the commit records whenever it is read: the lists
/// of what was renamed and of what was left out, the page that lists the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeFile {
    /// What it is called: `renamed.jsonl`, `warnings.jsonl`, `index.html`, or the nearest name that no member has.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// CRC-32 of it.
    pub crc32: u32,
    /// SHA-256 of it, in hexadecimal.
    pub sha256: String,
}

/// The names that members of a batch get instead of theirs, for members of other batches have those;
/// immutable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NewNames {
    /// By the member's place in its batch; no name at all leaves it out, for a batch before has the same file.
    pub names: BTreeMap<u32, String>,
}

impl NewNames {
    /// The path of the batch's member at a place, from the one that its commit record tells.
    pub fn path<'p>(&'p self, place: u32, path: &'p str) -> &'p str {
        self.names.get(&place).map_or(path, String::as_str)
    }

    /// Whether the batch's member at a place is left out.
    pub fn leaves_out(&self, place: u32) -> bool {
        self.names.get(&place).is_some_and(String::is_empty)
    }

    /// What the batch's member at a place was to be called, where it is called otherwise: what its
    /// commit record says, or the path there. Nothing of one that is left out.
    pub fn original<'p>(
        &self,
        place: u32,
        path: &'p str,
        original: Option<&'p str>,
    ) -> Option<&'p str> {
        if self.leaves_out(place) {
            return None;
        }
        original.or_else(|| self.names.contains_key(&place).then_some(path))
    }
}

/// A line of the list of files that are called otherwise than they were to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// What it is called.
    pub path: String,
    /// What it was to be called, cut at 1,024 characters.
    pub original: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_without_a_name_is_left_out() {
        let names = BTreeMap::from([(1, String::new()), (2, "b~2".to_owned())]);
        let names = NewNames { names };
        assert_eq!([0, 1, 2].map(|place| names.leaves_out(place)), [false, true, false]);
        assert_eq!([0, 2].map(|place| names.path(place, "b")), ["b", "b~2"]);
        let original = |place| names.original(place, "b", None);
        assert_eq!([0, 1, 2].map(original), [None, None, Some("b")]);
    }

    #[test]
    fn renamed_batches_are_found_in_ranges_that_touch_them() {
        let renamed = [(3, 3), (7, 9)].map(|(first, last)| Batches { first, last }).to_vec();
        let tree = Tree {
            files: 0,
            bytes: 0,
            shared: Vec::new(),
            dropped: vec![4, 9],
            renamed,
            originals: None,
            warnings: None,
            index: None,
        };
        let touched: Vec<u32> = (0..12).filter(|&ordinal| tree.renames(ordinal)).collect();
        assert_eq!(touched, [3, 7, 8, 9]);
        assert_eq!([4, 5, 9].map(|first| tree.drops(first)), [true, false, true]);
        let any = [(0, 2), (0, 3), (4, 6), (4, 7), (9, 20), (10, 20), (0, 20)];
        let any = any.map(|(first, last)| tree.renames_any(first..=last));
        assert_eq!(any, [false, true, false, true, true, false, true]);
    }
}
