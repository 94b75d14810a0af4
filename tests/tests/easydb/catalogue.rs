//! The generator of catalogues, and what it made.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Every kind of field that a catalogue may have.
const KINDS: [&str; 17] = [
    "boolean",
    "custom",
    "date",
    "daterange",
    "datetime",
    "double",
    "eas",
    "integer.2",
    "link",
    "nested",
    "number",
    "reverse_nested",
    "string",
    "text",
    "text_l10n",
    "text_l10n_oneline",
    "text_oneline",
];

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

/// Adds the kinds of some fields, and of those within them.
fn add_kinds(columns: &Value, found: &mut BTreeSet<String>) {
    for column in columns.as_array().into_iter().flatten() {
        found.insert(column["type"].as_str().unwrap().to_owned());
        add_kinds(&column["columns"], found);
    }
}

#[test]
fn the_generated_catalogue_has_fields_of_every_kind_in_six_languages() {
    let about = fs::read(small().join("catalogue.json")).unwrap();
    let about: Value = serde_json::from_slice(&about).unwrap();
    let types = about["types"].as_object().unwrap();
    let mut found = BTreeSet::new();
    for object_type in types.values() {
        add_kinds(&object_type["columns"], &mut found);
    }
    assert_eq!(found.into_iter().collect::<Vec<_>>(), KINDS);
    let languages = about["all_languages"].as_array().unwrap();
    assert_eq!((types.len(), languages.len()), (5, 6));
}
