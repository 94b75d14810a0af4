//! Another program as a child process: no shell, next to no environment, and bounded memory whatever it
//! says.

use std::fs;
use std::io;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use super::progress::Progress;

/// Where programs are looked for.
const SEARCH_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// How much of what it says at the end is kept, in bytes.
const KEPT_BYTES: usize = 8 << 10;

/// How often it is looked whether a program reads or writes.
const LOOK: Duration = Duration::from_secs(1);

/// How long a program that is asked to end may take.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How a program ended, and the last of what it said on both outputs.
pub(super) struct Child {
    pub(super) status: ExitStatus,
    pub(super) said: String,
    pub(super) complaint: String,
}

/// A program with an empty environment but for a search path and a language. Dropped, it is killed.
pub(super) fn bare(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", SEARCH_PATH)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// A program that runs. Dropped, it is killed.
pub(super) struct Running(tokio::process::Child);

/// Starts a program.
pub(super) fn start(mut command: Command) -> io::Result<Running> {
    command.spawn().map(Running)
}

/// Runs a program to the end and tells progress, as far as lines begin with a number of bytes.
pub(super) async fn talk(
    command: Command,
    progress: Option<&mut Progress<'_>>,
) -> io::Result<Child> {
    start(command)?.end(progress).await
}

impl Running {
    /// Its process id.
    pub(super) fn id(&self) -> Option<u32> {
        self.0.id()
    }

    /// Waits for its end as [`Running::end`] does, unless it neither reads nor writes anything for so
    /// long; then it is ended, and nothing is returned. Where the system does not tell what it reads and
    /// writes, it is waited for.
    pub(super) async fn end_unless_silent(self, silence: Duration) -> io::Result<Option<Child>> {
        let process = self.id();
        let mut end = pin!(self.end(None));
        let (mut last, mut since) = (None, Instant::now());
        loop {
            // It is waited for again and again, and dropped only where it is killed.
            tokio::select! {
                ended = &mut end => return ended.map(Some),
                () = tokio::time::sleep(LOOK) => {}
            }
            let now = process.and_then(traffic);
            if now.is_none() || now != last {
                (last, since) = (now, Instant::now());
            } else if since.elapsed() >= silence {
                break;
            }
        }
        // Asked to end, it ends the programs that it started too; dropped, it is killed.
        if let Some(process) = process.and_then(|id| Pid::from_raw(id.cast_signed())) {
            let asked = rustix::process::kill_process(process, Signal::TERM);
            tracing::debug!(?asked, "silent program asked to end");
        }
        drop(tokio::time::timeout(LAST_WORDS, end).await);
        Ok(None)
    }

    /// Waits for its end, and tells progress as [`talk`] does.
    pub(super) async fn end(self, progress: Option<&mut Progress<'_>>) -> io::Result<Child> {
        let Self(mut child) = self;
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let (said, complaint) = tokio::join!(last_of(output, progress), last_of(errors, None));
        Ok(Child { status: child.wait().await?, said, complaint })
    }
}

/// How many bytes a process has read and written, by pipes too; nothing where the system does not tell.
fn traffic(process: u32) -> Option<u64> {
    let known = fs::read_to_string(format!("/proc/{process}/io")).ok()?;
    let number = |name| known.lines().find_map(|line| line.strip_prefix(name))?.trim().parse().ok();
    let (read, written): (u64, u64) = (number("rchar:")?, number("wchar:")?);
    Some(read + written)
}

/// Reads to the end, and keeps the last of it.
async fn last_of(
    output: Option<impl AsyncRead + Unpin>,
    mut progress: Option<&mut Progress<'_>>,
) -> String {
    let Some(mut output) = output else { return String::new() };
    let (mut kept, mut chunk) = (Vec::new(), vec![0; 4096]);
    // What cannot be read any more is taken for said: how it ended tells the rest.
    while let Ok(len @ 1..) = output.read(&mut chunk).await {
        kept.extend_from_slice(&chunk[..len]);
        kept.drain(..kept.len().saturating_sub(KEPT_BYTES));
        if let Some(progress) = &mut progress
            && let Some(bytes) = bytes_sent(&kept)
        {
            progress.under_way(bytes).await;
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// The number that the last line but one begins with; the last may be half there.
fn bytes_sent(said: &[u8]) -> Option<u64> {
    let mut lines = said.rsplit(|byte| matches!(byte, b'\r' | b'\n'));
    let line = std::str::from_utf8(lines.nth(1)?).ok()?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program of the shell, and whether it came to its end.
    async fn ends(script: &str, silence: Duration) -> bool {
        let mut command = bare("sh");
        command.args(["-c", script]);
        start(command).unwrap().end_unless_silent(silence).await.unwrap().is_some()
    }

    #[tokio::test]
    async fn a_program_that_neither_reads_nor_writes_is_ended_and_one_that_does_is_not() {
        let silence = Duration::from_secs(4);
        assert!(ends("for i in 1 2 3 4 5 6; do echo $i; sleep 1; done", silence).await);
        assert!(!ends("exec sleep 60", silence).await);
    }

    #[test]
    fn progress_is_read_from_whole_lines() {
        assert_eq!(bytes_sent(b"\r    32768   1%\r  98304   3%\r 1310"), Some(98304));
        assert_eq!(bytes_sent(b"  98304"), None);
        assert_eq!(bytes_sent(b"sending\nfiles"), None);
    }
}
