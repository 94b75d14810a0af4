//! The folder that a plugin worked in, once its processes are gone: whatever lies there is of its making, and no link of it is
//! followed.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::OFlags;

use super::error::PluginError;

/// Where a plugin left something.
pub(super) struct Work<'w> {
    /// The plugin.
    pub(super) name: &'w str,
    /// Where it wrote.
    pub(super) folder: &'w Path,
    /// The same as it saw it.
    pub(super) seen: &'w Path,
}

impl Work<'_> {
    /// Where a plain file of the plugin's is.
    pub(super) fn file(&self, told: Option<&str>) -> Result<PathBuf, PluginError> {
        let path = self.path(told)?;
        let found = fs::symlink_metadata(&path).map_err(|error| self.unread(&path, error))?;
        if found.is_file() { Ok(path) } else { Err(self.untaken(&path, "is no plain file")) }
    }

    /// Opens a plain file of the plugin's, and waits for nobody who writes to it.
    pub(super) fn open(&self, path: &Path) -> Result<File, PluginError> {
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let opened = File::options().read(true).custom_flags(flags).open(path);
        opened.map_err(|error| self.unread(path, error))
    }

    /// Where a path of the plugin's leads, which no link is on the way to.
    pub(super) fn path(&self, told: Option<&str>) -> Result<PathBuf, PluginError> {
        let told = Path::new(told.unwrap_or_default());
        let outside = || PluginError::Untaken {
            name: self.name.to_owned(),
            path: told.display().to_string(),
            why: "is not in its work directory",
        };
        let below = if told.is_absolute() {
            told.strip_prefix(self.seen).map_err(|_| outside())?
        } else {
            told
        };
        let mut path = self.folder.to_owned();
        for part in below.components() {
            match part {
                Component::Normal(part) => path.push(part),
                Component::CurDir => continue,
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(outside());
                }
            }
            match fs::symlink_metadata(&path) {
                Ok(found) if found.file_type().is_symlink() => {
                    return Err(self.untaken(&path, "is a link"));
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(self.untaken(&path, "is not there"));
                }
                Err(error) => return Err(self.unread(&path, error)),
            }
        }
        Ok(path)
    }

    /// What it means that something of the plugin's is not read: it let nobody, or the disk is broken.
    pub(super) fn unread(&self, path: &Path, error: io::Error) -> PluginError {
        if error.kind() == io::ErrorKind::PermissionDenied {
            self.untaken(path, "may not be read, as the plugin left it")
        } else {
            PluginError::Scratch(error)
        }
    }

    /// That something is not taken, and why.
    pub(super) fn untaken(&self, path: &Path, why: &'static str) -> PluginError {
        let below = path.strip_prefix(self.folder).unwrap_or(path);
        PluginError::Untaken { name: self.name.to_owned(), path: below.display().to_string(), why }
    }
}

/// What the plugin calls its file.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn what_may_not_be_read_is_the_plugins_mistake_and_a_broken_disk_is_not() {
        let work = TempDir::new().unwrap();
        let place = Work { name: "p", folder: work.path(), seen: Path::new("/work") };
        let unread = |kind: io::ErrorKind| place.unread(&work.path().join("a"), kind.into());
        let denied = unread(io::ErrorKind::PermissionDenied);
        assert!(denied.to_string().contains("\"a\" may not be read"), "{denied}");
        assert!(matches!(unread(io::ErrorKind::Other), PluginError::Scratch(_)));
    }
}
