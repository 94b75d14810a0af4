//! A server of a test's own, to be killed, frozen and started again.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::process::Command;

use crate::program::Program;
use crate::wait::until;

/// How long a server may take to serve; RabbitMQ takes 4 s on an idle machine.
const DEADLINE: Duration = Duration::from_secs(90);

/// What kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `LONGSHORE_TEST_AMQP` and `LONGSHORE_TEST_AMQP_MANAGEMENT`.
    RabbitMq,
    /// `LONGSHORE_TEST_REDIS`.
    Redis,
    /// `LONGSHORE_TEST_S3` and its keys.
    SeaweedFs,
    /// `LONGSHORE_TEST_S3_SECOND`; forgets everything when killed.
    Moto,
    /// `LONGSHORE_TEST_POSTGRES`.
    Postgres,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::RabbitMq => "rabbitmq",
            Self::Redis => "redis",
            Self::SeaweedFs => "seaweedfs",
            Self::Moto => "moto",
            Self::Postgres => "postgres",
        }
    }
}

/// A server with its data in a folder of its own; both go when it is dropped.
pub struct Server {
    kind: Kind,
    program: Program,
    addresses: HashMap<String, String>,
    dir: TempDir,
}

impl Server {
    /// Starts one and waits until it serves.
    pub async fn start(kind: Kind) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("longshore-server-").tempdir()?;
        let program = run(kind, dir.path())?;
        let mut server = Self { kind, program, addresses: HashMap::new(), dir };
        server.serves().await?;
        let file = fs::read_to_string(server.dir.path().join("env"))?;
        let lines = file.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        server.addresses = lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(server)
    }

    /// An address or key, by the variable that tells it; see [`Kind`].
    pub fn address(&self, variable: &str) -> Result<&str> {
        let found = self.addresses.get(variable).map(String::as_str);
        found.with_context(|| format!("{} has no {variable}", self.kind.name()))
    }

    /// Ends it as a power failure would.
    pub async fn kill(&mut self) -> Result<()> {
        self.program.kill().await
    }

    /// Starts it again after [`Server::kill`], on the same ports, with the data that survived.
    pub async fn start_again(&mut self) -> Result<()> {
        self.program = run(self.kind, self.dir.path())?;
        self.serves().await
    }

    /// Lets it hang: connections stay open, nothing is answered.
    pub fn freeze(&self) -> Result<()> {
        self.program.signal(Signal::STOP)
    }

    /// Ends [`Server::freeze`].
    pub fn thaw(&self) -> Result<()> {
        self.program.signal(Signal::CONT)
    }

    async fn serves(&mut self) -> Result<()> {
        let (kind, dir) = (self.kind, self.dir.path());
        let program = &mut self.program;
        until(&format!("{} that serves", kind.name()), DEADLINE, async || {
            program.still_runs()?;
            let ready = Command::new(script(kind)).arg("ready").arg(dir).output().await?;
            Ok(ready.status.success().then_some(()))
        })
        .await
    }
}

fn run(kind: Kind, dir: &Path) -> Result<Program> {
    let arguments = ["run".as_ref(), dir.as_os_str()];
    Program::start(
        "start",
        dir,
        script(kind).as_ref(),
        arguments,
        &[("LONGSHORE_TEST_PDEATHSIG", "KILL")],
    )
}

fn script(kind: Kind) -> String {
    format!("{}/setup/servers/{}.sh", env!("CARGO_MANIFEST_DIR"), kind.name())
}
