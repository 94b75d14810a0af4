//! A program apart from everything: no network, no file but libraries and one of its own, nothing to
//! write to, an empty environment, and limits of time and memory (`bwrap`, `prlimit`, `timeout`). What it
//! reads and writes goes through pipes.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What one program may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Seconds of processor time.
    pub(super) processor_seconds: u32,
    /// Seconds on the clock.
    pub(super) seconds: u32,
    /// Length of its result.
    pub(super) result_bytes: u64,
}

/// The limits of every document (10 s, 30 s, 64 MiB).
pub(super) const LIMITS: Limits =
    Limits { processor_seconds: 10, seconds: 30, result_bytes: 64 << 20 };

/// What is said of a program that was ended by SIGXCPU, for it took too much processor time: 128 and
/// the signal's number. Nothing else ends it so, and another try would take as much.
pub(super) const OUT_OF_PROCESSOR_TIME: i32 = 128 + 24;

/// How much memory it may have (1 GiB).
const MEMORY_BYTES: u64 = 1 << 30;

/// How much of what it complains about is told, in characters.
const TOLD_CHARS: usize = 500;

/// What a program left.
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) result: Vec<u8>,
    pub(super) complaint: String,
}

/// Whether a code is what `timeout` says of a process that took too long, or what is said of one that
/// was killed.
pub(super) fn was_killed(code: i32) -> bool {
    matches!(code, 124 | 137)
}

/// xsltproc, apart from everything.
pub(super) fn sandbox(stylesheet: Option<&Path>, arguments: &[&str], limits: Limits) -> Command {
    let Limits { processor_seconds, seconds, .. } = limits;
    let mut command = Command::new("timeout");
    command.args(["--kill-after=1", &seconds.to_string(), "prlimit", "--core=0", "--fsize=0"]);
    // The soft limit alone: at the hard one it would be killed like one that ran out of memory.
    command.args([format!("--cpu={processor_seconds}:"), format!("--as={MEMORY_BYTES}")]);
    command.args(["--", "bwrap", "--unshare-all", "--die-with-parent", "--new-session"]);
    command.args(["--clearenv", "--cap-drop", "ALL", "--chdir", "/"]);
    command.args(["--ro-bind", "/usr/lib", "/usr/lib", "--symlink", "usr/lib", "/lib"]);
    command.args(["--ro-bind-try", "/usr/lib64", "/usr/lib64", "--symlink", "usr/lib64", "/lib64"]);
    command.args(["--ro-bind", "/usr/bin/xsltproc", "/usr/bin/xsltproc"]);
    if let Some(stylesheet) = stylesheet {
        command.arg("--ro-bind").arg(stylesheet).arg("/stylesheet.xsl");
    }
    command.arg("/usr/bin/xsltproc").args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Gives a program its input while its output is taken, for either may be longer than a pipe holds.
/// One byte more than the longest result tells that there is more.
pub(super) fn pass_through(mut child: Child, input: &[u8], limits: Limits) -> io::Result<Ended> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (result, complaint) = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A program that ends before it has read everything says itself why.
            stdin.map(|mut stdin| stdin.write_all(input).ok())
        });
        let complaint = scope.spawn(move || {
            let mut complaint = Vec::new();
            if let Some(mut stderr) = stderr {
                (&mut stderr).take(64 << 10).read_to_end(&mut complaint).ok();
                io::copy(&mut stderr, &mut io::sink()).ok();
            }
            complaint
        });
        let mut result = Vec::new();
        let read =
            stdout.map(|stdout| stdout.take(limits.result_bytes + 1).read_to_end(&mut result));
        let complaint = complaint.join().expect("reading does not panic");
        read.transpose().map(|_| (result, complaint))
    })?;
    let code = child.wait()?.code();
    Ok(Ended { code, result, complaint: told(&complaint) })
}

/// The beginning of a complaint, on one line.
fn told(complaint: &[u8]) -> String {
    let text = String::from_utf8_lossy(&complaint[..complaint.len().min(TOLD_CHARS * 4)]);
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(TOLD_CHARS).collect::<String>().trim().to_owned()
}
