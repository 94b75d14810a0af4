//! Whether two folders hold the same files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Something that two folders do not have alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    /// Only the first one has a file.
    OnlyFirst(String),
    /// Only the second one has it.
    OnlySecond(String),
    /// A file differs from a byte on, counted from 0.
    Bytes(String, u64),
}

/// The files below a folder: their paths in it, and their lengths in bytes.
pub(super) fn files(folder: &Path) -> io::Result<BTreeMap<String, u64>> {
    let (mut waiting, mut found) = (vec![PathBuf::new()], BTreeMap::new());
    while let Some(below) = waiting.pop() {
        for entry in fs::read_dir(folder.join(&below))? {
            let entry = entry?;
            let (path, metadata) = (below.join(entry.file_name()), entry.metadata()?);
            if metadata.is_dir() {
                waiting.push(path);
            } else {
                found.insert(path.to_string_lossy().into_owned(), metadata.len());
            }
        }
    }
    Ok(found)
}

/// All differences, in the order of paths.
pub(super) fn compare(first: &Path, second: &Path) -> io::Result<Vec<Difference>> {
    let (ours, theirs) = (files(first)?, files(second)?);
    let mut differences = BTreeMap::new();
    for path in ours.keys() {
        let difference = if theirs.contains_key(path) {
            let at = differs_at(&first.join(path), &second.join(path))?;
            at.map(|offset| Difference::Bytes(path.clone(), offset))
        } else {
            Some(Difference::OnlyFirst(path.clone()))
        };
        differences.extend(difference.map(|difference| (path, difference)));
    }
    let others = theirs.keys().filter(|path| !ours.contains_key(*path));
    differences.extend(others.map(|path| (path, Difference::OnlySecond(path.clone()))));
    Ok(differences.into_values().collect())
}

/// Where two files begin to differ.
pub(super) fn differs_at(first: &Path, second: &Path) -> io::Result<Option<u64>> {
    let mut first = BufReader::new(File::open(first)?);
    let mut second = BufReader::new(File::open(second)?);
    let mut offset = 0;
    loop {
        let (ours, theirs) = (first.fill_buf()?, second.fill_buf()?);
        let len = ours.len().min(theirs.len());
        let same = ours.iter().zip(theirs).take_while(|(one, other)| one == other).count();
        offset += u64::try_from(same).unwrap_or(u64::MAX);
        if len == 0 {
            return Ok((ours.len() != theirs.len()).then_some(offset));
        }
        if same < len {
            return Ok(Some(offset));
        }
        first.consume(len);
        second.consume(len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two folders with files, and how they differ.
    fn check(first: &[(&str, &str)], second: &[(&str, &str)], expected: &[Difference]) {
        let folder = tempfile::tempdir().unwrap();
        let written = |name: &str, files: &[(&str, &str)]| {
            let folder = folder.path().join(name);
            fs::create_dir(&folder).unwrap();
            for (path, text) in files {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            folder
        };
        let (first, second) = (written("first", first), written("second", second));
        assert_eq!(compare(&first, &second).unwrap(), expected);
    }

    #[test]
    fn folders_with_the_same_files_do_not_differ() {
        check(&[], &[], &[]);
        check(&[("a/b", "1"), ("c", "")], &[("c", ""), ("a/b", "1")], &[]);
        let long = "x".repeat(100_000);
        check(&[("a", &long)], &[("a", &long)], &[]);
    }

    #[test]
    fn every_difference_is_told_with_its_place() {
        let long = "x".repeat(100_000);
        check(
            &[("a", "12"), ("b", "123"), ("c", "1"), ("e", &long)],
            &[("a", "13"), ("b", "12"), ("d", "1"), ("e", &format!("{long}!"))],
            &[
                Difference::Bytes("a".to_owned(), 1),
                Difference::Bytes("b".to_owned(), 2),
                Difference::OnlyFirst("c".to_owned()),
                Difference::OnlySecond("d".to_owned()),
                Difference::Bytes("e".to_owned(), 100_000),
            ],
        );
    }
}
