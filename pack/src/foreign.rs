//! Other people's readers, which `./check tools` installs. One that is missing is a failure: what nobody
//! read is not known to be readable.

mod java;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use self::java::java;

/// Files of an archive in their order, with their content.
pub(crate) type Listing = Vec<(String, Vec<u8>)>;

/// Runs a program that must end well, and gives what it printed.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new(program);
    command.args(arguments);
    printed(command)
}

fn printed(mut command: Command) -> Vec<u8> {
    match command.env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).output() {
        Ok(Output { status, stdout, .. }) if status.success() => stdout,
        Ok(output) => panic!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => panic!("{command:?}: {error}; ./check tools installs it"),
    }
}

/// Runs a program of the environment that `./check tools` makes.
pub(crate) fn run_python(program: &str, arguments: &[&str]) -> Vec<u8> {
    let programs = concat!(env!("CARGO_MANIFEST_DIR"), "/../.cache/venv/bin");
    run(&format!("{programs}/{program}"), arguments)
}

/// Unpacks an archive by a program that takes `-C`, and looks for each file.
pub(crate) fn unpacks(program: &[&str], archive: &Path, listing: &Listing) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    let mut arguments = program[1..].to_vec();
    arguments.extend([archive.to_str().unwrap(), "-C", place]);
    run(program[0], &arguments);
    for (path, content) in listing {
        let found = std::fs::read(folder.path().join(path));
        assert!(found.is_ok_and(|found| found == *content), "{program:?}: {path}");
    }
}

/// Lists an archive by Python's `tarfile`, opened in a mode.
pub(crate) fn python_lists(mode: &str, archive: &Path, listing: &Listing) {
    let mut python = Command::new("python3");
    python.arg(source("untar.py")).arg(mode);
    lists(python, archive, listing);
}

/// Lists an archive by Java: commons-compress with its defaults.
pub(crate) fn java_lists(coding: &str, archive: &Path, listing: &Listing) {
    let mut java = java(&source("Untar.java")).unwrap();
    java.arg(coding);
    lists(java, archive, listing);
}

/// Lists a ZIP archive by the same, from the front.
pub(crate) fn java_unzips(archive: &Path, listing: &Listing) {
    lists(java(&source("Unzip.java")).unwrap(), archive, listing);
}

fn lists(mut command: Command, archive: &Path, listing: &Listing) {
    command.arg(archive);
    let told = format!("{command:?}");
    let found = String::from_utf8(printed(command)).unwrap();
    let line = |(path, content): &(String, Vec<u8>)| {
        format!("{:08x} {} {path}", crc32fast::hash(content), content.len())
    };
    let expected: Vec<String> = listing.iter().map(line).collect();
    assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{told}");
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/foreign").join(name)
}
