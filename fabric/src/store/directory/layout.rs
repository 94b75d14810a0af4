//! Where what lies below the root, and who may touch it.

use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use proto::key::Key;

use super::failure::failure;
use super::place::sync_directory;
use crate::store::{Entry, StoreError, Tag};

/// Where unfinished files lie: on the same file system as the objects, or they could not be linked.
const STAGING: &str = ".staging";

/// Where the files lie whose locks guard changes of objects.
const LOCKS: &str = ".locks";

/// How many locks there are. Keys share them, so that they need no cleaning up.
const LOCK_COUNT: u32 = 256;

/// A root and what lies where below it.
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn open(root: &Path) -> Result<Self, StoreError> {
        // Absolute, so that nothing moves when the working directory does.
        let made = std::path::absolute(root).and_then(|root| {
            fs::create_dir_all(root.join(STAGING))?;
            fs::create_dir_all(root.join(LOCKS))?;
            sync_directory(&root)?;
            Ok(root)
        });
        match made {
            Ok(root) => Ok(Self { root }),
            Err(error) => {
                Err(failure(&Key::listed(root.display().to_string()), "open the directory", error))
            }
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn staging(&self) -> PathBuf {
        self.root.join(STAGING)
    }

    /// Whether a name directly below the root is the store's own.
    pub(crate) fn is_reserved(name: &str) -> bool {
        name == STAGING || name == LOCKS
    }

    /// The file of an object. Refuses keys that would lead out of the root or into the store's own
    /// directories.
    pub(crate) fn path(&self, key: &Key) -> Result<PathBuf, StoreError> {
        if is_inside(key.as_str()) {
            return Ok(self.root.join(key.as_str()));
        }
        let source = format!("{key:?} cannot be a path below the directory").into();
        Err(StoreError::Refused { during: "find the file of a key", source })
    }

    /// Opens an object to be read; where a tag is given, only if it is the object's.
    pub(crate) fn open_object(
        &self,
        key: &Key,
        tag: Option<&Tag>,
    ) -> Result<(File, Entry), StoreError> {
        let file = match File::open(self.path(key)?) {
            Ok(file) => file,
            // A file where the key wants a directory: nothing can lie there.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Err(self.missing(key));
            }
            Err(error) => return Err(failure(key, "open a file", error)),
        };
        let metadata = file.metadata().map_err(|error| failure(key, "look at a file", error))?;
        if !metadata.is_file() {
            return Err(self.missing(key));
        }
        let entry = Entry { key: key.clone(), len: metadata.len(), tag: tag_of(&metadata) };
        match tag {
            Some(tag) if *tag != entry.tag => {
                let what = "it is not the object that was written before".to_owned();
                Err(StoreError::Damaged { key: key.clone(), what })
            }
            Some(_) | None => Ok((file, entry)),
        }
    }

    /// What it means that a file is not there: nothing at all can be said while the root is not.
    fn missing(&self, key: &Key) -> StoreError {
        self.check_root().err().unwrap_or_else(|| StoreError::Missing { key: key.clone() })
    }

    /// Makes sure that the root is there, as it is not while a file system is not mounted.
    pub(crate) fn check_root(&self) -> Result<(), StoreError> {
        match fs::metadata(self.staging()) {
            Ok(_) => Ok(()),
            Err(error) => Err(StoreError::Unavailable {
                during: "find the directory",
                source: Box::new(error),
            }),
        }
    }

    /// Waits until nobody else changes the object. Held until the file is dropped.
    pub(crate) fn lock(&self, key: &Key) -> Result<File, StoreError> {
        let name = format!("{:02x}", crc32fast::hash(key.as_str().as_bytes()) % LOCK_COUNT);
        let path = self.root.join(LOCKS).join(name);
        let locked = File::options().create(true).append(true).open(path).and_then(|file| {
            file.lock()?;
            Ok(file)
        });
        match locked {
            Ok(file) => Ok(file),
            // The directory of the locks is gone, and so is the root.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(StoreError::Unavailable { during: "lock a key", source: Box::new(error) })
            }
            Err(error) => Err(failure(key, "lock a key", error)),
        }
    }
}

/// Whether a relative path stays below the root, outside of the store's own directories.
pub(crate) fn is_inside(path: &str) -> bool {
    let mut names = path.split('/');
    let first = path.split('/').next().unwrap_or_default();
    !Layout::is_reserved(first)
        && names.all(|name| !name.is_empty() && name != "." && name != "..")
        && !path.contains('\0')
}

/// The mark of a file's content: which file it is, when it was sealed, and its length.
///
/// The time is the precise one that `Staged::seal` sets, not the kernel's coarse one, for file
/// numbers are used again at once.
pub(crate) fn tag_of(metadata: &Metadata) -> Tag {
    let seconds = metadata.mtime();
    Tag(format!(
        "{:x}-{seconds:x}.{:09}-{:x}",
        metadata.ino(),
        metadata.mtime_nsec(),
        metadata.len()
    ))
}
