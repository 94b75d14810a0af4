//! What is checked in of the scenarios of easydb, beside what comes out of them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder that all of it is in.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/easydb")
}

/// What one of its files lists.
pub(crate) fn listed(file: &str) -> Vec<Value> {
    serde_json::from_slice(&fs::read(folder().join(file)).unwrap()).unwrap()
}

/// What something listed is called.
pub(crate) fn name(listed: &Value) -> &str {
    listed["name"].as_str().unwrap()
}
