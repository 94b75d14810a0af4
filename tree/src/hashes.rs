//! Hashes of the names of a run, in scratch files by their value, so that those that two have in common
//! are found in one pass over the names and a bounded piece of memory.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

use tempfile::{SpooledTempFile, spooled_tempfile_in};

/// How many hashes are compared at a time; 8 bytes each.
const AT_ONCE: u64 = if cfg!(test) { 8 } else { 4_000_000 };

/// Most files that hashes are spread over: each is open, and processes may often open no more than 1,024.
/// What is too much for one of them is compared in several passes over that file.
const MOST_PARTS: u64 = if cfg!(test) { 4 } else { 256 };

/// Most bytes of all files together that wait in memory (32 MiB).
const MEMORY_BYTES: usize = 32 << 20;

/// What is added to the hash of a folder; those of files are even.
const FOLDER: u64 = 1;

/// Hashes of names, by parts.
pub(super) struct Hashes {
    parts: Vec<BufWriter<SpooledTempFile>>,
    /// How many each part has.
    lens: Vec<u64>,
    /// The folders above the last path, which those above the next one mostly are as well.
    folders: Vec<u64>,
}

/// A hash of a folded name that is the same in every process.
pub(super) fn hash(folded: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    folded.hash(&mut hasher);
    hasher.finish() & !FOLDER
}

impl Hashes {
    /// A place for the hashes of about so many names.
    pub(super) fn new(scratch: &Path, names: u64) -> Self {
        let parts = usize::try_from((names / AT_ONCE + 1).min(MOST_PARTS)).unwrap_or(1);
        let file = |_| BufWriter::new(spooled_tempfile_in(MEMORY_BYTES / parts, scratch));
        let (files, lens) = ((0..parts).map(file).collect(), vec![0; parts]);
        Self { parts: files, lens, folders: Vec::new() }
    }

    /// Takes in a file by its folded path, and the folders above it.
    pub(super) fn add(&mut self, folded: &str) -> io::Result<()> {
        let above = folded.match_indices('/').map(|(end, _)| hash(&folded[..end]));
        let above: Vec<u64> = above.collect();
        let before = std::mem::take(&mut self.folders);
        for folder in above.iter().filter(|folder| !before.contains(folder)) {
            self.put(folder | FOLDER)?;
        }
        self.folders = above;
        self.put(hash(folded))
    }

    fn put(&mut self, hash: u64) -> io::Result<()> {
        let part = usize::try_from((hash >> 1) % self.parts.len() as u64).unwrap_or_default();
        self.lens[part] += 1;
        self.parts[part].write_all(&hash.to_le_bytes())
    }

    /// Hashes that two files, or a file and a folder, have in common.
    pub(super) fn clashing(self) -> io::Result<HashSet<u64>> {
        let mut clashing = HashSet::new();
        let parts = self.parts.len() as u64;
        for (part, len) in self.parts.into_iter().zip(self.lens) {
            let mut file = part.into_inner().map_err(io::IntoInnerError::into_error)?;
            let passes = len / AT_ONCE + 1;
            for pass in 0..passes {
                file.rewind()?;
                let is_now = |hash: u64| (hash >> 1) / parts % passes == pass;
                clashing.extend(twice(picked(&mut file, is_now)?));
            }
        }
        Ok(clashing)
    }
}

/// The hashes of a file that are wanted.
fn picked(file: &mut SpooledTempFile, is_wanted: impl Fn(u64) -> bool) -> io::Result<Vec<u64>> {
    let (mut reader, mut hashes, mut bytes) = (BufReader::new(file), Vec::new(), [0; 8]);
    loop {
        match reader.read_exact(&mut bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(hashes),
            Err(error) => return Err(error),
        }
        let hash = u64::from_le_bytes(bytes);
        if is_wanted(hash) {
            hashes.push(hash);
        }
    }
}

/// The hashes of files that are there twice, or that are a folder's as well.
fn twice(mut hashes: Vec<u64>) -> Vec<u64> {
    hashes.sort_unstable();
    // A file's stands before its folder's.
    let pairs =
        hashes.windows(2).filter(|pair| pair[0] & FOLDER == 0 && pair[0] == pair[1] & !FOLDER);
    pairs.map(|pair| pair[0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clashing(paths: &[String]) -> HashSet<u64> {
        let scratch = tempfile::tempdir().unwrap();
        let mut hashes = Hashes::new(scratch.path(), paths.len() as u64);
        for path in paths {
            hashes.add(path).unwrap();
        }
        hashes.clashing().unwrap()
    }

    #[test]
    fn what_two_have_in_common_is_found_among_more_than_are_compared_at_a_time() {
        let mut paths: Vec<String> = (0..1000).map(|n| format!("a/{}/{n}", n / 7)).collect();
        assert_eq!(clashing(&paths), HashSet::new());
        // A file twice, and a file that is a folder of others.
        paths.extend(["b".to_owned(), "a/3/22".to_owned(), "a/9".to_owned()]);
        assert_eq!(clashing(&paths), [hash("a/3/22"), hash("a/9")].into());
        paths.reverse();
        assert_eq!(clashing(&paths), [hash("a/3/22"), hash("a/9")].into());
    }
}
