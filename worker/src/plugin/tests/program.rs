//! A plugin that is one program.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use crate::plugin::{Entry, Plugin};

/// Writes it into a folder that is gone when this is dropped, with room beside it.
pub(in crate::plugin) fn program(interpreter: &str, text: &str) -> (Plugin, TempDir) {
    let root = TempDir::new().unwrap();
    let folder = root.path().join("plugin");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    let file = folder.join("run");
    fs::write(&file, format!("#!{interpreter}\n{text}")).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
    let entry = Entry::Program("run".into());
    (Plugin { folder, name: "p".to_owned(), entry }, root)
}
