//! An FTP server of a test's own: a real one, that fails where it is told to.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use tokio::net::TcpStream;

use crate::certificate::{Certified, signed};
use crate::env;
use crate::port::free_port;
use crate::program::Program;
use crate::wait::until;

/// How long it may take to start, or to end.
const DEADLINE: Duration = Duration::from_mins(1);

/// How a server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ftps {
    /// By `AUTH TLS`.
    Explicit,
    /// From the first byte on.
    Implicit,
}

/// A server of one folder, for the user `export` with the password `s3cret`; it ends with its value.
pub struct FtpServer {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    /// The file with the password.
    pub password_file: PathBuf,
    /// Whom to trust, as PEM, where it speaks by TLS: then it is `localhost`.
    pub authorities: Option<PathBuf>,
    dir: PathBuf,
    faults: PathBuf,
    arguments: Vec<String>,
    program: Program,
}

impl FtpServer {
    /// Starts one that serves `folder` by TLS and not otherwise, with its own files in `dir`.
    pub async fn encrypted(dir: &Path, folder: &Path, ftps: Ftps) -> Result<Self> {
        let Certified { key, pem, authorities } = signed(dir, "ftp", 1)?;
        let both = format!("{}{}", fs::read_to_string(&pem)?, fs::read_to_string(&key)?);
        fs::write(&pem, both)?;
        let ftps = match ftps {
            Ftps::Explicit => "--tls=explicit",
            Ftps::Implicit => "--tls=implicit",
        };
        let more = [ftps.to_owned(), format!("--certificate={pem}")];
        let server = Self::serve(dir, folder, &more).await?;
        Ok(Self { authorities: Some(authorities.into()), ..server })
    }

    /// Starts one that knows no TLS.
    pub async fn plain(dir: &Path, folder: &Path) -> Result<Self> {
        Self::serve(dir, folder, &[]).await
    }

    /// Starts one that knows no TLS, and takes so many bytes in a second.
    pub async fn slow(dir: &Path, folder: &Path, bytes: u32) -> Result<Self> {
        Self::serve(dir, folder, &[format!("--slow={bytes}")]).await
    }

    async fn serve(dir: &Path, folder: &Path, more: &[String]) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let port = free_port()?;
        let (faults, password_file) = (dir.join("ftp.faults"), dir.join("ftp.password"));
        fs::write(&password_file, "s3cret\n")?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/setup/ftp/server.py").to_owned();
        let (folder, told) = (folder.display().to_string(), faults.display().to_string());
        let arguments = [&[script, port.to_string(), folder, told][..], more].concat();
        let program = start(dir, port, &arguments).await?;
        let dir = dir.to_owned();
        Ok(Self { port, password_file, authorities: None, dir, faults, arguments, program })
    }

    /// Makes the next commands fail, a line for each: `STOR 552 Full`, `RNTO 450 Busy`; `STOR cut 1000`
    /// ends the connection after so many bytes, and `STOR die 1000` the server; `STOR full 1000` takes no
    /// more than that and says 552; `RNTO -` is let pass.
    pub fn fail(&self, faults: &[&str]) -> Result<()> {
        Ok(fs::write(&self.faults, faults.join("\n"))?)
    }

    /// Waits until it has died, and starts it again.
    pub async fn rise_again(&mut self) -> Result<()> {
        self.program.wait(DEADLINE).await?;
        self.program = start(&self.dir, self.port, &self.arguments).await?;
        Ok(())
    }

    /// The commands that came, and after those of files how many bytes came with them: `took 4096`.
    pub fn seen(&self) -> Result<String> {
        Ok(fs::read_to_string(self.faults.with_extension("faults.seen"))?)
    }

    /// How many bytes of files came.
    pub fn took(&self) -> Result<Vec<u64>> {
        let seen = self.seen()?;
        let took = seen.lines().filter_map(|line| line.strip_prefix("took "));
        Ok(took.map(str::parse).collect::<Result<_, _>>()?)
    }
}

async fn start(dir: &Path, port: u16, arguments: &[String]) -> Result<Program> {
    let python = env::venv().join("bin/python");
    let mut program = Program::start("ftp", dir, &python, arguments, &[])?;
    until("FTP server", DEADLINE, async || {
        program.still_runs()?;
        Ok(TcpStream::connect(("127.0.0.1", port)).await.ok())
    })
    .await?;
    Ok(program)
}
