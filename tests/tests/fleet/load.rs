//! What the scenarios export: the examples, and a table of noise that is as long as wanted.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{Fleet, sha256};

/// An export of several outputs, and the sources that it names.
pub(crate) struct Load {
    /// The sources by name, as a configuration and a definition have them.
    pub(crate) sources: Value,
    definition: Value,
    _data: TempDir,
}

impl Load {
    /// A few seconds of work: 64 batches whose segments are too small for the store to copy, and
    /// together too large for the agent to move; 20 MiB of archive.
    pub(crate) fn large() -> Self {
        Self::new(62_000, 1_600)
    }

    /// 40 batches of little, 3 MiB of archive.
    pub(crate) fn small() -> Self {
        Self::new(8_000, 800)
    }

    fn new(rows: u32, batch_size: u32) -> Self {
        let data = tempfile::tempdir().unwrap();
        let noise = data.path().join("noise.csv");
        write_noise(&noise, rows);
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
        let example = |name: &str| examples.join(name).canonicalize().unwrap();
        let sources = json!({
            "flights": {
                "kind": "csv", "path": example("flights/flights.csv"),
                "types": { "flight": "number", "dep_delay": "number", "distance": "number" },
            },
            "airlines": { "kind": "jsonl", "path": example("flights/airlines.jsonl") },
            "airports": { "kind": "csv", "path": example("flights/airports.csv") },
            "clipart": { "kind": "jsonl", "path": example("clipart/clipart.jsonl") },
            "noise": { "kind": "csv", "path": noise },
        });
        let definition = json!({
            "name": "Everything",
            "batch_size": batch_size,
            "outputs": [
                {
                    "to": "flights.csv", "from": "flights", "format": "csv",
                    "select": { "where": { "origin": ["JFK", "LGA"] } },
                },
                { "to": "carriers/{carrier}.json", "from": "airlines", "format": "json", "per": "record" },
                { "to": "airports.json", "from": "airports", "format": "json" },
                { "to": "airports.xml", "from": "airports", "format": "xml" },
                { "to": "clipart.csv", "from": "clipart", "format": "csv" },
                { "to": "media/", "from": "clipart", "assets": { "field": "file" } },
                { "to": "noise.csv", "from": "noise", "format": "csv" },
            ],
        });
        Self { sources, definition, _data: data }
    }

    /// So many files of so many bytes of noise, each of them a batch.
    pub(crate) fn of_files(count: u32, bytes: usize) -> Self {
        let data = tempfile::tempdir().unwrap();
        let (mut noise, mut records) = (noise(), Vec::new());
        for number in 0..count {
            let mut content = Vec::with_capacity(bytes);
            for word in noise.by_ref().take(bytes / 8) {
                content.extend_from_slice(&word.to_le_bytes());
            }
            std::fs::write(data.path().join(format!("{number}.bin")), content).unwrap();
            writeln!(records, "{{\"file\": \"{number}.bin\"}}").unwrap();
        }
        let path = data.path().join("files.jsonl");
        std::fs::write(&path, records).unwrap();
        let sources = json!({"files": {"kind": "jsonl", "path": path}});
        let definition = json!({
            "name": "Files",
            "batch_size": 1,
            "outputs": [{"to": "files/", "from": "files", "assets": {"field": "file"}}],
        });
        Self { sources, definition, _data: data }
    }

    /// The definition as a stranger may send it: its sources are names of the configuration.
    pub(crate) fn definition(&self) -> Value {
        self.definition.clone()
    }

    /// The SHA-256 of the archive that one process makes of it.
    pub(crate) async fn sha256(&self, fleet: &Fleet) -> String {
        let mut definition = self.definition();
        definition["sources"] = self.sources.clone();
        embedded(fleet, &definition).await
    }
}

/// The SHA-256 of the only archive that `longshore run` makes of a definition.
pub(crate) async fn embedded(fleet: &Fleet, definition: &Value) -> String {
    embedded_with(fleet, definition, "").await
}

/// The same with a configuration.
pub(crate) async fn embedded_with(fleet: &Fleet, definition: &Value, config: &str) -> String {
    let dir = |name: &str| -> PathBuf { fleet.dir().join(name) };
    std::fs::write(dir("embedded.json"), definition.to_string()).unwrap();
    std::fs::write(dir("embedded.toml"), config).unwrap();
    let (file, out, data) = (dir("embedded.json"), dir("embedded"), dir("embedded-data"));
    let config = dir("embedded.toml");
    let arguments = [
        "run",
        "--config",
        config.to_str().unwrap(),
        file.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
    ];
    let mut program = fleet.command("embedded", &arguments).unwrap();
    let status = program.wait(Duration::from_mins(2)).await.unwrap();
    assert!(status.success(), "{}", program.log().unwrap());
    let archive = std::fs::read_dir(&out).unwrap().next().unwrap().unwrap().path();
    sha256(&archive).unwrap()
}

/// Rows of an ordinal and 600 digits that no compressor makes shorter than half.
fn write_noise(path: &Path, rows: u32) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    file.write_all(b"id,content\n").unwrap();
    let mut noise = noise();
    for row in 0..rows {
        write!(file, "{row},").unwrap();
        for word in noise.by_ref().take(37) {
            write!(file, "{word:016x}").unwrap();
        }
        file.write_all(b"\n").unwrap();
    }
    file.flush().unwrap();
}

/// The same noise always, which no clock or seed of the machine changes.
fn noise() -> impl Iterator<Item = u64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(move || {
        // A step of xorshift64.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    })
}
