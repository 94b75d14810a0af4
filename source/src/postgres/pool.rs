//! Connections to one database: made when needed, used by one reader at a time, kept while idle.
//!
//! Every session is set the same, whatever the defaults of server, database and role: the text that
//! types have must not depend on who reads. A pooler in front must therefore keep sessions.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use fabric::secret::in_file;
use proto::source::PostgresSpec;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, Connection, NoTls};
use tokio_util::task::AbortOnDropHandle;

use super::failure::failure;
use super::tls::Tls;
use crate::SourceError;

/// How long a connection may take to come about, with log-in.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// After how long without traffic the kernel asks whether the other side lives, so that a held
/// snapshot survives firewalls that forget, and a vanished server is noticed.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);

/// How many idle connections are kept.
const MOST_IDLE: usize = 4;

/// What every session is set to; settings that a server does not know are left out.
const SESSION: &str = "\
SELECT set_config(name, value, false) FROM (VALUES
    ('default_transaction_read_only', 'on'),
    ('synchronize_seqscans', 'off'),
    ('standard_conforming_strings', 'on'),
    ('DateStyle', 'ISO, YMD'),
    ('IntervalStyle', 'postgres'),
    ('TimeZone', 'UTC'),
    ('bytea_output', 'hex'),
    ('xmlbinary', 'base64'),
    ('extra_float_digits', '1'),
    ('lc_monetary', 'C'),
    ('jit', 'off'),
    ('statement_timeout', '0'),
    ('transaction_timeout', '0'),
    ('idle_session_timeout', '0'),
    ('idle_in_transaction_session_timeout', '0')
) AS wanted (name, value) JOIN pg_catalog.pg_settings USING (name)";

/// The connections.
pub(super) struct Pool {
    config: Config,
    tls: Option<Tls>,
    idle: Mutex<Vec<Link>>,
}

/// A connection. Dropped, it is cut: the server ends whatever it was doing.
pub(super) struct Link {
    client: Client,
    /// Moves the bytes; the client alone does nothing.
    _traffic: AbortOnDropHandle<()>,
}

impl Pool {
    /// A pool without connections yet.
    pub(super) fn new(mut config: Config, tls: Option<Tls>) -> Self {
        if tls.is_some() {
            // A server that does not encrypt is refused.
            config.ssl_mode(SslMode::Require);
        }
        config.application_name("longshore").keepalives(true).keepalives_idle(KEEPALIVE_IDLE);
        Self { config, tls, idle: Mutex::new(Vec::new()) }
    }

    /// An idle connection that still answers, or a new one.
    pub(super) async fn take(&self) -> Result<Link, SourceError> {
        while let Some(link) = self.pop() {
            if !link.client.is_closed() && link.client.check_connection().await.is_ok() {
                return Ok(link);
            }
        }
        tokio::time::timeout(CONNECT_WITHIN, self.connect()).await.unwrap_or_else(|_| {
            let what =
                format!("the database did not let us in within {} s", CONNECT_WITHIN.as_secs());
            Err(SourceError::Unavailable { what })
        })
    }

    /// Keeps a connection for the next reader. Only for one without an open transaction.
    pub(super) fn give_back(&self, link: Link) {
        let mut idle = self.idle.lock().expect("no holder of this lock panics");
        if idle.len() < MOST_IDLE {
            idle.push(link);
        }
    }

    fn pop(&self) -> Option<Link> {
        self.idle.lock().expect("no holder of this lock panics").pop()
    }

    async fn connect(&self) -> Result<Link, SourceError> {
        let (client, traffic) = match &self.tls {
            None => self.config.connect(NoTls).await.map(moving),
            Some(tls) => self.config.connect(tls.clone()).await.map(moving),
        }
        .map_err(|error| failure(&error))?;
        let link = Link { client, _traffic: AbortOnDropHandle::new(traffic) };
        link.batch_execute(SESSION).await.map_err(|error| failure(&error))?;
        Ok(link)
    }
}

/// A client, and what moves its bytes.
fn moving<S, T>((client, connection): (Client, Connection<S, T>)) -> (Client, JoinHandle<()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let traffic = tokio::spawn(async move {
        if let Err(error) = connection.await {
            // Whoever waits for an answer gets the error too; here it is for idle connections.
            tracing::debug!(error = %error, "database connection ended");
        }
    });
    (client, traffic)
}

/// How a specification's server is reached. Reads the password's file.
pub(super) fn config(spec: &PostgresSpec, base: &Path) -> Result<Config, SourceError> {
    let mut config: Config =
        spec.url.parse().map_err(|error: tokio_postgres::Error| failure(&error))?;
    if config.get_password().is_some() {
        let what = "the URL holds a password; put it into a file and name that in `password_file`"
            .to_owned();
        return Err(SourceError::Refused { what });
    }
    if config.get_ssl_mode() == SslMode::Require {
        let what =
            "the URL asks for TLS; say how in `tls` beside it, such as `\"tls\": {}`, and leave \
                    `sslmode` out"
                .to_owned();
        return Err(SourceError::Refused { what });
    }
    if let Some(file) = &spec.password_file {
        let path = base.join(file);
        let password = fs::read_to_string(&path).map_err(|error| SourceError::Refused {
            what: format!("the password's file {} cannot be read: {error}", path.display()),
        })?;
        config.password(in_file(&password));
    }
    Ok(config)
}

impl std::ops::Deref for Link {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}
