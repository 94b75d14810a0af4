//! Files on a disk: one, or those that a glob names.

use std::fs::{self, File, Metadata};
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use glob::Pattern;
use proto::plan::FileRange;

use super::Listed;
use super::pattern::{GLOB, folder, has_glob, not_a_glob, pattern};
use super::reader::{CHUNK_BYTES, Opened};
use super::surveyed::{check_same, not_covered};
use crate::{Context, SourceError};

/// Files below a base folder, or anywhere where the path is absolute.
#[derive(Debug, Clone)]
pub(crate) struct LocalFiles {
    base: PathBuf,
    path: String,
    pattern: Pattern,
}

impl LocalFiles {
    /// The files of a path.
    pub(super) fn open(path: &str, context: &Context) -> Result<Self, SourceError> {
        // Spelled as the listing will spell the files, for these are compared with it.
        let path: PathBuf =
            Path::new(path).components().filter(|part| *part != Component::CurDir).collect();
        let path = path.to_str().ok_or_else(|| not_text(&path))?.to_owned();
        Ok(Self { base: context.base.clone(), pattern: pattern(&path)?, path })
    }

    /// The files, in the order of their names; at least one.
    pub(super) fn list(&self) -> Result<Vec<Listed>, SourceError> {
        let whole = self.base.join(&self.path);
        // Looked for by its very name first, for a file may well be called `[1].csv`.
        match fs::metadata(&whole) {
            Ok(meta) if meta.is_dir() => Err(SourceError::Refused {
                what: format!(
                    "{} is a folder; write which of its files, such as {}/*.csv",
                    whole.display(),
                    self.path
                ),
            }),
            Ok(meta) => Ok(vec![listed(self.path.clone(), &meta)]),
            Err(_) if has_glob(&self.path) => self.glob(),
            Err(error) => Err(failed(&whole, &error)),
        }
    }

