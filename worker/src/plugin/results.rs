//! What a plugin left, as members of the batch: a file, or a folder in the order of names. Its processes are
//! gone by then.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use pack::name::Names;
use proto::commit::{Member, Piece};
use proto::lay::{Asked, Lay};

use super::wire::{Mode, Output};
use super::work::{Work, name_of};
use crate::error::BatchError;
use crate::large;
use crate::laying::Laying;
use crate::members::Members;
use crate::spool::packed_file;

/// How many folders may lie in each other.
const DEEPEST: usize = 100;

/// What was laid down of it.
pub(super) struct Collected {
    pub(super) members: Vec<Member>,
    pub(super) pieces: Vec<(Lay, Piece)>,
    /// Files that are called otherwise, for another one has the name: what they are called, and were to be.
    pub(super) renamed: Vec<(String, String)>,
}

/// A file on its way into the segment.
struct Found {
    path: PathBuf,
    /// What it is to be called.
    wanted: String,
}

impl Work<'_> {
    /// Lays everything down that the plugin left. Blocks.
    pub(super) fn collect(
        &self,
        output: Option<&Output>,
        to: &str,
        (scratch, asked): (&Path, &Asked),
        mut laying: Laying,
    ) -> Result<Collected, BatchError> {
        let (mut names, mut members, mut renamed) = (Names::new(), Members::new(), Vec::new());
        let mut take = |found: Found| -> Result<ControlFlow<()>, BatchError> {
            let Found { path, wanted } = found;
            let safe = pack::bag::path(asked, &wanted);
            let claimed = names.claim(&safe);
            if claimed != safe {
                renamed.push((claimed.clone(), wanted.clone()));
            }
            let file = self.open(&path)?;
            let original = pack::name::original(&wanted, &claimed);
            let packed = packed_file(scratch, asked, claimed, file).map_err(BatchError::Scratch)?;
            let (member, file) = packed;
            let member = Member { offset: laying.len(), original, ..member };
            let taken = large::lay_down(&mut laying, &member, file).map_err(BatchError::Scratch)?;
            members.push(member)?;
            Ok(taken)
        };
        match output {
            None | Some(Output { mode: Mode::None, .. }) => {}
            Some(Output { mode: Mode::File, path }) => {
                let path = self.file(path.as_deref())?;
                let wanted = called(to, &name_of(&path));
                // Where nobody takes it any more, the store failed, and says so itself.
                let _taken = take(Found { path, wanted })?;
            }
            Some(Output { mode: Mode::Directory, path }) => {
                let path = self.path(path.as_deref())?;
                let _taken = self.walk(&path, to.trim_end_matches('/'), &mut take)?;
            }
        }
        Ok(Collected { members: members.finish(), pieces: laying.finish(), renamed })
    }

    /// The files below a folder, by their names; those whose names begin with a dot are the plugin's own.
    fn walk(
        &self,
        folder: &Path,
        to: &str,
        take: &mut impl FnMut(Found) -> Result<ControlFlow<()>, BatchError>,
    ) -> Result<ControlFlow<()>, BatchError> {
        let below = folder.strip_prefix(self.folder).unwrap_or(folder);
        if below.components().count() > DEEPEST {
            return Err(self.untaken(folder, "lies too deep").into());
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(self.untaken(folder, "is no folder").into());
            }
            Err(error) => return Err(self.unread(folder, error).into()),
        };
        let paths: io::Result<Vec<PathBuf>> =
            entries.map(|entry| entry.map(|entry| entry.path())).collect();
        let mut paths = paths.map_err(|error| self.unread(folder, error))?;
        paths.sort_unstable();
        for path in paths {
            let name = name_of(&path);
            if name.starts_with('.') {
                continue;
            }
            let found = fs::symlink_metadata(&path).map_err(|error| self.unread(&path, error))?;
            let kind = found.file_type();
            let wanted = format!("{to}/{name}");
            let taken = if kind.is_dir() {
                self.walk(&path, &wanted, take)?
            } else if kind.is_file() {
                take(Found { path, wanted })?
            } else if kind.is_symlink() {
                return Err(self.untaken(&path, "is a link").into());
            } else {
                return Err(self.untaken(&path, "is no plain file").into());
            };
            if taken.is_break() {
                return Ok(taken);
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// What a file of this name is to be called in an output.
pub(super) fn called(to: &str, name: &str) -> String {
    if to.ends_with('/') { format!("{to}{name}") } else { to.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use tempfile::TempDir;
    use tokio::sync::mpsc;

    use super::*;
    use crate::plain_zip::plain_zip;

    fn collected(
        work: &TempDir,
        mode: Mode,
        path: &str,
        to: &str,
    ) -> Result<Collected, BatchError> {
        let (out, _taken) = mpsc::channel(100);
        let asked = plain_zip();
        let laying = Laying::members(&asked, out);
        let output = Output { mode, path: Some(path.to_owned()) };
        let place = Work { name: "p", folder: work.path(), seen: Path::new("/work") };
        let scratch = std::env::temp_dir();
        place.collect(Some(&output), to, (&scratch, &asked), laying)
    }

    fn write(work: &TempDir, path: &str) {
        let path = work.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "content").unwrap();
    }

    fn paths(collected: &Collected) -> Vec<&str> {
        collected.members.iter().map(|member| member.path.as_str()).collect()
    }

    #[test]
    fn a_folder_becomes_members_in_the_order_of_names_without_hidden_ones() {
        let work = TempDir::new().unwrap();
        for path in ["out/b.json", "out/a/2", "out/a/10", "out/.cache", "out/A/2", "other"] {
            write(&work, path);
        }
        let all = collected(&work, Mode::Directory, "/work/out", "labels/").unwrap();
        assert_eq!(paths(&all), ["labels/A/2", "labels/a/10", "labels/a/2~2", "labels/b.json"]);
        assert_eq!(all.renamed, [("labels/a/2~2".to_owned(), "labels/a/2".to_owned())]);
        assert!(all.members.windows(2).all(|pair| pair[0].offset < pair[1].offset));
    }

    #[test]
    fn folders_in_each_other_without_end_are_refused() {
        let work = TempDir::new().unwrap();
        write(&work, &format!("{}a", "out/".repeat(DEEPEST + 1)));
        let error = collected(&work, Mode::Directory, "out", "to/").err().unwrap().to_string();
        assert!(error.contains("lies too deep"), "{error}");
    }

    #[test]
    fn a_file_is_called_as_the_output_says() {
        let work = TempDir::new().unwrap();
        write(&work, "tmp/export-7.json");
        let path = "tmp/export-7.json";
        let one = collected(&work, Mode::File, path, "labels.json").unwrap();
        assert_eq!(paths(&one), ["labels.json"]);
        let one = collected(&work, Mode::File, path, "labels/").unwrap();
        assert_eq!(paths(&one), ["labels/export-7.json"]);
    }

    #[test]
    fn links_and_what_lies_elsewhere_are_refused() {
        let work = TempDir::new().unwrap();
        write(&work, "out/a");
        symlink("/etc/passwd", work.path().join("out/link")).unwrap();
        symlink("out", work.path().join("way")).unwrap();
        for (mode, path, why) in [
            (Mode::Directory, "out", "\"out/link\" is a link"),
            (Mode::File, "out/link", "\"out/link\" is a link"),
            (Mode::File, "way/a", "\"way\" is a link"),
            (Mode::File, "/etc/passwd", "is not in its work directory"),
            (Mode::File, "../x", "is not in its work directory"),
            (Mode::File, "none", "\"none\" is not there"),
            (Mode::File, "out", "\"out\" is no plain file"),
            (Mode::Directory, "out/a", "\"out/a\" is no folder"),
        ] {
            let error = collected(&work, mode, path, "to/").err().unwrap().to_string();
            assert!(error.contains(why), "{path}: {error}");
        }
    }

    #[test]
    fn what_nobody_but_the_plugin_may_read_is_not_taken() {
        let work = TempDir::new().unwrap();
        // Root reads whatever there is.
        if rustix::process::geteuid().is_root() {
            return;
        }
        for path in ["out/a", "shut/a"] {
            write(&work, path);
        }
        for path in ["out/a", "shut"] {
            let mode = fs::Permissions::from_mode(0o000);
            fs::set_permissions(work.path().join(path), mode).unwrap();
        }
        for (mode, path) in [
            (Mode::File, "out/a"),
            (Mode::Directory, "out"),
            (Mode::Directory, "shut"),
            (Mode::File, "shut/a"),
        ] {
            let error = collected(&work, mode, path, "to/").err().unwrap();
            assert!(error.to_string().contains("may not be read"), "{path}: {error}");
        }
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(work.path().join("shut"), mode).unwrap();
    }
}
