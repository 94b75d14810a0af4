//! A terminal, for programs that read a passphrase from nothing else.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Runs lines in a shell at a terminal, at which `typed` and a line end are typed; each line must succeed.
/// What the terminal showed.
pub(super) fn at_terminal(lines: &str, typed: &str, prepare: impl FnOnce(&mut Command)) -> String {
    let mut command = Command::new("script");
    let shell = "bash -euo pipefail -c \"$TYPED_LINES\"";
    command.args(["--quiet", "--return", "--command", shell, "/dev/null"]);
    command.env("TYPED_LINES", lines).env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    prepare(&mut command);
    let mut child = command.spawn().unwrap();
    // Held until the end, for the end of what is typed would be typed too.
    let mut keyboard = child.stdin.take().unwrap();
    writeln!(keyboard, "{typed}").unwrap();
    let ended = child.wait_with_output().unwrap();
    drop(keyboard);
    let shown = String::from_utf8_lossy(&ended.stdout).into_owned();
    let complained = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{lines}: {}\n{shown}{complained}", ended.status);
    shown
}
