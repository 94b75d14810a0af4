//! What the operator keeps in folders for definitions to name: stylesheets, mapping profiles, watermarks. What was
//! never there, or was deleted, is told from what cannot be read now.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Why there is nothing of a name.
#[derive(Debug)]
pub(crate) enum Lacking {
    /// It is not in the folder, or there is to be no folder.
    Unknown,
    /// It may be there: a volume is not mounted, a disk is away, too many files are open.
    Unread(io::Error),
}

/// What is read from a file of a folder.
pub(crate) fn provided<T>(
    folder: Option<&Path>,
    file: &str,
    read: impl FnOnce(&Path) -> io::Result<T>,
) -> Result<T, Lacking> {
    let folder = folder.ok_or(Lacking::Unknown)?;
    read(&folder.join(file)).map_err(|error| {
        let cause = if error.kind() == io::ErrorKind::NotFound {
            unmounted(folder)
        } else {
            // No file is called by a name that is none.
            (error.kind() != io::ErrorKind::InvalidFilename).then_some(error)
        };
        cause.map_or(Lacking::Unknown, Lacking::Unread)
    })
}

/// Why a folder does not seem to be mounted: it is not there, or there is nothing in it, as in a folder on which a
/// volume is to be mounted.
fn unmounted(folder: &Path) -> Option<io::Error> {
    match folder.read_dir() {
        Ok(mut entries) => match entries.next() {
            Some(entry) => entry.err(),
            None => Some(io::Error::new(io::ErrorKind::NotFound, "the folder is empty")),
        },
        // What is in it may be read all the same by whoever knows its name.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => None,
        Err(error) => Some(error),
    }
}

/// Where a file is, without links; an error where it is none, or may not be read.
pub(crate) fn whereabouts(path: &Path) -> io::Result<PathBuf> {
    let path = path.canonicalize()?;
    // Whoever opened what is no file might wait for it without end.
    if !path.metadata()?.is_file() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    File::open(&path)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_cannot_be_read_now_is_not_taken_for_what_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path();
        fs::write(folder.join("good"), "").unwrap();
        fs::create_dir(folder.join("folder")).unwrap();
        let away = folder.join("away");
        let empty = folder.join("folder");
        let check = |folder: Option<&Path>, file: &str, expected: &str| {
            let found = match provided(folder, file, whereabouts) {
                Ok(path) => path.file_name().unwrap().to_str().unwrap().to_owned(),
                Err(Lacking::Unknown) => "unknown".to_owned(),
                Err(Lacking::Unread(_)) => "unread".to_owned(),
            };
            assert_eq!(found, expected, "{file} in {folder:?}");
        };
        check(Some(folder), "good", "good");
        check(Some(folder), "gone", "unknown");
        check(Some(folder), "folder", "unread");
        check(Some(folder), &"x".repeat(300), "unknown");
        check(Some(&away), "good", "unread");
        check(Some(&empty), "good", "unread");
        check(None, "good", "unknown");
    }
}
