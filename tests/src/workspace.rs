//! Where the project is, for tests that take files of it as they are.

use std::path::{Path, PathBuf};

/// A file or folder of the project, by its path in it, as a path without links above it.
pub fn workspace(path: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = tests.canonicalize().expect("tests run where they were built");
    tests.parent().expect("the folder of the tests is in that of the project").join(path)
}
