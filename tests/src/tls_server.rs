//! A server whose certificate proves nothing: it says what it was sent, if anything.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::{Program, env, free_port, until};

/// Why a certificate proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// Nobody but the server itself signed it.
    SelfSigned,
    /// It has ended. Who signed it is among [`TlsServer::authorities`].
    Expired,
}

/// A server for `localhost`; it ends with its value.
pub struct TlsServer {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    /// Whom to trust, as PEM.
    pub authorities: PathBuf,
    program: Program,
}

impl TlsServer {
    /// Starts one with its files in `dir`.
    pub async fn start(dir: &Path, certificate: Certificate) -> Result<Self> {
        let port = free_port()?;
        let file = |name: &str| dir.join(format!("tls-{port}.{name}")).display().to_string();
        let [key, pem, ca_key, authorities, asked] =
            ["key", "pem", "ca.key", "ca.pem", "asked"].map(file);
        let kind = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let name = ["-subj", "/CN=Target", "-addext", "subjectAltName=DNS:localhost"];
        let begin = |more: &[&str]| openssl(&[&kind[..], &name[..], more].concat());
        let own = ["-subj", "/CN=Tests", "-x509", "-keyout", &ca_key, "-out", &authorities];
        openssl(&[&kind[..], &own[..]].concat())?;
        match certificate {
            Certificate::SelfSigned => {
                let leaf = ["-addext", "basicConstraints=critical,CA:FALSE"];
                begin(&[&leaf[..], &["-x509", "-keyout", &key, "-out", &pem]].concat())?;
            }
            Certificate::Expired => {
                begin(&["-keyout", &key, "-out", &asked])?;
                let signed = ["-CA", &authorities, "-CAkey", &ca_key, "-copy_extensions", "copy"];
                let ended = ["x509", "-req", "-days", "-1", "-in", &asked, "-out", &pem];
                openssl(&[&ended[..], &signed[..]].concat())?;
            }
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/setup/tls.py");
        let arguments = [script, &port.to_string(), &pem, &key];
        let python = env::venv().join("bin/python");
        let mut program = Program::start(&format!("tls-{port}"), dir, &python, arguments, &[])?;
        until("TLS server", Duration::from_mins(1), async || {
            program.still_runs()?;
            Ok(TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(()))
        })
        .await?;
        Ok(Self { port, authorities: authorities.into(), program })
    }

    /// What it was sent once its certificate was looked at, and why nothing was.
    pub fn seen(&self) -> Result<String> {
        self.program.log()
    }
}

pub(crate) fn openssl(arguments: &[&str]) -> Result<()> {
    let ended = Command::new("openssl").args(arguments).output().context("openssl")?;
    ensure!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
    Ok(())
}
