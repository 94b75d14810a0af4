//! A shell as somebody has it who reads the manual: the program is there by its name, and so are the
//! variables that the manual uses.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::{Program, binary};

use super::super::desk::Desk;
use super::super::terminal::at_terminal;
use super::block::Block;
use super::line::lines;

/// The shell.
pub(super) struct Shell {
    folder: PathBuf,
    path: String,
    variables: Vec<(String, String)>,
}

impl Shell {
    /// One in a folder of a desk, with variables.
    pub(super) fn new(desk: &Desk, folder: &str, variables: &[(&str, &str)]) -> Self {
        let programs = desk.path("programs");
        fs::create_dir_all(&programs).unwrap();
        // It may be there from another shell of the same desk.
        drop(symlink(binary().unwrap(), programs.join("longshore")));
        #[expect(clippy::disallowed_methods, reason = "the programs of the machine are there too")]
        let others = std::env::var("PATH").unwrap();
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            folder: desk.path(folder),
            path: format!("{}:{others}", programs.display()),
            variables: variables.iter().map(owned).collect(),
        }
    }

    /// Runs lines, each of which must succeed; what they printed. A word in capitals that is one of the
    /// variables stands for its value, as `EXPORT` does in `longshore show EXPORT`.
    pub(super) fn run(&self, lines: &str) -> String {
        let lines = self.put(lines);
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c", &lines]);
        self.prepare(&mut command);
        let ended = command.output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let complained = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{lines}: {}\n{said}{complained}", ended.status);
        said
    }

    /// Runs the lines of a block one after the other; what each printed. What a line sets is set in all that
    /// follow.
    pub(super) fn run_each(&self, block: &Block) -> Vec<String> {
        let (mut set, mut said) = (String::new(), Vec::new());
        for line in lines(block) {
            if line.split(' ').next().is_some_and(|word| word.contains('=')) {
                set.push_str(&line);
                set.push('\n');
            } else {
                said.push(self.run(&format!("{set}{line}")));
            }
        }
        said
    }

    /// Starts a line that does not end by itself.
    pub(super) fn start(&self, name: &str, line: &str) -> Program {
        let line = format!("cd {} && exec {}", self.folder.display(), self.put(line));
        let others = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let variables: Vec<(&str, &str)> = others.chain([("PATH", self.path.as_str())]).collect();
        Program::start(name, &self.folder, Path::new("bash"), ["-c", &line], &variables).unwrap()
    }

    /// Runs lines at a terminal, where a passphrase is typed whenever one is asked for.
    pub(super) fn run_at_terminal(&self, lines: &str, passphrase: &str) -> String {
        let asked = lines.matches("# asks").count();
        let typed = vec![passphrase; asked].join("\n");
        at_terminal(&self.put(lines), &typed, |command| self.prepare(command))
    }

    fn put(&self, lines: &str) -> String {
        let mut lines = lines.to_owned();
        for (name, value) in &self.variables {
            lines = lines.replace(&format!(" {name}"), &format!(" {value}"));
        }
        lines
    }

    fn prepare(&self, command: &mut Command) {
        command.current_dir(&self.folder).env("PATH", &self.path);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }
}
