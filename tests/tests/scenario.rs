//! A scenario of formats: a folder with `records.jsonl`, the `outputs.json` that are made of them, what
//! must come out in `expected/` where that is text, and `judge.py`, which reads what came out with other
//! people's readers. Stylesheets lie beside them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// Every scenario of this kind.
pub(crate) const SCENARIOS: [&str; 7] =
    ["dialects", "layouts", "stylesheets", "workbooks", "sequences", "shapes", "columns"];

/// Files by their paths.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// One of them.
pub(crate) struct Scenario {
    folder: PathBuf,
}

impl Scenario {
    pub(crate) fn new(name: &str) -> Self {
        Self { folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name) }
    }

    /// What must be configured, besides its source: where its stylesheets are.
    pub(crate) fn config(&self) -> String {
        format!("[worker]\nstylesheets = \"{}\"\n", self.folder.display())
    }

    /// Its outputs; their source is called `s`.
    pub(crate) fn outputs(&self) -> Vec<Value> {
        let text = fs::read(self.folder.join("outputs.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    /// Its source.
    pub(crate) fn source(&self) -> Value {
        json!({"kind": "jsonl", "path": self.folder.join("records.jsonl")})
    }

    /// Holds the files in a folder against those that are checked in, and lets the judge read them.
    pub(crate) fn judge(&self, made: &Path, told: &str) {
        let expected = self.folder.join("expected");
        if expected.exists() {
            compare(&files(made), &files(&expected), told);
        }
        let python = tests::env::venv().join("bin/python");
        let judge = self.folder.join("judge.py");
        let ended = Command::new(python)
            .args([judge.as_path(), made])
            .env("LC_ALL", "C.UTF-8")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(String::from_utf8_lossy(&ended.stdout), "as it should be\n", "{complaint}");
    }
}

/// That the files are the same.
pub(crate) fn compare(found: &Files, expected: &Files, told: &str) {
    let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected), "{told}");
    for (name, content) in found {
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            *content == expected[name],
            "{name} {told} is\n{}\nand not\n{}",
            shown(content),
            shown(&expected[name])
        );
    }
}

/// Every file below a folder, by its path, but for the list of what was told of each batch.
pub(crate) fn files(folder: &Path) -> Files {
    tests::laid(folder)
        .unwrap()
        .into_keys()
        .filter(|path| path != "warnings.jsonl")
        .map(|path| {
            let content = fs::read(folder.join(&path)).unwrap();
            (path, content)
        })
        .collect()
}
