//! A server whose certificate proves nothing: it says what it was sent, if anything.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use crate::certificate::{Certified, self_signed, signed};
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
        let stem = format!("tls-{port}");
        let Certified { key, pem, authorities } = match certificate {
            Certificate::SelfSigned => self_signed(dir, &stem)?,
            Certificate::Expired => signed(dir, &stem, -1)?,
        };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/setup/tls.py");
        let arguments = [script, &port.to_string(), &pem, &key];
        let python = env::venv().join("bin/python");
        let mut program = Program::start(&stem, dir, &python, arguments, &[])?;
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
