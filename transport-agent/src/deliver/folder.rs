//! Folders of the scratch directory: each is locked by the process that made it for as long as it is used,
//! so that what a process leaves that was killed can be told from what another agent uses.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::Agent;

/// What the names of folders begin with. The scratch directory may be one that others use as well.
const PREFIX: &str = "longshore-delivery-";

/// How often a folder is made that somebody who sweeps takes away before it is locked.
const TRIES: u32 = 10;

/// An empty folder; dropped, it is gone with whatever is in it.
pub(super) struct Folder {
    dir: TempDir,
    /// Let go after the folder is gone.
    _lock: File,
}

impl Folder {
    /// Makes one.
    pub(super) fn make(scratch: &Path) -> io::Result<Self> {
        let mut tries = 1;
        loop {
            let dir = tempfile::Builder::new().prefix(PREFIX).tempdir_in(scratch)?;
            match lock(dir.path()) {
                Ok(lock) => return Ok(Self { dir, _lock: lock }),
                Err(error) if tries >= TRIES => return Err(error),
                Err(_) => tries += 1,
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }
}

impl Agent {
    /// Takes away what processes left that were killed.
    pub(crate) async fn sweep_scratch(&self) {
        let scratch = self.settings.scratch.clone();
        let swept = tokio::task::spawn_blocking(move || sweep(&scratch));
        match swept.await.expect("sweeping does not panic") {
            Ok(0) => {}
            Ok(folders) => tracing::info!(folders, "folders of killed processes taken away"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "scratch not swept");
            }
        }
    }
}

/// Opens a folder and locks it. On a file system without locks it is as good as locked, for nobody can
/// lock it to take it away.
fn lock(folder: &Path) -> io::Result<File> {
    let file = File::open(folder)?;
    match file.try_lock_shared() {
        Ok(()) | Err(fs::TryLockError::Error(_)) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
    }
}

/// Takes away the folders that nobody has locked; how many there were.
fn sweep(scratch: &Path) -> io::Result<usize> {
    let mut swept = 0;
    for entry in fs::read_dir(scratch)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let Ok(folder) = File::open(entry.path()) else { continue };
        if folder.try_lock().is_ok() && fs::remove_dir_all(entry.path()).is_ok() {
            swept += 1;
        }
    }
    Ok(swept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_uses_is_swept_and_nothing_else() {
        let scratch = tempfile::tempdir().unwrap();
        let used = Folder::make(scratch.path()).unwrap();
        let left = scratch.path().join("longshore-delivery-left");
        fs::create_dir_all(left.join("deep")).unwrap();
        fs::write(left.join("deep/1"), "x").unwrap();
        fs::create_dir(scratch.path().join("delivery-of-others")).unwrap();
        assert_eq!(sweep(scratch.path()).unwrap(), 1);
        assert!(used.path().exists() && scratch.path().join("delivery-of-others").exists());
        assert!(!left.exists());
        let path = used.path().to_owned();
        drop(used);
        assert!(!path.exists());
    }
}
