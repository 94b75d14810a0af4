//! The catalogue of the manual's examples: the small one, each object with its changes, which it does not have.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::desk::{Desk, below};

/// Where the small one is.
pub(super) fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small")
}

/// Lays the catalogue down in a folder of the desk.
pub(super) fn lay_down(desk: &Desk) {
    for path in below(&small()) {
        let name = path.strip_prefix(small()).unwrap().display().to_string();
        if name.starts_with("search-") {
            desk.write(&format!("museum/{name}"), changed(&fs::read_to_string(&path).unwrap()));
        } else {
            desk.write(&format!("museum/{name}"), fs::read(&path).unwrap());
        }
    }
}

/// An answer whose objects, each on a line, have changes.
fn changed(answer: &str) -> String {
    let changes = r#"[{"operation":"INSERT","time":"2024-01-01T00:00:00Z"}]"#;
    answer.replace("\n{\"", &format!("\n{{\"_changelog\":{changes},\""))
}
