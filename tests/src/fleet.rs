//! The real binary in its roles, as an operator starts it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::process::Command;

use crate::program::Program;

/// A folder with one configuration, and the processes that are started with it.
pub struct Fleet {
    dir: TempDir,
    binary: PathBuf,
    config: PathBuf,
}

impl Fleet {
    /// A fleet without processes, configured by the text of a TOML file.
    pub fn new(config: &str) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("longshore-fleet-").tempdir()?;
        let path = dir.path().join("longshore.toml");
        fs::write(&path, config)?;
        Ok(Self { dir, binary: binary()?, config: path })
    }

    /// Where logs, results and whatever else belongs to the test lie.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The binary.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// Starts the binary in a role: `longshore <role> --config FILE`. `name` tells its log from that
    /// of another process in the same role.
    pub fn start(&self, role: &str, name: &str, variables: &[(&str, &str)]) -> Result<Program> {
        let arguments = [role.as_ref(), "--config".as_ref(), self.config.as_os_str()];
        Program::start(name, self.dir(), &self.binary, arguments, variables)
    }

    /// Runs the binary with the configuration and these arguments to its end; what it printed.
    pub async fn run(&self, arguments: &[&str]) -> Result<String> {
        let ended = Command::new(&self.binary)
            .arg("--config")
            .arg(&self.config)
            .args(arguments)
            .current_dir(self.dir())
            .output()
            .await?;
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let complained = String::from_utf8_lossy(&ended.stderr);
        ensure!(ended.status.success(), "{arguments:?}: {}\n{said}{complained}", ended.status);
        Ok(said)
    }

    /// Starts the binary with these arguments and no configuration.
    pub fn command(&self, name: &str, arguments: &[&str]) -> Result<Program> {
        self.command_with(name, arguments, &[])
    }

    /// The same, with variables of the environment.
    pub fn command_with(
        &self,
        name: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<Program> {
        Program::start(name, self.dir(), &self.binary, arguments, variables)
    }
}

/// The binary that was built with these tests. Cargo tells its place only to tests of its own
/// package, but it lies beside the folder that holds them.
pub fn binary() -> Result<PathBuf> {
    let tests = std::env::current_exe()?;
    let profile = tests.parent().and_then(Path::parent).context("the tests lie in no folder")?;
    let binary = profile.join("longshore");
    ensure!(binary.is_file(), "{} is missing: cargo build -p longshore", binary.display());
    Ok(binary)
}
