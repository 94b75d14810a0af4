//! An ssh server of a test's own, that lets one key in as whoever runs the tests.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::{Program, free_port, until};

/// A server; it ends with its value.
pub struct SshServer {
    /// Who logs in.
    pub user: String,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    /// The key that is let in.
    pub key_file: PathBuf,
    /// What the server is known by.
    pub known_hosts_file: PathBuf,
    dir: PathBuf,
    _program: Program,
}

impl SshServer {
    /// Starts one with its files in `dir`. `rights` stand before the key in `authorized_keys`, such as
    /// `restrict,command="…"`.
    pub async fn start(dir: &Path, rights: &str) -> Result<Self> {
        // The server takes its rights away in there; the package makes it at boot.
        fs::create_dir_all("/run/sshd").context("/run/sshd")?;
        let port = free_port()?;
        let [key_file, host_key, authorized, known_hosts_file, config] =
            ["ssh.key", "ssh.host", "ssh.authorized", "ssh.known_hosts", "sshd.conf"]
                .map(|name| dir.join(name));
        let (key, host) = (make_key(&key_file)?, make_key(&host_key)?);
        fs::write(&authorized, format!("{rights} {key}"))?;
        fs::write(&known_hosts_file, format!("[127.0.0.1]:{port} {host}"))?;
        let text = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
             UsePAM no\nStrictModes no\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n",
            host_key.display(),
            authorized.display(),
        );
        fs::write(&config, text)?;
        let arguments = ["-D".as_ref(), "-e".as_ref(), "-f".as_ref(), config.as_os_str()];
        let mut program = Program::start("sshd", dir, "/usr/sbin/sshd".as_ref(), arguments, &[])?;
        until("ssh server", Duration::from_mins(1), async || {
            program.still_runs()?;
            Ok(TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(()))
        })
        .await?;
        let user = Command::new("id").arg("-un").output()?.stdout;
        let user = String::from_utf8(user)?.trim().to_owned();
        let dir = dir.to_owned();
        Ok(Self { user, port, key_file, known_hosts_file, dir, _program: program })
    }

    /// Makes the server known by another key than it has.
    pub fn be_known_by_another_key(&self) -> Result<()> {
        let other = make_key(&self.dir.join("ssh.other"))?;
        Ok(fs::write(&self.known_hosts_file, format!("[127.0.0.1]:{} {other}", self.port))?)
    }
}

/// Makes a key; its public half.
fn make_key(file: &Path) -> Result<String> {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(file)
        .status()
        .context("ssh-keygen")?;
    ensure!(made.success(), "ssh-keygen ended with {made}");
    Ok(fs::read_to_string(file.with_extension(public(file)))?)
}

/// The extension of the public half.
fn public(file: &Path) -> String {
    let extension = file.extension().unwrap_or_default().to_string_lossy().into_owned();
    format!("{extension}.pub")
}
