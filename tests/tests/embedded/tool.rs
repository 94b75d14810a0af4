//! Other people's programs, which judge what a run left.

use std::ffi::OsStr;
use std::process::Command;

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
