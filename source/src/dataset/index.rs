//! Where records are, by what one of their fields holds: 20 bytes a record, sorted, in a temporary file.
//!
//! Fields go by a hash of 64 bits. Two values may share one, so that whoever finds a record by it looks at the
//! record itself.

use std::cmp::Reverse;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BinaryHeap, VecDeque};
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// Length of a place in the file, in bytes.
const PLACE_BYTES: usize = 20;

/// How many places are sorted in memory at once (6 MiB).
const RUN_PLACES: usize = 1 << 18;

/// How many places are read at once.
const BLOCK_PLACES: u64 = 256;

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// What its field goes by.
    key: u64,
    /// Its first byte.
    pub(super) at: u64,
    /// Its length in bytes.
    pub(super) len: u32,
}

/// All records of a file, by one field.
#[derive(Debug)]
pub(super) struct Index {
    file: File,
    len: u64,
    /// The first place of each block.
    fences: Vec<Place>,
}

/// An index under way.
#[derive(Debug)]
pub(super) struct Builder {
    file: File,
    run: Vec<Place>,
    /// Where each sorted run is in the file, counted in places.
    runs: Vec<Range<u64>>,
    run_places: usize,
}

impl Builder {
    /// An index without records.
    pub(super) fn new() -> io::Result<Self> {
        Self::with_runs_of(RUN_PLACES)
    }

    fn with_runs_of(run_places: usize) -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        Ok(Self { file, run: Vec::new(), runs: Vec::new(), run_places })
    }

    /// Adds a record.
    pub(super) fn add(&mut self, value: &str, at: u64, len: u32) -> io::Result<()> {
        self.run.push(Place { key: key(value), at, len });
        if self.run.len() >= self.run_places { self.end_run() } else { Ok(()) }
    }

    fn end_run(&mut self) -> io::Result<()> {
        self.run.sort_unstable();
        let start = self.runs.last().map_or(0, |run| run.end);
        let mut out = BufWriter::new(&self.file);
        for place in &self.run {
            out.write_all(&place.bytes())?;
        }
        out.flush()?;
        drop(out);
        self.runs.push(start..start + self.run.len() as u64);
        self.run.clear();
        Ok(())
    }

    /// The index of all that was added.
    pub(super) fn finish(mut self) -> io::Result<Index> {
        self.end_run()?;
        let merged = tempfile::tempfile()?;
        let mut out = BufWriter::new(&merged);
        let (mut fences, mut len) = (Vec::new(), 0_u64);
        let mut runs: Vec<Run> =
            self.runs.iter().map(|run| Run { left: run.clone(), block: VecDeque::new() }).collect();
        let mut heads = BinaryHeap::new();
        for (nth, run) in runs.iter_mut().enumerate() {
            heads.extend(run.next(&self.file)?.map(|place| Reverse((place, nth))));
        }
        while let Some(Reverse((place, nth))) = heads.pop() {
            if len.is_multiple_of(BLOCK_PLACES) {
                fences.push(place);
            }
            out.write_all(&place.bytes())?;
            len += 1;
            heads.extend(runs[nth].next(&self.file)?.map(|place| Reverse((place, nth))));
        }
        out.flush()?;
        drop(out);
        Ok(Index { file: merged, len, fences })
    }
}

impl Index {
    /// At most so many places of records whose field may hold a value, in the order of the file: all, or those
    /// behind a byte of it.
    pub(super) fn find(
        &self,
        value: &str,
        behind: Option<u64>,
        most: usize,
    ) -> io::Result<Vec<Place>> {
        let key = key(value);
        let from = (key, behind.map_or(0, |behind| behind + 1));
        let before = self.fences.partition_point(|place| (place.key, place.at) < from);
        let mut found = Vec::new();
        let mut next = before.saturating_sub(1) as u64 * BLOCK_PLACES;
        while next < self.len {
            let end = (next + BLOCK_PLACES).min(self.len);
            for place in block(&self.file, next..end)? {
                if (place.key, place.at) < from {
                    continue;
                }
                if place.key != key || found.len() >= most {
                    return Ok(found);
                }
                found.push(place);
            }
            next = end;
        }
        Ok(found)
    }
}

impl Place {
    fn bytes(self) -> [u8; PLACE_BYTES] {
        let mut bytes = [0; PLACE_BYTES];
        bytes[..8].copy_from_slice(&self.key.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.at.to_le_bytes());
        bytes[16..].copy_from_slice(&self.len.to_le_bytes());
        bytes
    }

    fn of(bytes: &[u8; PLACE_BYTES]) -> Self {
        let number = |bytes: &[u8]| {
            bytes.iter().rev().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte))
        };
        let len = u32::try_from(number(&bytes[16..])).unwrap_or_default();
        Self { key: number(&bytes[..8]), at: number(&bytes[8..16]), len }
    }
}

/// A sorted run that is being merged.
struct Run {
    left: Range<u64>,
    block: VecDeque<Place>,
}

impl Run {
    fn next(&mut self, file: &File) -> io::Result<Option<Place>> {
        if self.block.is_empty() && !self.left.is_empty() {
            let end = (self.left.start + BLOCK_PLACES).min(self.left.end);
            self.block.extend(block(file, self.left.start..end)?);
            self.left.start = end;
        }
        Ok(self.block.pop_front())
    }
}

/// Some places of a file, by their numbers.
fn block(file: &File, places: Range<u64>) -> io::Result<Vec<Place>> {
    let len = usize::try_from(places.end - places.start).unwrap_or_default();
    let mut bytes = vec![0; len * PLACE_BYTES];
    file.read_exact_at(&mut bytes, places.start * PLACE_BYTES as u64)?;
    let (places, _) = bytes.as_chunks::<PLACE_BYTES>();
    Ok(places.iter().map(Place::of).collect())
}

fn key(value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seven records of each of a thousand values, which come by turns.
    fn index(run_places: usize) -> Index {
        let mut builder = Builder::with_runs_of(run_places).unwrap();
        for at in 0..7000 {
            builder.add(&format!("v{}", at % 1000), at, 1).unwrap();
        }
        builder.finish().unwrap()
    }

    #[test]
    fn records_are_found_in_their_order_however_many_were_sorted_at_once() {
        for run_places in [1, 100, 4096, 7000, 10_000] {
            let index = index(run_places);
            let find = |value: &str, behind, most| {
                let found = index.find(value, behind, most).unwrap();
                found.iter().map(|place| place.at).collect::<Vec<_>>()
            };
            for nth in (0..1000_u64).step_by(37) {
                let all: Vec<u64> = (0..7).map(|round| round * 1000 + nth).collect();
                let value = format!("v{nth}");
                assert_eq!(find(&value, None, usize::MAX), all);
                assert_eq!(find(&value, Some(1000 + nth), 3), all[2..5]);
                assert!(find(&value, Some(6000 + nth), 3).is_empty());
            }
            assert!(find("none", None, 9).is_empty());
        }
        let empty = Builder::new().unwrap().finish().unwrap();
        assert!(empty.find("v", None, 9).unwrap().is_empty());
    }
}
