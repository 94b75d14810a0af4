//! One result of what processes for single datasets left, by the rule that the exporter is said to keep.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use pack::merge::{Content, Kept, Union, json_arrays, json_lines, unzip};
use proto::plugin::shard::Merge;
use sha2::{Digest, Sha256};
use worker::Leaving;

use super::compare::files;

/// How much of a file is copied at once, in bytes.
const CHUNK_BYTES: usize = 64 << 10;

/// Merges parts, in the order of their datasets, into something at a place where nothing is yet.
pub(super) fn merged(rule: Merge, parts: &[Leaving], to: &Path) -> anyhow::Result<Leaving> {
    match rule {
        Merge::JsonArray => json_arrays(opened(parts)?, &mut File::create(to)?)?,
        Merge::Jsonl => json_lines(opened(parts)?, &mut File::create(to)?)?,
        Merge::Files => {
            let mut union = Gathered::new(to)?;
            for (part, left) in parts.iter().enumerate() {
                let Leaving::Folder(folder) = left else { return Err(unfit(part, "folder")) };
                for path in files(folder)?.keys() {
                    union.take(path, &mut File::open(folder.join(path))?)?;
                }
            }
            return Ok(Leaving::Folder(to.to_owned()));
        }
        Merge::Zip => {
            unzipped(parts, to)?;
            return Ok(Leaving::Folder(to.to_owned()));
        }
        Merge::None => {
            if let Some(part) = parts.iter().position(|left| *left != Leaving::Nothing) {
                bail!("part {part} left something, and nothing would become of it");
            }
            return Ok(Leaving::Nothing);
        }
    }
    Ok(Leaving::File(to.to_owned()))
}

/// Puts the files of ZIP files into one folder.
pub(super) fn unzipped(parts: &[Leaving], to: &Path) -> anyhow::Result<()> {
    let mut union = Gathered::new(to)?;
    for (part, left) in parts.iter().enumerate() {
        let Leaving::File(path) = left else { return Err(unfit(part, "ZIP file")) };
        unzip(File::open(path)?, |path, file| union.take(path, file))
            .with_context(|| format!("the ZIP file of part {part}"))?;
    }
    Ok(())
}

fn opened(parts: &[Leaving]) -> anyhow::Result<Vec<OpenedLater>> {
    let path = |(part, left): (usize, &Leaving)| match left {
        Leaving::File(path) => Ok(OpenedLater { path: path.clone(), file: None }),
        Leaving::Nothing | Leaving::Folder(_) => Err(unfit(part, "file")),
    };
    parts.iter().enumerate().map(path).collect()
}

fn unfit(part: usize, wanted: &str) -> anyhow::Error {
    anyhow!("part {part} did not leave a {wanted}, and the rule merges nothing else")
}

/// A file that is open only while it is read, for there may be many.
struct OpenedLater {
    path: PathBuf,
    file: Option<File>,
}

impl Read for OpenedLater {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.read(buffer),
            None => self.file.insert(File::open(&self.path)?).read(buffer),
        }
    }
}

/// A folder with the files of several parts.
struct Gathered<'t> {
    to: &'t Path,
    union: Union,
}

impl<'t> Gathered<'t> {
    fn new(to: &'t Path) -> io::Result<Self> {
        fs::create_dir_all(to)?;
        Ok(Self { to, union: Union::default() })
    }

    /// Puts a file into the folder, unless it is there, byte for byte.
    fn take(&mut self, path: &str, file: &mut dyn Read) -> io::Result<()> {
        let staged = self.to.with_extension("staged");
        let (mut out, mut chunk) = (File::create(&staged)?, vec![0; CHUNK_BYTES]);
        let (mut digest, mut len_bytes) = (Sha256::new(), 0);
        loop {
            let len = file.read(&mut chunk)?;
            if len == 0 {
                break;
            }
            digest.update(&chunk[..len]);
            out.write_all(&chunk[..len])?;
            len_bytes += len as u64;
        }
        let content = Content { sha256: digest.finalize().into(), len_bytes };
        match self.union.add(path, content).map_err(io::Error::other)? {
            Kept::First => {
                let place = self.to.join(path);
                if let Some(folder) = place.parent() {
                    fs::create_dir_all(folder)?;
                }
                fs::rename(staged, place)
            }
            Kept::Again => fs::remove_file(staged),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Merges files of these contents, and reads what came of it.
    fn check(rule: Merge, contents: &[&str]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let parts: Vec<Leaving> = (0..contents.len())
            .map(|part| {
                let path = folder.path().join(part.to_string());
                fs::write(&path, contents[part]).unwrap();
                Leaving::File(path)
            })
            .collect();
        match merged(rule, &parts, &folder.path().join("merged")) {
            Ok(Leaving::File(path)) => Ok(fs::read_to_string(path).unwrap()),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(format!("{error:#}")),
        }
    }

    #[test]
    fn files_become_one_by_their_rule() {
        assert_eq!(check(Merge::JsonArray, &["[1]", "[]", "[2]"]).unwrap(), "[1,2]");
        assert_eq!(check(Merge::Jsonl, &["1\n", "2\n"]).unwrap(), "1\n2\n");
        let broken = check(Merge::JsonArray, &["[1]", "{}"]).unwrap_err();
        assert!(broken.contains("part 1") && broken.contains("byte 0"), "{broken}");
        assert!(check(Merge::None, &["1"]).unwrap_err().contains("part 0 left something"));
        assert!(check(Merge::Files, &["1"]).unwrap_err().contains("part 0 did not leave a folder"));
        assert!(check(Merge::Zip, &["1"]).unwrap_err().contains("no whole ZIP"));
    }

    #[test]
    fn folders_become_one_unless_they_hold_something_else_at_a_path() {
        let folder = tempfile::tempdir().unwrap();
        let part = |name: &str, files: &[(&str, &str)]| {
            let part = folder.path().join(name);
            fs::create_dir_all(part.join("a")).unwrap();
            for (path, text) in files {
                fs::write(part.join(path), text).unwrap();
            }
            Leaving::Folder(part)
        };
        let same =
            [part("1", &[("a/1", "x"), ("all", "y")]), part("2", &[("a/2", "z"), ("all", "y")])];
        let to = folder.path().join("merged");
        assert_eq!(merged(Merge::Files, &same, &to).unwrap(), Leaving::Folder(to.clone()));
        assert_eq!(files(&to).unwrap().into_keys().collect::<Vec<_>>(), ["a/1", "a/2", "all"]);
        let clash = [part("3", &[("all", "1")]), part("4", &[("all", "2")])];
        let error = merged(Merge::Files, &clash, &folder.path().join("none")).unwrap_err();
        assert!(error.to_string().contains("two parts wrote all"), "{error:#}");
    }
}
