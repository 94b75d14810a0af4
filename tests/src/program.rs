//! A process that a test started, and that ends with it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A running process whose output goes to a log file.
///
/// Dropped, it is killed. It is also killed when the thread that started it dies, so that a test that
/// is ended from outside leaves nothing behind: start it from the test's own task, not from
/// `spawn_blocking`, whose threads come and go.
pub struct Program {
    name: String,
    child: Child,
    log: PathBuf,
    /// How long the log was at the start, in bytes.
    began_at: u64,
}

impl Program {
    /// Starts `command`, with its log in `dir/<name>.log`, which is appended to.
    pub fn start<A: AsRef<OsStr>>(
        name: &str,
        dir: &Path,
        command: &Path,
        arguments: impl IntoIterator<Item = A>,
        variables: &[(&str, &str)],
    ) -> Result<Self> {
        let log = dir.join(format!("{name}.log"));
        let output = File::options().create(true).append(true).open(&log)?;
        let began_at = output.metadata()?.len();
        // Asking for the signal oneself takes unsafe code; setpriv asks, and becomes the command.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(command)
            .args(arguments)
            .envs(variables.iter().copied())
            .current_dir(dir)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{name} does not start"))?;
        Ok(Self { name: name.to_owned(), child, log, began_at })
    }

    /// Its process id; nothing once it has ended and was waited for.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Sends a signal, such as `STOP` and `CONT` to freeze it for a while.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let id = self.id().with_context(|| format!("{} has ended", self.name))?;
        let pid = Pid::from_raw(id.cast_signed()).context("process ids are positive")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Ends it at once, as a power failure would, and waits until it is gone.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to end, and waits until it has.
    pub async fn terminate(&mut self, deadline: Duration) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.wait(deadline).await
    }

    /// Waits until it has ended by itself.
    pub async fn wait(&mut self, deadline: Duration) -> Result<ExitStatus> {
        match timeout(deadline, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => bail!("{} still runs after {deadline:?}:\n{}", self.name, self.tail()),
        }
    }

    /// An error with the end of its log, where it has ended.
    pub fn still_runs(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended with {status}:\n{}", self.name, self.tail()),
        }
    }

    /// What it has written, without what others did that had the same name.
    pub fn said(&self) -> Result<String> {
        let log = fs::read(&self.log)?;
        let began_at = usize::try_from(self.began_at)?;
        Ok(String::from_utf8_lossy(log.get(began_at..).unwrap_or_default()).into_owned())
    }

    /// Everything that was written under its name.
    pub fn log(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(&self.log)?).into_owned())
    }

    /// The most memory that it has had resident at any time, in bytes.
    pub fn peak_memory_bytes(&self) -> Result<u64> {
        let id = self.id().with_context(|| format!("{} has ended", self.name))?;
        let status = fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).context("no VmHWM")?;
        Ok(kib.trim().parse::<u64>()? * 1024)
    }

    /// The processor time that it has had so far, in seconds.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let id = self.id().with_context(|| format!("{} has ended", self.name))?;
        let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
        let (_, fields) = stat.rsplit_once(')').context("no name in the process's stat")?;
        let ticks: Result<Vec<u32>, _> =
            fields.split_whitespace().skip(11).take(2).map(str::parse).collect();
        Ok(f64::from(ticks?.iter().sum::<u32>()) / 100.0)
    }

    fn tail(&self) -> String {
        let log = self.log().unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}
