//! Other people's readers, which `./check tools` installs. One that is missing is a failure: what nobody
//! read is not known to be readable.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Files of an archive in their order, with their content.
pub(crate) type Listing = Vec<(String, Vec<u8>)>;

/// Apache commons-compress, as Debian installs it.
const COMMONS_COMPRESS: &str = "/usr/share/java/commons-compress.jar";

/// Runs a program that must end well, and gives what it printed.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(Output { status, stdout, .. }) if status.success() => stdout,
        Ok(output) => {
            panic!("{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr))
        }
        Err(error) => panic!("{program}: {error}; ./check tools installs it"),
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
    let script = source("untar.py");
    lists("python3", &[script.to_str().unwrap(), mode], archive, listing);
}

/// Lists an archive by Java: commons-compress with its defaults.
pub(crate) fn java_lists(coding: &str, archive: &Path, listing: &Listing) {
    let program = source("Untar.java");
    let arguments = ["-cp", COMMONS_COMPRESS, program.to_str().unwrap(), coding];
    lists("java", &arguments, archive, listing);
}

/// Lists a ZIP archive by the same, from the front.
pub(crate) fn java_unzips(archive: &Path, listing: &Listing) {
    let program = source("Unzip.java");
    lists("java", &["-cp", COMMONS_COMPRESS, program.to_str().unwrap()], archive, listing);
}

fn lists(program: &str, arguments: &[&str], archive: &Path, listing: &Listing) {
    let arguments = [arguments, &[archive.to_str().unwrap()]].concat();
    let found = run(program, &arguments);
    let line = |(path, content): &(String, Vec<u8>)| {
        format!("{:08x} {} {path}", crc32fast::hash(content), content.len())
    };
    let expected: Vec<String> = listing.iter().map(line).collect();
    let found = String::from_utf8(found).unwrap();
    assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{program} {arguments:?}");
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/foreign").join(name)
}
