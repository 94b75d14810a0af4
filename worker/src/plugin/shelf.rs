//! Files that a plugin asked for, laid into its work directory.
//!
//! Each is written beside that directory and linked into it once it is whole, so that the plugin sees none
//! that is half there. The plugin may have put anything into its directory, so no link of it is followed.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use futures::StreamExt;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, fchmod, linkat, mkdirat, openat};
use rustix::io::Errno;
use source::SourceError;
use source::asset::Asset;
use tempfile::NamedTempFile;

/// Where files are called nothing else, with a number each.
const UNNAMED: &str = "downloads";

/// How many names are tried for one file.
const MOST_TRIED: u32 = 100_000;

/// Why a file is not there.
#[derive(Debug)]
pub(super) enum Unlaid {
    /// Its place is none within the work directory.
    Place(&'static str),
    /// The source did not give it.
    Source(SourceError),
    /// It was not written.
    Scratch(io::Error),
}

/// A file that is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Laid {
    /// Its place, below the work directory.
    pub(super) path: PathBuf,
    /// Whether another one had its name.
    pub(super) is_renamed: bool,
}

/// Where files are laid.
pub(super) struct Shelf {
    /// The plugin's own.
    work: PathBuf,
    /// Beside it, where the plugin does not reach.
    staging: PathBuf,
    unnamed: u64,
}

impl Shelf {
    pub(super) fn new(work: PathBuf, staging: PathBuf) -> Self {
        Self { work, staging, unnamed: 0 }
    }

    /// Lays a file down at a place below the work directory, or under the nearest free name beside it.
    pub(super) async fn lay(&mut self, asset: Asset, to: Option<&str>) -> Result<Laid, Unlaid> {
        let wanted = match to {
            Some(to) => place(to)?,
            None => {
                self.unnamed += 1;
                let name = asset.name.as_deref().map_or_else(String::new, pack::name::sanitise);
                let name = name.replace('/', "_");
                let name = if name.is_empty() { "media".to_owned() } else { name };
                Path::new(UNNAMED).join(self.unnamed.to_string()).join(name)
            }
        };
        let staged = self.fetch(asset).await?;
        let work = self.work.clone();
        let linked = tokio::task::spawn_blocking(move || link(&work, staged.path(), &wanted));
        linked.await.expect("linking does not panic")
    }

    async fn fetch(&self, mut asset: Asset) -> Result<NamedTempFile, Unlaid> {
        let mut staged = NamedTempFile::new_in(&self.staging).map_err(Unlaid::Scratch)?;
        while let Some(chunk) = asset.bytes.next().await {
            let chunk = chunk.map_err(Unlaid::Source)?;
            let written = tokio::task::spawn_blocking(move || -> io::Result<NamedTempFile> {
                staged.write_all(&chunk)?;
                Ok(staged)
            });
            staged = written.await.expect("writing does not panic").map_err(Unlaid::Scratch)?;
        }
        // The plugin's user is another one.
        fchmod(staged.as_file(), Mode::from_raw_mode(0o644)).map_err(scratch)?;
        Ok(staged)
    }
}

/// The place that a plugin names.
fn place(to: &str) -> Result<PathBuf, Unlaid> {
    let mut place = PathBuf::new();
    for part in Path::new(to).components() {
        match part {
            Component::Normal(part) => place.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(Unlaid::Place("it is not within the work directory"));
            }
        }
    }
    if place.as_os_str().is_empty() { Err(Unlaid::Place("it is empty")) } else { Ok(place) }
}

/// Gives a file its place.
fn link(work: &Path, staged: &Path, wanted: &Path) -> Result<Laid, Unlaid> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::RDONLY | OFlags::CLOEXEC;
    let mut folder: OwnedFd = File::open(work).map_err(Unlaid::Scratch)?.into();
    for part in wanted.parent().into_iter().flat_map(Path::components) {
        let part = part.as_os_str();
        let is_new = match mkdirat(&folder, part, Mode::from_raw_mode(0o777)) {
            Ok(()) => true,
            Err(Errno::EXIST) => false,
            Err(error) => return Err(scratch(error)),
        };
        folder = openat(&folder, part, flags, Mode::empty()).map_err(|error| match error {
            Errno::NOTDIR | Errno::LOOP => Unlaid::Place("a file or link is in the way"),
            error => scratch(error),
        })?;
        if is_new {
            fchmod(&folder, Mode::from_raw_mode(0o777)).map_err(scratch)?;
        }
    }
    let name = wanted.file_name().unwrap_or_default();
    for number in 1..MOST_TRIED {
        let tried = if number == 1 { name.into() } else { numbered(Path::new(name), number) };
        match linkat(CWD, staged, &folder, &tried, AtFlags::empty()) {
            Ok(()) => {
                return Ok(Laid { path: wanted.with_file_name(tried), is_renamed: number > 1 });
            }
            Err(Errno::EXIST) => {}
            Err(error) => return Err(scratch(error)),
        }
    }
    Err(Unlaid::Place("too many files have its name"))
}

/// The name with a number before its extension, as names in archives are told apart.
fn numbered(name: &Path, number: u32) -> PathBuf {
    let mut numbered = name.file_stem().unwrap_or_default().to_owned();
    numbered.push(format!("~{number}"));
    if let Some(extension) = name.extension() {
        numbered.push(".");
        numbered.push(extension);
    }
    numbered.into()
}

fn scratch(error: Errno) -> Unlaid {
    Unlaid::Scratch(error.into())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use bytes::Bytes;
    use futures::stream;
    use tempfile::TempDir;

    use super::*;

    fn asset(text: &'static str) -> Asset {
        let bytes = stream::iter([Ok(Bytes::from_static(text.as_bytes()))]).boxed();
        Asset { len: None, name: None, is_object: false, is_checked: false, bytes }
    }

    fn shelf(root: &TempDir) -> Shelf {
        let [work, staging] = ["work", "staging"].map(|name| root.path().join(name));
        fs::create_dir(&work).unwrap();
        fs::create_dir(&staging).unwrap();
        Shelf::new(work, staging)
    }

    #[tokio::test]
    async fn two_files_of_one_name_are_two_files() {
        let root = TempDir::new().unwrap();
        let mut shelf = shelf(&root);
        for (text, path, is_renamed) in [
            ("a", "media/x.png", false),
            ("b", "media/x~2.png", true),
            ("c", "media/x~3.png", true),
        ] {
            let laid = shelf.lay(asset(text), Some("./media/x.png")).await.unwrap();
            assert_eq!(laid, Laid { path: path.into(), is_renamed });
            assert_eq!(fs::read_to_string(root.path().join("work").join(path)).unwrap(), text);
        }
        assert_eq!(fs::read_dir(root.path().join("staging")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn nothing_is_laid_outside() {
        let root = TempDir::new().unwrap();
        let mut shelf = shelf(&root);
        fs::create_dir(root.path().join("outside")).unwrap();
        symlink(root.path().join("outside"), root.path().join("work/link")).unwrap();
        for to in ["../x", "/etc/x", "link/x", "a/../../x", ""] {
            let laid = shelf.lay(asset("a"), Some(to)).await;
            assert!(matches!(laid, Err(Unlaid::Place(_))), "{to}: {laid:?}");
        }
        assert_eq!(fs::read_dir(root.path().join("outside")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn files_without_a_place_have_one_each() {
        let root = TempDir::new().unwrap();
        let mut shelf = shelf(&root);
        for expected in ["downloads/1/media", "downloads/2/media"] {
            assert_eq!(shelf.lay(asset("a"), None).await.unwrap().path, Path::new(expected));
        }
    }
}
