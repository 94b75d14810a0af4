//! An rsync daemon of a test's own, with a module that asks for a user and a password.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use rustix::process::{Signal, kill_process};

use crate::{Program, descendant, free_port, until};

/// A daemon that serves one folder; it ends with its value.
pub struct RsyncDaemon {
    /// What a target says to reach it.
    pub to: String,
    /// The file with the password.
    pub password_file: PathBuf,
    program: Program,
}

impl RsyncDaemon {
    /// Starts one that takes files into `folder`, with its own files in `dir`.
    pub async fn start(dir: &Path, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let port = free_port()?;
        let (config, secrets) = (dir.join("rsyncd.conf"), dir.join("rsyncd.secrets"));
        fs::write(&secrets, "exporter:open sesame\n")?;
        fs::set_permissions(&secrets, fs::Permissions::from_mode(0o600))?;
        let id = rustix::process::getuid().as_raw();
        let text = format!(
            "address = 127.0.0.1\nport = {port}\nuse chroot = no\nuid = {id}\ngid = {gid}\n\
             [exports]\npath = {folder}\nread only = no\nauth users = exporter\n\
             secrets file = {secrets}\n",
            gid = rustix::process::getgid().as_raw(),
            folder = folder.display(),
            secrets = secrets.display(),
        );
        fs::write(&config, text)?;
        let password_file = dir.join("rsync.password");
        fs::write(&password_file, "open sesame\n")?;
        let config = format!("--config={}", config.display());
        let arguments = ["--daemon", "--no-detach", &config];
        let mut program = Program::start("rsyncd", dir, "rsync".as_ref(), arguments, &[])?;
        until("rsync daemon", Duration::from_mins(1), async || {
            program.still_runs()?;
            Ok(TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(()))
        })
        .await?;
        let to = format!("rsync://exporter@127.0.0.1:{port}/exports");
        Ok(Self { to, password_file, program })
    }

    /// Stops it for a while, as a network that swallows everything would, or lets it go on; and with it
    /// the processes by which it serves somebody.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        self.program.signal(signal)?;
        let mut last = self.program.id();
        while let Some(process) = last.and_then(|id| descendant(id, "rsync")) {
            kill_process(process, signal)?;
            last = u32::try_from(process.as_raw_nonzero().get()).ok();
        }
        Ok(())
    }
}
