//! A folder of a test's own, with sources and definitions in it, and the binary run over them.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use tests::{Entry, Fleet, Program, Reader, sha256, until};

/// How long one run may take on a machine that has much else to do.
const DEADLINE: Duration = Duration::from_mins(3);

/// The folder.
pub(super) struct Desk {
    fleet: Fleet,
    runs: Cell<u32>,
}

/// A run that is asked for: `longshore run`, as JSON unless it is [`Ask::for_people`].
pub(super) struct Ask<'d> {
    desk: &'d Desk,
    out: PathBuf,
    data: PathBuf,
    arguments: Vec<String>,
}

/// A run that is under way.
pub(super) struct Under {
    pub(super) program: Program,
    out: PathBuf,
}

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

impl Desk {
    pub(super) fn new() -> Self {
        Self { fleet: Fleet::new("").unwrap(), runs: Cell::new(0) }
    }

    /// A place in the folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.fleet.dir().join(name)
    }

    /// Puts a file into the folder.
    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Puts a definition into the folder, and asks for a run of it.
    pub(super) fn define(&self, definition: &Value) -> Ask<'_> {
        self.ask(&self.write("export.json", definition.to_string()))
    }

    /// Asks for a run of a definition that lies somewhere.
    pub(super) fn ask(&self, definition: &Path) -> Ask<'_> {
        let definition = definition.display().to_string();
        Ask {
            desk: self,
            out: self.path("out"),
            data: self.path("data"),
            arguments: vec!["run".to_owned(), definition, "--json".to_owned()],
        }
    }
}

impl Ask<'_> {
    /// With another `--out` and `--data`, a folder each.
    pub(super) fn apart(mut self, name: &str) -> Self {
        self.out = self.desk.path(name).join("out");
        self.data = self.desk.path(name).join("data");
        self
    }

    /// With its `--data` there.
    pub(super) fn data(mut self, data: &Path) -> Self {
        data.clone_into(&mut self.data);
        self
    }

    /// With its `--out` there.
    pub(super) fn out(mut self, out: &Path) -> Self {
        out.clone_into(&mut self.out);
        self
    }

    /// With another argument.
    pub(super) fn with(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// With a configuration.
    pub(super) fn config(self, toml: &str) -> Self {
        let path = self.desk.write("run.toml", toml);
        self.with(&format!("--config={}", path.display()))
    }

    /// Without `--json`.
    pub(super) fn for_people(mut self) -> Self {
        self.arguments.retain(|argument| argument != "--json");
        self
    }

    /// Starts it.
    pub(super) fn start(&self) -> Under {
        let number = self.desk.runs.get() + 1;
        self.desk.runs.set(number);
        let folders =
            [format!("--out={}", self.out.display()), format!("--data={}", self.data.display())];
        let arguments: Vec<&str> =
            self.arguments.iter().chain(&folders).map(String::as_str).collect();
        let program = self.desk.fleet.command(&format!("run-{number}"), &arguments).unwrap();
        Under { program, out: self.out.clone() }
    }

    /// Runs it to its end.
    pub(super) async fn run(&self) -> Ran {
        self.start().ended().await
    }

    /// Runs it to its end, which must be exit code 0.
    pub(super) async fn done(&self) -> Ran {
        let ran = self.run().await;
        assert_eq!(ran.code, 0, "{}", ran.said);
        ran
    }
}

impl Under {
    /// Waits until it has ended.
    pub(super) async fn ended(mut self) -> Ran {
        let status = self.program.wait(DEADLINE).await.unwrap();
        Ran { code: status.code().unwrap_or(-1), said: self.program.log().unwrap(), out: self.out }
    }

    /// Waits until a number of batches are committed in its `--data`, and it still runs.
    pub(super) async fn is_amid(&mut self, data: &Path, batches: usize) {
        let program = &mut self.program;
        until("batch committed", DEADLINE, async || {
            program.still_runs()?;
            Ok((commits(data).len() >= batches).then_some(()))
        })
        .await
        .unwrap();
    }

    /// Asks it to end, and waits until it has.
    pub(super) async fn told_to_end(self) -> Ran {
        self.program.signal(Signal::TERM).unwrap();
        self.ended().await
    }

    /// Kills it.
    pub(super) async fn killed(mut self) {
        self.program.kill().await.unwrap();
    }
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

/// The commit records that are in a `--data`.
pub(super) fn commits(data: &Path) -> Vec<PathBuf> {
    let (mut folders, mut found) = (vec![data.join("store/runs")], Vec::new());
    while let Some(folder) = folders.pop() {
        // A folder may go while it is looked at.
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.parent().is_some_and(|parent| parent.ends_with("batches")) {
                found.push(path);
            }
        }
    }
    found
}

/// A file of the examples.
pub(super) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name).canonicalize().unwrap()
}

/// A file of the scenarios.
pub(super) fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name)
}

/// Runs a program, which must succeed, and returns what it printed.
pub(super) fn tool<const N: usize>(program: &str, arguments: [&OsStr; N]) -> String {
    let ended = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(ended.status.success(), "{program}: {}{said}", String::from_utf8_lossy(&ended.stderr));
    said
}

/// A definition with enough to do to be met in the middle: a hundred batches and more, tables of
/// all formats, thousands of files.
pub(super) fn busy(batch_size: u64) -> Value {
    serde_json::json!({
        "name": "Busy",
        "batch_size": batch_size,
        "outputs": [
            {"to": "flights.csv", "from": "flights", "format": "csv"},
            {"to": "weather.json", "from": "weather", "format": "json"},
            {"to": "planes/{tailnum}.json", "from": "planes", "format": "json", "per": "record"},
            {"to": "airports.jsonl", "from": "airports", "format": "jsonl"},
            {"to": "late.xml", "from": "flights", "format": "xml",
             "select": {"where": {"dep_delay": {"ge": 60}}}},
            {"to": "media/", "from": "clipart", "assets": {"field": "file"}},
        ],
        "sources": {
            "flights": {"kind": "csv", "path": example("flights/flights.csv")},
            "weather": {"kind": "jsonl", "path": example("flights/weather.jsonl")},
            "planes": {"kind": "jsonl", "path": example("flights/planes.jsonl")},
            "airports": {"kind": "csv", "path": example("flights/airports.csv")},
            "clipart": {"kind": "jsonl", "path": example("clipart/clipart.jsonl")},
        },
    })
}
