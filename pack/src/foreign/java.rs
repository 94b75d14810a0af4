//! Programs in Java that judge archives, here and in the tests of the whole.
//!
//! Run from its source, each would be compiled anew for each archive, which takes longer than most archives.
//! So they are compiled once, into a folder that is named by what they say.

use std::fs;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Apache commons-compress, as Debian installs it.
const COMMONS_COMPRESS: &str = "/usr/share/java/commons-compress.jar";

/// Where what is compiled lies.
const CLASSES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.cache/java");

/// Java, about to run the program of a file, whose class is called as the file is.
pub(crate) fn java(source: &Path) -> Result<Command> {
    let classes = format!("{}:{COMMONS_COMPRESS}", compiled(source)?.display());
    let mut java = Command::new("java");
    // It runs for less than a second: neither the best code nor threads that collect garbage are worth it.
    java.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", &classes]);
    java.args(source.file_stem());
    Ok(java)
}

/// The folder with what a program is compiled to.
fn compiled(source: &Path) -> Result<PathBuf> {
    let folder = Path::new(CLASSES).join(format!("{:08x}", crc32fast::hash(&fs::read(source)?)));
    if folder.is_dir() {
        return Ok(folder);
    }
    fs::create_dir_all(CLASSES)?;
    // Compiled beside its place and renamed, for another test may do the same at once.
    let staged = tempfile::tempdir_in(CLASSES)?;
    let mut javac = Command::new("javac");
    javac.args(["-encoding", "UTF-8", "-cp", COMMONS_COMPRESS, "-d"]);
    let ended = javac.arg(staged.path()).arg(source).output()?;
    if !ended.status.success() {
        return Err(Error::other(String::from_utf8_lossy(&ended.stderr).into_owned()));
    }
    match fs::rename(staged.path(), &folder) {
        Err(error) if !folder.is_dir() => Err(error),
        Ok(()) | Err(_) => Ok(folder),
    }
}
