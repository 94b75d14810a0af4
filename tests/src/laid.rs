//! What lies in a folder: each file's path and the sum of its content.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::sha256;

/// Every file below a folder, by its path, with its SHA-256.
pub fn laid(folder: &Path) -> Result<BTreeMap<String, String>> {
    let (mut folders, mut found) = (vec![folder.to_owned()], BTreeMap::new());
    while let Some(open) = folders.pop() {
        for entry in fs::read_dir(&open).with_context(|| open.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
                found.insert(name, sha256(&path)?);
            }
        }
    }
    Ok(found)
}
