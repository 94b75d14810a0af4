//! Which folders the runs of a work directory made: only those are replaced by a later run, for
//! any other that is in the way holds what nobody may take away.
//!
//! What is made lies beside the store and not in the folders, which hold files of the export only.
//! A folder is known by its place and by what the file system calls it, so that one that somebody
//! put there since is nobody's.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf, absolute};

use anyhow::Context;
use proto::fault::{Code, Fault};

/// The file system of a folder, and its number there.
type Number = (u64, u64);

/// The folders that were made, as they were when this process began, and since.
#[derive(Debug)]
pub(super) struct Folders {
    list: PathBuf,
    made: BTreeMap<String, Number>,
}

/// What is at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    Nothing,
    Ours,
    Foreign,
}

impl Folders {
    /// Reads which folders were made by runs of a work directory.
    pub(super) fn of(data: &Path) -> anyhow::Result<Self> {
        let list = data.join("folders.json");
        let made = match fs::read(&list) {
            Ok(text) => serde_json::from_slice(&text)
                .with_context(|| format!("{} is not what a run wrote", list.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("reading {}", list.display()));
            }
        };
        Ok(Self { list, made })
    }

    /// That nothing is lost where a folder is made anew: there is none, it is empty, or a run made it.
    pub(super) fn refuse_foreign(&self, folder: &Path) -> Result<(), Fault> {
        match self.there(folder) {
            There::Nothing | There::Ours => Ok(()),
            There::Foreign => {
                let what = "this is in the way of the result, and no run made it";
                Err(Fault::new(Code::Conflict, what)
                    .at(folder.display().to_string())
                    .hint("move it away, or name another folder with --out"))
            }
        }
    }

    /// Makes a folder anew, empty.
    pub(super) fn begin(&mut self, folder: &Path) -> anyhow::Result<()> {
        self.clear(folder)?;
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        self.keep(folder, number(folder).with_context(|| format!("making {}", folder.display()))?)
    }

    /// Moves a folder that was made to its final place, which is made anew.
    pub(super) fn put(&mut self, staged: &Path, folder: &Path) -> anyhow::Result<()> {
        self.clear(folder)?;
        let number = number(staged).with_context(|| format!("reading {}", staged.display()))?;
        // Known before it is there: whoever is cut off in between finds nothing there.
        self.keep(folder, number)?;
        fs::rename(staged, folder).with_context(|| format!("writing {}", folder.display()))
    }

    fn clear(&self, folder: &Path) -> anyhow::Result<()> {
        self.refuse_foreign(folder).map_err(|fault| crate::compose::told(&fault))?;
        match self.there(folder) {
            There::Nothing => Ok(()),
            There::Ours | There::Foreign => fs::remove_dir_all(folder)
                .with_context(|| format!("taking {} away", folder.display())),
        }
    }

    fn there(&self, folder: &Path) -> There {
        let Some(found) = number(folder) else { return There::Nothing };
        let is_empty = !folder.is_symlink()
            && fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
        if is_empty || self.made.get(&place(folder)) == Some(&found) {
            There::Ours
        } else {
            There::Foreign
        }
    }

    fn keep(&mut self, folder: &Path, number: Number) -> anyhow::Result<()> {
        self.made.insert(place(folder), number);
        let staged = self.list.with_extension("part");
        let text = serde_json::to_vec(&self.made).context("writing a list of folders")?;
        fs::write(&staged, text)
            .and_then(|()| fs::rename(&staged, &self.list))
            .with_context(|| format!("writing {}", self.list.display()))
    }
}

/// What the file system calls whatever is there.
fn number(folder: &Path) -> Option<Number> {
    fs::symlink_metadata(folder).ok().map(|there| (there.dev(), there.ino()))
}

fn place(folder: &Path) -> String {
    absolute(folder).unwrap_or_else(|_| folder.to_owned()).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_that_a_run_made_are_made_anew() {
        let desk = tempfile::tempdir().unwrap();
        let (data, folder) = (desk.path(), desk.path().join("docs"));
        let mut folders = Folders::of(data).unwrap();
        folders.begin(&folder).unwrap();
        fs::write(folder.join("ours"), "x").unwrap();
        Folders::of(data).unwrap().begin(&folder).unwrap();
        assert!(!folder.join("ours").exists());

        // Another folder at the same place is not the one that was made.
        fs::rename(&folder, desk.path().join("away")).unwrap();
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("theirs"), "x").unwrap();
        let mut folders = Folders::of(data).unwrap();
        assert_eq!(folders.refuse_foreign(&folder).unwrap_err().code, Code::Conflict);
        assert!(folders.begin(&folder).is_err());
        assert!(folder.join("theirs").exists());
    }

    #[test]
    fn a_link_to_an_empty_folder_and_a_file_are_foreign() {
        let desk = tempfile::tempdir().unwrap();
        let (empty, link, file) =
            (desk.path().join("empty"), desk.path().join("link"), desk.path().join("file"));
        fs::create_dir(&empty).unwrap();
        std::os::unix::fs::symlink(&empty, &link).unwrap();
        fs::write(&file, "").unwrap();
        let folders = Folders::of(desk.path()).unwrap();
        assert!(folders.refuse_foreign(&empty).is_ok());
        assert!(folders.refuse_foreign(&link).is_err());
        assert!(folders.refuse_foreign(&file).is_err());
    }
}
