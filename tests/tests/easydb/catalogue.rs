//! The generator of catalogues, and what it made.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The catalogue of thirty objects.
pub(super) fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small")
}

/// A catalogue of so many objects, made anew.
pub(crate) fn made(count: usize, folder: &Path) {
    let generator = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/catalogue");
    let mut python = Command::new("python3");
    python.arg("-B").arg(generator).arg(count.to_string()).arg(folder);
    assert!(python.status().unwrap().success());
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let (entry, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        let name = name.into_string().unwrap();
        if entry.is_dir() {
            found.extend(
                files(&entry).into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)),
            );
        } else {
            found.insert(name, fs::read(entry).unwrap());
        }
    }
    found
}

#[test]
fn the_small_catalogue_is_what_its_generator_writes() {
    let dir = tempfile::tempdir().unwrap();
    made(30, dir.path());
    let (new, kept) = (files(dir.path()), files(&small()));
    assert_eq!(new.keys().collect::<Vec<_>>(), kept.keys().collect::<Vec<_>>());
    assert!(new == kept, "python3 tests/tools/catalogue 30 tests/catalogues/small writes it anew");
}