    /// The one file; nothing where there is none.
    pub(super) fn find(&self) -> Result<Option<Listed>, SourceError> {
        let whole = self.base.join(&self.path);
        match fs::metadata(&whole) {
            Ok(meta) => Ok(Some(listed(self.path.clone(), &meta))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&whole, &error)),
        }
    }

    fn glob(&self) -> Result<Vec<Listed>, SourceError> {
        let base = self.base.to_str().ok_or_else(|| not_text(&self.base))?;
        let whole = if base.is_empty() || Path::new(&self.path).is_absolute() {
            self.path.clone()
        } else {
            format!("{}/{}", Pattern::escape(base), self.path)
        };
        let found =
            glob::glob_with(&whole, GLOB).map_err(|error| not_a_glob(&self.path, &error))?;
        let mut files = Vec::new();
        for file in found {
            let file = file.map_err(|error| failed(error.path(), error.error()))?;
            let meta = fs::metadata(&file).map_err(|error| failed(&file, &error))?;
            if meta.is_dir() {
                continue;
            }
            let named = if Path::new(&self.path).is_absolute() {
                file.as_path()
            } else {
                file.strip_prefix(&self.base).unwrap_or(&file)
            };
            let path = named.to_str().ok_or_else(|| not_text(&file))?.to_owned();
            files.push(listed(path, &meta));
        }
        if files.is_empty() {
            return Err(SourceError::Refused {
                what: format!("no file matches {}", self.base.join(&self.path).display()),
            });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// The folder that the files are in: the path up to its last separator before any sign of a
    /// glob.
    pub(super) fn folder(&self) -> String {
        folder(&self.path).unwrap_or(".").to_owned()
    }

    /// Opens a file at the beginning of a range.
    pub(super) fn read(&self, range: &FileRange) -> Result<Opened, SourceError> {
        let whole = self.place(&range.path)?;
        let mut file = File::open(&whole).map_err(|error| failed(&whole, &error))?;
        let meta = file.metadata().map_err(|error| failed(&whole, &error))?;
        check_same(range, meta.len(), Some(&written(&meta)))?;
        file.seek(SeekFrom::Start(range.start)).map_err(|error| failed(&whole, &error))?;
        Ok(Opened::Local(file))
    }

    /// The number of the line that a byte is on; nothing where the file cannot be read.
    pub(super) fn line_at(&self, path: &str, byte: u64) -> Option<u64> {
        let mut before = io::Read::take(File::open(self.place(path).ok()?).ok()?, byte);
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut line = 1;
        loop {
            let len = io::Read::read(&mut before, &mut chunk).ok()?;
            if len == 0 {
                return Some(line);
            }
            line += memchr::memchr_iter(b'\n', &chunk[..len]).count() as u64;
        }
    }

    /// Where a file of this source lies.
    fn place(&self, path: &str) -> Result<PathBuf, SourceError> {
        if path != self.path && !self.pattern.matches_with(path, GLOB) {
            return Err(not_covered(path, &self.path));
        }
        Ok(self.base.join(path))
    }
}

fn listed(path: String, meta: &Metadata) -> Listed {
    Listed { path, len: meta.len(), version: Some(written(meta)) }
}

/// When a file was last written. Not which file it is: workers may have copies of it.
fn written(meta: &Metadata) -> String {
    format!("{}.{:09}", meta.mtime(), meta.mtime_nsec())
}

/// Why a file is not read. Only what stays so until somebody changes it is final: a share that is mounted
/// anew, a disk that fails or too many open files may be another thing for another try.
fn failed(path: &Path, error: &io::Error) -> SourceError {
    let kind = error.kind();
    if kind == io::ErrorKind::NotFound {
        return SourceError::Refused { what: format!("there is no file {}", path.display()) };
    }
    let what = format!("{} cannot be read: {error}", path.display());
    let stays = matches!(
        kind,
        io::ErrorKind::PermissionDenied
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidFilename
    );
    if stays { SourceError::Refused { what } } else { SourceError::Unavailable { what } }
}

fn not_text(path: &Path) -> SourceError {
    SourceError::Refused { what: format!("the name of {} is not UTF-8", path.display()) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::open::NoBuckets;
    use crate::reading::context;

    fn check(path: &str, expected: Result<&[&str], &str>) {
        let base = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.csv", "c.txt", "[1].csv", "sub/d.csv"] {
            let file = base.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, name).unwrap();
        }
        let found = LocalFiles::open(path, &context(base.path(), Arc::new(NoBuckets)))
            .and_then(|files| files.list());
        match (found, expected) {
            (Ok(found), Ok(expected)) => {
                let names: Vec<&str> = found.iter().map(|file| file.path.as_str()).collect();
                assert_eq!(names, expected);
            }
            (found, expected) => {
                let message = found.unwrap_err().to_string();
                let expected = expected.unwrap_err();
                assert!(message.contains(expected), "{message} does not say {expected}");
                assert!(
                    message.contains(base.path().to_str().unwrap()),
                    "{message} has no full path"
                );
            }
        }
    }

    #[test]
    fn globs_are_sorted_and_stay_within_a_folder() {
        check("*.csv", Ok(&["[1].csv", "a.csv", "b.csv"]));
        check("*/*.csv", Ok(&["sub/d.csv"]));
        check("sub/d.csv", Ok(&["sub/d.csv"]));
        check("./sub//*.csv", Ok(&["sub/d.csv"]));
    }

    #[test]
    fn a_file_that_looks_like_a_glob_is_found_by_its_name() {
        check("[1].csv", Ok(&["[1].csv"]));
    }

    #[test]
    fn what_is_missing_is_told_with_its_full_path() {
        check("none.csv", Err("there is no file"));
        check("none-*.csv", Err("no file matches"));
        check("sub", Err("is a folder"));
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        let is_final = |number: i32| {
            let error = io::Error::from_raw_os_error(number);
            matches!(failed(Path::new("a"), &error), SourceError::Refused { .. })
        };
        // ENOENT, EACCES, ENOTDIR, ENAMETOOLONG stay; ESTALE, EMFILE, EIO, ETIMEDOUT pass.
        assert!([2, 13, 20, 36].into_iter().all(is_final));
        assert!(![116, 24, 5, 110].into_iter().any(is_final));
    }

    #[test]
    fn a_plan_opens_no_file_that_the_source_does_not_cover() {
        let base = tempfile::tempdir().unwrap();
        fs::write(base.path().join("secret"), "x").unwrap();
        let files = LocalFiles::open("*.csv", &context(base.path(), Arc::new(NoBuckets))).unwrap();
        let range = Listed { path: "secret".to_owned(), len: 1, version: None }.range(0..1, None);
        assert!(matches!(files.read(&range), Err(SourceError::Changed { .. })));
    }

    #[test]
    fn a_file_of_another_length_has_changed() {
        let base = tempfile::tempdir().unwrap();
        fs::write(base.path().join("a.csv"), "12345").unwrap();
        let files = LocalFiles::open("*.csv", &context(base.path(), Arc::new(NoBuckets))).unwrap();
        let range = Listed { path: "a.csv".to_owned(), len: 4, version: None }.range(0..4, None);
        let Err(error) = files.read(&range) else { panic!("it was opened") };
        assert_eq!(
            error.to_string(),
            "the source changed since the run was planned: a.csv had 4 bytes and has 5"
        );
    }

    #[test]
    fn a_file_that_was_written_anew_has_changed_at_the_same_length_too() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("a.csv");
        fs::write(&path, "12345").unwrap();
        let files = LocalFiles::open("*.csv", &context(base.path(), Arc::new(NoBuckets))).unwrap();
        let range = files.list().unwrap()[0].range(0..5, None);
        files.read(&range).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        let later = file.metadata().unwrap().modified().unwrap() + Duration::from_micros(1);
        file.set_modified(later).unwrap();
        let Err(error) = files.read(&range) else { panic!("it was opened") };
        assert!(error.to_string().ends_with("a.csv was written anew"), "{error}");
        files.read(&FileRange { version: None, ..range }).unwrap();
    }
}
