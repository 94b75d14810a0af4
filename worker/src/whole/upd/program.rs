//! The program `duckdb` as a child process, which writes the database: its library would take as long to compile
//! as everything else. Statements go in one after the other, and each is known to be done before the next.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Where a program is looked for that is named without its folder.
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What the database is called while it is written. It holds its own name, so that it is the same for all.
const NAME: &str = "upd.duckdb";

/// What is printed once statements are done.
const DONE: &str = "-- done";

/// Most of a complaint that is told, in bytes.
const MOST_TOLD: u64 = 1000;

/// Limits first: one thread keeps the order of the records, and what does not fit into the memory goes to files
/// beside the database. Nothing is fetched from anywhere.
const BEGIN: &str = "SET threads = 1; SET memory_limit = '1GiB'; SET temp_directory = 'spilled'; \
    SET autoinstall_known_extensions = false; SET autoload_known_extensions = false;";

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    /// The program is not there, or is not one.
    #[error("the program {program:?} that writes databases cannot be started")]
    Unstarted {
        /// What was to be started.
        program: String,
        /// Why it was not.
        #[source]
        cause: io::Error,
    },
    /// It ended before it was done.
    #[error("the program that writes databases failed: {why}")]
    Failed {
        /// What it complained about.
        why: String,
    },
}

/// The program at work. Dropped, it is killed.
#[derive(Debug)]
pub(super) struct Program {
    child: Child,
    statements: Option<ChildStdin>,
    said: BufReader<ChildStdout>,
    complaints: File,
}

impl Program {
    /// Starts it in a folder of its own, where the database and what goes in lie.
    pub(super) fn start(program: &Path, folder: &Path) -> Result<Self, DatabaseError> {
        let unstarted =
            |cause| DatabaseError::Unstarted { program: program.display().to_string(), cause };
        let complaints = tempfile::tempfile_in(folder).map_err(unstarted)?;
        let mut child = Command::new(program)
            .args(["-batch", "-bail", NAME])
            .current_dir(folder)
            .env_clear()
            .env("PATH", SEARCH_PATH)
            .env("HOME", folder)
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(complaints.try_clone().map_err(unstarted)?)
            .spawn()
            .map_err(unstarted)?;
        let statements = child.stdin.take();
        let said = BufReader::new(child.stdout.take().expect("the output is piped"));
        let mut program = Self { child, statements, said, complaints };
        program.run(BEGIN)?;
        Ok(program)
    }

    /// Has statements done.
    pub(super) fn run(&mut self, statements: &str) -> Result<(), DatabaseError> {
        if self.write(statements).is_err() {
            return Err(self.complaint());
        }
        let mut line = String::new();
        loop {
            line.clear();
            match self.said.read_line(&mut line) {
                Ok(0) | Err(_) => return Err(self.complaint()),
                Ok(_) if line.trim_end() == DONE => return Ok(()),
                Ok(_) => {}
            }
        }
    }

    /// Closes the database: it is one file then, which lies in this folder.
    pub(super) fn finish(mut self, folder: &Path) -> Result<File, DatabaseError> {
        self.run("CHECKPOINT;")?;
        drop(self.statements.take());
        let has_succeeded = self.child.wait().is_ok_and(|status| status.success());
        if !has_succeeded {
            return Err(self.complaint());
        }
        let file = File::open(folder.join(NAME));
        file.map_err(|cause| DatabaseError::Failed { why: format!("it left no database: {cause}") })
    }

    fn write(&mut self, statements: &str) -> io::Result<()> {
        let input = self.statements.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(input, "{statements}\n.print {DONE:?}")?;
        input.flush()
    }

    /// What it said before it ended.
    fn complaint(&mut self) -> DatabaseError {
        // Without input it comes to its end, if it has not already.
        drop(self.statements.take());
        let ended = self.child.wait();
        let mut said = Vec::new();
        // What was not read is not told.
        let _read = self
            .complaints
            .seek(SeekFrom::Start(0))
            .and_then(|_| (&self.complaints).take(MOST_TOLD).read_to_end(&mut said));
        let said = String::from_utf8_lossy(&said);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let why = match ended {
            _ if !said.is_empty() => said,
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        DatabaseError::Failed { why }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why_not(program: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        Program::start(Path::new(program), folder.path()).unwrap_err().to_string()
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let why = why_not("/nowhere/duckdb");
        assert!(why.contains("/nowhere/duckdb"), "{why}");
    }

    #[test]
    fn what_it_says_before_it_ends_is_told() {
        assert!(why_not("/bin/cat").contains("invalid option"), "{}", why_not("/bin/cat"));
        assert!(why_not("/bin/false").contains("exit status: 1"), "{}", why_not("/bin/false"));
    }
}
