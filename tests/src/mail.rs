//! Mail servers of a test's own: Exim, and one that fails as it is told; and what they took.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::port::free_port;
use crate::program::Program;
use crate::wait::until;

/// How long a server may take to listen, and a mail to arrive.
const DEADLINE: Duration = Duration::from_mins(1);

/// A mail server that wants the login `export` with `s3cret`.
pub struct MailServer {
    program: Program,
    port: u16,
    security: Security,
    dir: TempDir,
}

/// How a mail server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// It wants STARTTLS.
    Starttls,
    /// TLS from the first byte.
    Wrapped,
    /// In the clear, and no other way.
    Plain,
}

/// A mail that a server took.
#[derive(Debug, Clone)]
pub struct Letter(Value);

impl MailServer {
    /// Exim by STARTTLS, which takes mails of at most `limit`, such as `40M`.
    pub async fn exim(limit: &str) -> Result<Self> {
        let (dir, port) = (folder()?, free_port()?);
        let place = dir.path().display().to_string();
        for name in ["spool", "log", "inbox"] {
            fs::create_dir(dir.path().join(name))?;
        }
        let is_root = rustix::process::geteuid().is_root();
        let (user, drop) = if is_root {
            ("  user = Debian-exim\n  group = Debian-exim", "")
        } else {
            ("", "deliver_drop_privilege = true")
        };
        let config = fs::read_to_string(script("exim.conf"))?
            .replace("@DIR@", &place)
            .replace("@PORT@", &port.to_string())
            .replace("@LIMIT@", limit)
            .replace("@USER@", user)
            .replace("@DROP@", drop);
        let path = dir.path().join("exim.conf");
        fs::write(&path, config)?;
        if is_root {
            run("chown", &["-R", "Debian-exim:Debian-exim", &place])?;
            // Exim reads only what root alone may have written.
            run("chown", &["root:root", &path.display().to_string()])?;
        }
        let arguments = ["-C", &path.display().to_string(), "-bdf", "-q1m"].map(str::to_owned);
        let program =
            Program::start("exim", dir.path(), "/usr/sbin/exim4".as_ref(), arguments, &[])?;
        Self { program, port, security: Security::Starttls, dir }.listening().await
    }

    /// A server by STARTTLS that fails by whom a mail is for; see `tests/setup/mail/sink.py`.
    pub async fn failing() -> Result<Self> {
        Self::sink(Security::Starttls, 40 << 20).await
    }

    /// The same, with another security and another size of mails that it says it takes.
    pub async fn sink(security: Security, limit: u64) -> Result<Self> {
        let (dir, port) = (folder()?, free_port()?);
        let word = match security {
            Security::Starttls => "starttls",
            Security::Wrapped => "wrapped",
            Security::Plain => "plain",
        };
        let arguments = [
            script("sink.py").display().to_string(),
            port.to_string(),
            dir.path().display().to_string(),
            word.to_owned(),
            limit.to_string(),
        ];
        let program = Program::start("sink", dir.path(), &python(), arguments, &[])?;
        Self { program, port, security, dir }.listening().await
    }

    /// The section `[email]` of a configuration that sends by this server.
    pub fn config(&self) -> String {
        let scheme = match self.security {
            Security::Starttls | Security::Plain => "smtp",
            Security::Wrapped => "smtps",
        };
        format!(
            "[email]\nserver = \"{scheme}://localhost:{}\"\nuser = \"export\"\npassword = \"s3cret\"\n\
             from = \"Longshore <exports@example.org>\"\nca_file = \"{}\"\ndeadline = \"10s\"\n",
            self.port,
            self.certificate().display()
        )
    }

    /// Where it listens on `localhost`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate by which it is known.
    pub fn certificate(&self) -> PathBuf {
        self.dir.path().join("cert.pem")
    }

    /// How many it took so far.
    pub fn count(&self) -> usize {
        // The folder comes with the first one.
        let inbox = fs::read_dir(self.dir.path().join("inbox/new"));
        inbox.map_or(0, Iterator::count)
    }

    /// What it took so far, in the order of arrival.
    pub fn letters(&self) -> Result<Vec<Letter>> {
        self.read(None)
    }

    /// The same, with what is attached to each written below a folder, in one that is called as
    /// [`Letter::part`] `file`.
    pub fn letters_opened(&self, folder: &Path) -> Result<Vec<Letter>> {
        self.read(Some(folder))
    }

    fn read(&self, folder: Option<&Path>) -> Result<Vec<Letter>> {
        let inbox = self.dir.path().join("inbox/new");
        let script = script("letters.py");
        let read = Command::new(python()).arg(script).arg(inbox).args(folder).output()?;
        ensure!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        let letters: Vec<Value> = serde_json::from_slice(&read.stdout)?;
        Ok(letters.into_iter().map(Letter).collect())
    }

    /// What a failing server was told of each mail before it was sent, such as `FROM:<a@b.c> SIZE=9`.
    pub fn asked(&self) -> Result<Vec<String>> {
        let asked = fs::read_to_string(self.dir.path().join("asked"))?;
        Ok(asked.lines().map(str::to_owned).collect())
    }

    /// Waits until it took so many.
    pub async fn took(&self, count: usize) -> Result<Vec<Letter>> {
        until(&format!("{count} mails"), DEADLINE, async || {
            let letters = self.letters()?;
            Ok((letters.len() >= count).then_some(letters))
        })
        .await
    }

    async fn listening(mut self) -> Result<Self> {
        let (program, address) = (&mut self.program, ("127.0.0.1", self.port));
        until("listening mail server", DEADLINE, async || {
            program.still_runs()?;
            Ok(TcpStream::connect(address).await.ok())
        })
        .await?;
        Ok(self)
    }
}

impl Letter {
    /// Whom it was for, by the envelope.
    pub fn to(&self) -> &str {
        self.0["to"].as_str().unwrap_or_default()
    }

    /// A header; the empty text where there is none.
    pub fn header(&self, name: &str) -> &str {
        let headers = self.0["headers"].as_array().into_iter().flatten();
        let mut found = headers.filter(|header| header[0].as_str() == Some(name));
        found.next().and_then(|header| header[1].as_str()).unwrap_or_default()
    }

    /// `plain`, `html`, `attachments`, `addressed`, `defects` or `file`.
    pub fn part(&self, name: &str) -> &Value {
        &self.0[name]
    }

    /// The text of `plain` or `html`.
    pub fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_default()
    }
}

/// A folder that the server's own user may enter, with a certificate for `localhost`.
fn folder() -> Result<TempDir> {
    let dir = tempfile::Builder::new().prefix("longshore-mail-").tempdir()?;
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755))?;
    let file = |name: &str| dir.path().join(name).display().to_string();
    run(
        "openssl",
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            &file("key.pem"),
            "-out",
            &file("cert.pem"),
        ],
    )?;
    Ok(dir)
}

fn run(command: &str, arguments: &[&str]) -> Result<()> {
    let ended = Command::new(command).args(arguments).output();
    let ended = ended.with_context(|| format!("{command} does not start"))?;
    ensure!(ended.status.success(), "{command}: {}", String::from_utf8_lossy(&ended.stderr));
    Ok(())
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("setup/mail").join(name)
}

/// The Python that has the test servers.
fn python() -> PathBuf {
    crate::env::venv().join("bin/python")
}
