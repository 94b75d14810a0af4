//! A WebDAV server of a test's own: a real one, that fails where it is told to.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use tokio::net::TcpStream;

use crate::env;
use crate::port::free_port;
use crate::program::Program;
use crate::wait::until;

/// A server of one folder, for the user `export` with the password `s3cret`; it ends with its value.
pub struct WebdavServer {
    /// The folder's URL.
    pub url: String,
    /// The file with the password.
    pub password_file: PathBuf,
    faults: PathBuf,
    _program: Program,
}

impl WebdavServer {
    /// Starts one that serves `folder`, with its own files in `dir`.
    pub async fn start(dir: &Path, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let port = free_port()?;
        let faults = dir.join("webdav.faults");
        let password_file = dir.join("webdav.password");
        fs::write(&password_file, "s3cret\n")?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/setup/webdav/server.py");
        let (number, folder) = (port.to_string(), folder.display().to_string());
        let told = faults.display().to_string();
        let arguments = [script, &number, &folder, &told];
        let python = env::venv().join("bin/python");
        let mut program = Program::start("webdav", dir, &python, arguments, &[])?;
        until("WebDAV server", Duration::from_mins(1), async || {
            program.still_runs()?;
            Ok(TcpStream::connect(("127.0.0.1", port)).await.ok())
        })
        .await?;
        let url = format!("http://127.0.0.1:{port}/dav");
        Ok(Self { url, password_file, faults, _program: program })
    }

    /// Makes the next requests of some methods fail, a line for each: `PUT 507`,
    /// `PUT 503 Retry-After: 1`; `MOVE 0` is done without an answer, `PUT -` is let pass, `GET !` is answered
    /// with another byte.
    pub fn fail(&self, faults: &[&str]) -> Result<()> {
        Ok(fs::write(&self.faults, faults.join("\n"))?)
    }

    /// The faults that have not come to pass.
    pub fn left(&self) -> Result<String> {
        Ok(fs::read_to_string(&self.faults)?)
    }
}
