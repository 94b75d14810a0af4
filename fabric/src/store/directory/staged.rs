//! A file that nobody sees yet.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use proto::key::{Key, Prefix};
use uuid::Uuid;

use super::failure::failure;
use super::layout::{Layout, tag_of};
use crate::store::{StoreError, Tag};

/// Most bytes of a key that a staged name shows; file systems take names of 255.
const SHOWN_BYTES: usize = 200;

/// A file under way to its place. Dropped, it is gone, unless it was renamed.
///
/// Its name begins with the key, so that a sweep can tell whose it is, and ends in something
/// unique, for several may write the same object at once.
pub(crate) struct Staged {
    path: PathBuf,
    file: File,
}

impl Staged {
    /// An empty file for an object.
    pub(crate) fn create(layout: &Layout, key: &Key) -> Result<Self, StoreError> {
        let path =
            layout.staging().join(format!("{}~{}", shown(key.as_str()), Uuid::now_v7().simple()));
        match File::options().read(true).write(true).create_new(true).open(&path) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(StoreError::Unavailable { during: "stage a file", source: Box::new(error) })
            }
            Err(error) => Err(failure(key, "stage a file", error)),
        }
    }

    /// A file with all its bytes.
    pub(crate) fn holding(layout: &Layout, key: &Key, bytes: &[u8]) -> Result<Self, StoreError> {
        let staged = Self::create(layout, key)?;
        staged.write(key, bytes, 0)?;
        Ok(staged)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Writes bytes at an offset.
    pub(crate) fn write(&self, key: &Key, bytes: &[u8], at: u64) -> Result<(), StoreError> {
        self.file.write_all_at(bytes, at).map_err(|error| failure(key, "write a file", error))
    }

    /// Makes the content final and sure to survive a crash; gives its mark.
    pub(crate) fn seal(&self, key: &Key) -> Result<Tag, StoreError> {
        let sealed = self.file.set_modified(SystemTime::now()).and_then(|()| {
            self.file.sync_all()?;
            self.file.metadata()
        });
        sealed
            .map(|metadata| tag_of(&metadata))
            .map_err(|error| failure(key, "flush a file", error))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // A name that stays is found by a sweep; one that is gone was renamed into place.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes files for objects below a prefix that nobody wrote to since a time.
pub(crate) fn sweep(
    layout: &Layout,
    prefix: &Prefix,
    before: SystemTime,
) -> Result<(), StoreError> {
    let wanted = shown(prefix.as_str());
    let swept = fs::read_dir(layout.staging()).and_then(|mut files| {
        files.try_for_each(|file| {
            let file = file?;
            if !file.file_name().to_string_lossy().starts_with(&wanted) {
                return Ok(());
            }
            match file.metadata().and_then(|metadata| metadata.modified()) {
                Ok(modified) if modified < before => match fs::remove_file(file.path()) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                    Ok(()) | Err(_) => Ok(()),
                },
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                // Too young, or finished meanwhile.
                Ok(_) | Err(_) => Ok(()),
            }
        })
    });
    swept.map_err(|error| StoreError::Unavailable {
        during: "sweep staged files",
        source: Box::new(error),
    })
}

/// A key or prefix as the beginning of a file name.
fn shown(text: &str) -> String {
    let mut name = text.replace('%', "%25").replace('/', "%2F");
    name.truncate(name.floor_char_boundary(SHOWN_BYTES));
    name
}
