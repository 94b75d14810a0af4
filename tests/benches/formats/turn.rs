//! One turn of a program: what it took, and what it left.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::{Fleet, env};

/// How often everything is measured.
pub(crate) const ROUNDS: usize = 3;

/// What one turn took, and left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) seconds: f64,
    pub(crate) cpu_seconds: f64,
    pub(crate) peak_mib: f64,
    pub(crate) megabytes_out: f64,
    /// Of the source, each second.
    pub(crate) rate: f64,
}

/// Where sources lie, and results until they are measured.
pub(crate) struct Desk {
    fleet: Fleet,
}

impl Desk {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { fleet: Fleet::new("")? })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.fleet.dir().join(name)
    }

    /// A turn of Longshore, with the configuration that lies here.
    pub(crate) fn longshore(&self, definition: &Value, source: &Path) -> Result<Taken> {
        fs::write(self.path("definition.json"), definition.to_string())?;
        let mut command = self.timed(self.fleet.binary());
        command.arg("--config").arg(self.path("longshore.toml"));
        command.arg("run").arg(self.path("definition.json"));
        command.arg("--out").arg(self.path("out")).arg("--data").arg(self.path("data"));
        let taken = self.taken(command, source);
        fs::remove_dir_all(self.path("data")).ok();
        taken
    }

    /// A turn of a program of `tests/bench`, in Python.
    pub(crate) fn python(&self, program: &str, name: &str, source: &Path) -> Result<Taken> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench").join(program);
        let mut command = self.timed(&env::venv().join("bin/python"));
        command.arg(program).arg(name).arg(source).arg(self.path("out"));
        self.taken(command, source)
    }

    /// A program under time(1), which is small: measured from here, the memory of each would begin with
    /// that of this one.
    pub(crate) fn timed(&self, program: &Path) -> Command {
        let mut command = Command::new("time");
        command.args(["-q", "-f", "%e %U %S %M", "-o"]).arg(self.path("time"));
        command.arg(program).stdout(Stdio::null());
        command
    }

    /// Runs a program that reads the source, and takes away what it wrote.
    pub(crate) fn taken(&self, mut command: Command, source: &Path) -> Result<Taken> {
        let out = self.path("out");
        let status = command.status().context("time(1) is missing: apt install time")?;
        ensure!(status.success(), "{command:?}: {status}");
        let told = fs::read_to_string(self.path("time"))?;
        let numbers: Result<Vec<f64>, _> = told.split_whitespace().map(str::parse).collect();
        let [seconds, user, system, peak_kib] = numbers?[..] else {
            anyhow::bail!("time(1) said {told:?}");
        };
        let taken = Taken {
            seconds,
            cpu_seconds: user + system,
            peak_mib: peak_kib / 1024.0,
            megabytes_out: megabytes(&out)?,
            rate: megabytes(source)? / seconds,
        };
        if out.is_dir() { fs::remove_dir_all(&out) } else { fs::remove_file(&out) }?;
        Ok(taken)
    }
}

/// The median of what turns took.
pub(crate) fn median(turns: &[Taken], of: fn(&Taken) -> f64) -> Option<f64> {
    let mut found: Vec<f64> = turns.iter().map(of).collect();
    found.sort_by(f64::total_cmp);
    found.get(found.len() / 2).copied()
}

/// The length of a file, or of all files below a folder.
pub(crate) fn megabytes(path: &Path) -> Result<f64> {
    if path.is_file() {
        return Ok(path.metadata()?.len() as f64 / 1e6);
    }
    fs::read_dir(path)?.map(|entry| megabytes(&entry?.path())).sum()
}
