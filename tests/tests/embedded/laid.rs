//! What lies in a folder: each file's path and the sum of its content.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tests::sha256;

/// Every file below a folder, by its path, with its SHA-256.
pub(super) fn laid(folder: &Path) -> BTreeMap<String, String> {
    let (mut folders, mut found) = (vec![folder.to_owned()], BTreeMap::new());
    while let Some(open) = folders.pop() {
        for entry in fs::read_dir(&open).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, sha256(&path).unwrap());
            }
        }
    }
    found
}
