//! How files come into their places and go out of them, so that it survives a crash.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use proto::key::Key;

use super::failure::failure;
use super::layout::Layout;
use super::staged::Staged;
use crate::store::StoreError;

/// How often a directory may vanish under a file that is about to be put there. Each time another
/// process deleted the last file in it at that very moment.
const VANISHING_LIMIT: usize = 100;

impl Layout {
    /// Puts a staged file where nothing is yet.
    pub(crate) fn link(&self, staged: &Staged, key: &Key, path: &Path) -> Result<(), StoreError> {
        match self.settle(path, || fs::hard_link(staged.path(), path)) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if is_same(staged.file(), path)
                    .map_err(|error| failure(key, "look at a file", error))?
                {
                    return Ok(());
                }
                Err(StoreError::Exists { key: key.clone() })
            }
            settled => settled.map_err(|error| failure(key, "put a file into place", error)),
        }
    }

    /// Puts a staged file over whatever is there.
    pub(crate) fn rename(&self, staged: &Staged, key: &Key, path: &Path) -> Result<(), StoreError> {
        self.settle(path, || fs::rename(staged.path(), path))
            .map_err(|error| failure(key, "put a file into place", error))
    }

    /// Puts a file into its place, making the directories above it, and makes sure that it stays.
    fn settle(&self, path: &Path, put: impl Fn() -> io::Result<()>) -> io::Result<()> {
        let directory = path.parent().unwrap_or(self.root());
        for _ in 0..VANISHING_LIMIT {
            match put() {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    self.make_directory(directory)?;
                }
                // Whoever is told that something is there may rely on it, even if the one that put it
                // there has not come to flushing the directory yet.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    sync_directory(directory)?;
                    return Err(error);
                }
                Err(error) => return Err(error),
                Ok(()) => return sync_directory(directory),
            }
        }
        Err(io::Error::other("the directory or the staged file vanishes whenever it is made"))
    }

    /// Makes a directory and those above it, up to the root but never the root itself: where that
    /// is gone, nothing must be written in its place.
    fn make_directory(&self, directory: &Path) -> io::Result<()> {
        let parent = match directory.parent() {
            Some(parent) if directory != self.root() => parent,
            Some(_) | None if directory.is_dir() => return Ok(()),
            Some(_) | None => return Err(io::Error::other("the root of the store is not there")),
        };
        match fs::create_dir(directory) {
            Ok(()) => sync_directory(parent),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.make_directory(parent)?;
                match fs::create_dir(directory) {
                    Ok(()) => sync_directory(parent),
                    // Made, or its parent taken away again, by someone else: the caller tries again.
                    Err(error)
                        if matches!(
                            error.kind(),
                            ErrorKind::AlreadyExists | ErrorKind::NotFound
                        ) =>
                    {
                        Ok(())
                    }
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Deletes objects, and the directories that this leaves empty.
    pub(crate) fn delete(&self, keys: &[Key]) -> Result<(), StoreError> {
        let mut changed = BTreeSet::new();
        for key in keys {
            let path = self.path(key)?;
            let held = self.lock(key)?;
            match fs::remove_file(&path) {
                Ok(()) => {}
                Err(error) if is_absent(error.kind()) => continue,
                Err(error) => return Err(failure(key, "delete a file", error)),
            }
            drop(held);
            changed.insert(self.prune(&path));
        }
        for directory in changed {
            sync_directory(&directory).map_err(|error| StoreError::Unavailable {
                during: "flush a directory",
                source: Box::new(error),
            })?;
        }
        Ok(())
    }

    /// Takes away the directories above a file as far as they are empty, and says which is left.
    fn prune(&self, path: &Path) -> PathBuf {
        let mut left = path.parent().unwrap_or(self.root());
        while left != self.root() {
            match (fs::remove_dir(left), left.parent()) {
                (Ok(()), Some(parent)) => left = parent,
                (Err(error), Some(parent)) if error.kind() == ErrorKind::NotFound => left = parent,
                _ => break,
            }
        }
        left.to_path_buf()
    }
}

/// Makes sure that the names in a directory survive a crash. One that is gone has none to keep.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    match File::open(directory).and_then(|opened| opened.sync_all()) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        synced => synced,
    }
}

/// Whether an error of deleting says that no object is there.
fn is_absent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory)
}

/// Whether a path leads to this very file: a server of files whose answer got lost is asked again by the
/// system, and says of our own link that it is there already.
fn is_same(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(theirs) => Ok((ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino())),
        Err(error) if is_absent(error.kind()) => Ok(false),
        Err(error) => Err(error),
    }
}
