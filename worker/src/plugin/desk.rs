//! The folder of one process, gone with it: where the plugin writes, and where files wait for it.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Where in its folder a plugin has what is temporary.
pub(super) const TEMPORARY: &str = ".tmp";

/// The folder.
pub(super) struct Desk(TempDir);

impl Desk {
    pub(super) fn new(scratch: &Path) -> io::Result<Self> {
        let desk = Self(TempDir::new_in(scratch.canonicalize()?)?);
        // The plugin may be another user, whose number is not known yet; the way there is the worker's own.
        // Languages take no folder for what is temporary where others may take its files away.
        let folders =
            [(desk.work(), 0o777), (desk.work().join(TEMPORARY), 0o1777), (desk.staging(), 0o700)];
        for (folder, mode) in folders {
            fs::create_dir(&folder)?;
            fs::set_permissions(&folder, Permissions::from_mode(mode))?;
        }
        fs::set_permissions(desk.0.path(), Permissions::from_mode(0o711))?;
        Ok(desk)
    }

    /// Where the plugin writes.
    pub(super) fn work(&self) -> PathBuf {
        self.0.path().join("work")
    }

    /// Where files wait.
    pub(super) fn staging(&self) -> PathBuf {
        self.0.path().join("staging")
    }
}
