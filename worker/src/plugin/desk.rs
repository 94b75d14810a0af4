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

    /// Leaves no folder of the plugin's in another one: deleting goes from folder to folder, and takes stack and open
    /// files by how deep they lie, which is the plugin's choice.
    fn flatten(&self) -> io::Result<()> {
        let flat = self.0.path().join("flat");
        fs::create_dir(&flat)?;
        // Folders that the plugin shut are neither read nor moved.
        let open = |folder: &Path| fs::set_permissions(folder, Permissions::from_mode(0o700));
        open(&self.work())?;
        let (mut folder, mut moved, mut looked_through) = (self.work(), 0_u64, 0_u64);
        loop {
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    open(&entry.path())?;
                    fs::rename(entry.path(), flat.join(moved.to_string()))?;
                    moved += 1;
                }
            }
            if looked_through == moved {
                return Ok(());
            }
            folder = flat.join(looked_through.to_string());
            looked_through += 1;
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // What cannot be moved is deleted where it is, as far as that goes.
        let _flat = self.flatten();
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::OwnedFd;

    use rustix::fs::{Mode, OFlags, mkdirat, openat};

    use super::*;

    #[test]
    fn nothing_is_left_of_folders_that_the_plugin_shut() {
        let scratch = TempDir::new().unwrap();
        let desk = Desk::new(scratch.path()).unwrap();
        let folders = [desk.work(), desk.work().join("out"), desk.work().join("out/shut")];
        fs::create_dir_all(&folders[2]).unwrap();
        fs::write(folders[2].join("file"), "").unwrap();
        for folder in folders.iter().rev() {
            fs::set_permissions(folder, Permissions::from_mode(0o000)).unwrap();
        }
        drop(desk);
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
    }

    #[test]
    fn nothing_is_left_of_folders_that_lie_deeper_than_any_path_leads() {
        let scratch = TempDir::new().unwrap();
        let desk = Desk::new(scratch.path()).unwrap();
        fs::write(desk.work().join("file"), "").unwrap();
        let mut folder: OwnedFd = File::open(desk.work()).unwrap().into();
        for _ in 0..20_000 {
            mkdirat(&folder, "in", Mode::from_raw_mode(0o777)).unwrap();
            let flags = OFlags::DIRECTORY | OFlags::RDONLY;
            folder = openat(&folder, "in", flags, Mode::empty()).unwrap();
        }
        drop(desk);
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
    }
}
