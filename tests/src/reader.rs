//! ZIP readers of the world, to judge our archives.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::java::java;

/// A program that reads ZIP archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Info-ZIP, what Linux and macOS have.
    Unzip,
    /// 7-Zip.
    SevenZip,
    /// libarchive, what Windows Explorer and BSD have.
    Bsdtar,
    /// Python's zipfile.
    Python,
    /// Java's `ZipInputStream`, which reads from the front and never sees the central directory.
    Java,
    /// Apache commons-compress with its defaults, which reads from the front too and is pickier.
    CommonsCompress,
}

/// A file or folder in an archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its path; that of a folder ends with a slash.
    pub name: String,
    /// CRC-32 of its content.
    pub crc32: u32,
}

impl Reader {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Unzip,
        Self::SevenZip,
        Self::Bsdtar,
        Self::Python,
        Self::Java,
        Self::CommonsCompress,
    ];

    /// Reads the whole archive, checks every file in it, and lists them in its order. Where the
    /// reader finds a fault, the error is what it said.
    pub fn read(self, archive: &Path) -> Result<Vec<Entry>> {
        match self {
            Self::Unzip => {
                run("unzip", ["-tqq".as_ref(), archive.as_os_str()])?;
                let listing = run("unzip", ["-v".as_ref(), archive.as_os_str()])?;
                Ok(listing.lines().filter_map(unzip_entry).collect())
            }
            Self::SevenZip => {
                run("7zz", ["t".as_ref(), archive.as_os_str()])?;
                let listing = run("7zz", ["l".as_ref(), "-slt".as_ref(), archive.as_os_str()])?;
                let (_, entries) =
                    listing.split_once("\n----------\n").context("7zz lists nothing")?;
                Ok(entries.split("\n\n").filter_map(seven_zip_entry).collect())
            }
            Self::Bsdtar => extracted(archive),
            Self::Python => {
                table(&run("python3", [tool("zip_read.py").as_ref(), archive.as_os_str()])?)
            }
            Self::Java => {
                let mut java = java(tool("ZipStream.java").as_ref())?;
                java.arg(archive);
                table(&printed(java)?)
            }
            Self::CommonsCompress => {
                let mut java = java_program("Unzip.java")?;
                java.arg(archive);
                commons_table(&printed(java)?)
            }
        }
    }
}

/// `Length Method Size Cmpr Date Time CRC-32 Name`, and a name may have spaces.
fn unzip_entry(line: &str) -> Option<Entry> {
    let mut rest = line;
    let mut column = || {
        let (column, after) = rest.trim_start().split_once(' ')?;
        rest = after;
        Some(column)
    };
    let _length = column()?.parse::<u64>().ok()?;
    for _ in ["method", "size", "ratio", "date", "time"] {
        column()?;
    }
    let crc32 = u32::from_str_radix(column()?, 16).ok()?;
    // One space separates, one more is part of the layout.
    Some(Entry { name: rest.strip_prefix(' ')?.to_owned(), crc32 })
}

/// Lines of `Name = value`. A folder has no CRC, and its name no slash.
fn seven_zip_entry(block: &str) -> Option<Entry> {
    let value = |key: &str| block.lines().find_map(|line| line.strip_prefix(key));
    let name = value("Path = ")?;
    let slash = if value("Folder = ") == Some("+") { "/" } else { "" };
    let crc32 = u32::from_str_radix(value("CRC = ").unwrap_or_default(), 16).unwrap_or(0);
    Some(Entry { name: format!("{name}{slash}"), crc32 })
}

/// bsdtar lists no CRCs: it extracts, checking them, and those of what it wrote are taken.
fn extracted(archive: &Path) -> Result<Vec<Entry>> {
    let dir = tempfile::tempdir()?;
    let names = run("bsdtar", ["-tf".as_ref(), archive.as_os_str()])?;
    run("bsdtar", ["-xf".as_ref(), archive.as_os_str(), "-C".as_ref(), dir.path().as_os_str()])?;
    let entry = |name: &str| {
        let path = dir.path().join(name);
        let bytes = if name.ends_with('/') { Vec::new() } else { fs::read(path)? };
        Ok(Entry { name: name.to_owned(), crc32: crc32fast::hash(&bytes) })
    };
    names.lines().map(entry).collect()
}

/// Lines of CRC-32, tab, name.
fn table(text: &str) -> Result<Vec<Entry>> {
    let entry = |line: &str| {
        let (crc32, name) =
            line.split_once('\t').with_context(|| format!("{line:?} is no entry"))?;
        Ok(Entry { name: name.to_owned(), crc32: u32::from_str_radix(crc32, 16)? })
    };
    text.lines().map(entry).collect()
}

/// Lines of CRC-32, length and name, with a space between them.
fn commons_table(text: &str) -> Result<Vec<Entry>> {
    let entry = |line: &str| {
        let mut columns = line.splitn(3, ' ');
        let (crc32, name) =
            columns.next().zip(columns.nth(1)).with_context(|| format!("{line:?} is no entry"))?;
        Ok(Entry { name: name.to_owned(), crc32: u32::from_str_radix(crc32, 16)? })
    };
    text.lines().map(entry).collect()
}

/// Java, about to run a program that reads archives for the tests of those who write them, too: one of
/// `pack/src/foreign`.
pub fn java_program(name: &str) -> Result<Command> {
    let foreign = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pack/src/foreign");
    java(&foreign.join(name)).with_context(|| format!("{name} is not compiled"))
}

fn tool(name: &str) -> String {
    format!("{}/tools/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn run<const N: usize>(program: &str, arguments: [&OsStr; N]) -> Result<String> {
    let mut command = Command::new(program);
    command.args(arguments);
    printed(command)
}

fn printed(mut command: Command) -> Result<String> {
    let ended = command.env("LC_ALL", "C.UTF-8").output();
    let ended =
        ended.with_context(|| format!("{command:?} does not start; ./check tools installs it"))?;
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    if !ended.status.success() {
        bail!("{command:?}: {}\n{said}{}", ended.status, String::from_utf8_lossy(&ended.stderr));
    }
    Ok(said)
}
