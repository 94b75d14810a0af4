//! A folder of a test's own, with sources and definitions in it, and the binary run over them.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use tests::{Fleet, Program, until};

use super::full_disk::Disk;
use super::ran::Ran;

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
    variables: Vec<(&'static str, String)>,
    /// What runs it, where it is on a small disk.
    around: Option<Vec<String>>,
}

/// A run that is under way.
pub(super) struct Under {
    pub(super) program: Program,
    out: PathBuf,
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

    /// Runs another command to its end.
    pub(super) async fn command(&self, arguments: &[&str]) -> Ran {
        let program = self.fleet.command(&self.next_log(), arguments).unwrap();
        Under { program, out: self.path("out") }.ended().await
    }

    /// What the next run's log is called.
    fn next_log(&self) -> String {
        let number = self.runs.get() + 1;
        self.runs.set(number);
        format!("run-{number}")
    }

    /// Asks for a run of a definition that lies somewhere.
    pub(super) fn ask(&self, definition: &Path) -> Ask<'_> {
        let definition = definition.display().to_string();
        Ask {
            desk: self,
            out: self.path("out"),
            data: self.path("data"),
            arguments: vec!["run".to_owned(), definition, "--json".to_owned()],
            variables: Vec::new(),
            around: None,
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

    /// With a variable of the environment.
    pub(super) fn variable(mut self, name: &'static str, value: &Path) -> Self {
        self.variables.push((name, value.display().to_string()));
        self
    }

    /// On a small disk.
    pub(super) fn on(mut self, small: &Disk) -> Self {
        self.around = Some(small.around(self.desk.fleet.dir()));
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
        let folders =
            [format!("--out={}", self.out.display()), format!("--data={}", self.data.display())];
        let arguments: Vec<&str> =
            self.arguments.iter().chain(&folders).map(String::as_str).collect();
        let variables: Vec<(&str, &str)> =
            self.variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (fleet, log) = (&self.desk.fleet, self.desk.next_log());
        let program = match &self.around {
            None => fleet.command_with(&log, &arguments, &variables),
            Some(around) => {
                let binary = fleet.binary().to_str().unwrap();
                let (runs, around) = around.split_first().unwrap();
                let around = around.iter().map(String::as_str).chain([binary]);
                Program::start(
                    &log,
                    fleet.dir(),
                    runs.as_ref(),
                    around.chain(arguments),
                    &variables,
                )
            }
        };
        Under { program: program.unwrap(), out: self.out.clone() }
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

    /// The same, and the most memory that it had resident, in bytes; as far as it could be seen, which is
    /// up to a moment before the end.
    pub(super) async fn measured(self) -> (Ran, u64) {
        let mut peak = 0;
        until("ended", DEADLINE, async || {
            match self.program.peak_memory_bytes() {
                Ok(bytes) => {
                    peak = peak.max(bytes);
                    Ok(None)
                }
                // What has ended has no memory.
                Err(_) => Ok(Some(())),
            }
        })
        .await
        .unwrap();
        (self.ended().await, peak)
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

    /// Waits until it says that a try has failed by this code, and goes on.
    pub(super) async fn has_tried(&mut self, code: &str) {
        let program = &mut self.program;
        until("failed try", DEADLINE, async || {
            program.still_runs()?;
            Ok(program.log()?.contains(code).then_some(()))
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

/// The commit records that are in a `--data`.
pub(super) fn commits(data: &Path) -> Vec<PathBuf> {
    let is_commit =
        |path: &PathBuf| path.parent().is_some_and(|parent| parent.ends_with("batches"));
    below(&data.join("store/runs")).into_iter().filter(is_commit).collect()
}

/// Every file below a folder.
pub(super) fn below(folder: &Path) -> Vec<PathBuf> {
    let (mut folders, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        // A folder may go while it is looked at.
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}
