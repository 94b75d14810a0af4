//! A run that has ended: what it said, and what it left.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tests::{Entry, Reader, sha256};

use super::tool::tool;

/// A run that has ended.
#[derive(Debug)]
pub(super) struct Ran {
    /// The exit code; -1 after a signal.
    pub(super) code: i32,
    /// Everything it wrote, to standard output and to standard error.
    pub(super) said: String,
    /// Its `--out`.
    pub(super) out: PathBuf,
}

impl Ran {
    /// What `--json` printed.
    pub(super) fn result(&self) -> Value {
        let line = self.said.lines().find(|line| line.starts_with('{'));
        serde_json::from_str(line.unwrap_or_else(|| panic!("no result: {}", self.said))).unwrap()
    }

    /// The archive it made.
    pub(super) fn archive(&self) -> PathBuf {
        self.result()["archives"][0]["path"].as_str().unwrap().into()
    }

    /// The SHA-256 of the archive, which must be the one that was told.
    pub(super) fn sha256(&self) -> String {
        let sum = sha256(&self.archive()).unwrap();
        assert_eq!(self.result()["archives"][0]["sha256"], sum.as_str());
        sum
    }

    /// What is in the archive, which every reader must accept and see alike.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let archive = self.archive();
        let entries = Reader::Python.read(&archive).unwrap();
        for reader in Reader::ALL {
            let seen = reader.read(&archive).unwrap_or_else(|error| panic!("{reader:?}: {error}"));
            assert!(seen == entries, "{reader:?} sees {seen:?}, Python {entries:?}");
        }
        entries
    }

    /// Unpacks the archive beside it.
    pub(super) fn unpacked(&self) -> PathBuf {
        let folder = self.out.join("unpacked");
        tool("unzip", ["-qo".as_ref(), self.archive().as_os_str(), "-d".as_ref(), folder.as_ref()]);
        folder
    }

    /// A file of the archive, as text.
    pub(super) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.unpacked().join(name)).unwrap()
    }

    /// That it failed and left nothing where results go.
    pub(super) fn assert_nothing_made(&self) {
        let made: Vec<_> = fs::read_dir(&self.out)
            .map(|found| found.map(|entry| entry.unwrap().file_name()).collect())
            .unwrap_or_default();
        assert!(made.is_empty(), "{made:?} is in --out after {}", self.said);
    }

    /// That it said all of these.
    pub(super) fn assert_said(&self, texts: &[&str]) {
        for text in texts {
            assert!(self.said.contains(text), "{text:?} is not in {}", self.said);
        }
    }
}
