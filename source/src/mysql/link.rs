//! Connections to one server, all set the same: the text that types have must not depend on who
//! reads.

use std::fs;
use std::path::Path;
use std::time::Duration;

use fabric::secret::in_file;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, QueryResult, Row, SslOpts, TextProtocol};
use proto::source::{MysqlSpec, TlsSpec, Verify};

use super::failure::failure;
use crate::SourceError;
use crate::files::MAX_RECORD_BYTES;

/// How long a connection may take to come about, with log-in.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// Longest row that is taken from the server, in bytes: one that is longer than a record may be is
/// broken, and those after it are read. What is longer still ends the batch. Left out, it would be what
/// the server takes of its clients, 16 MiB as a rule.
const MAX_ROW_BYTES: usize = 2 * MAX_RECORD_BYTES;

/// What every session is set to. Whoever reads may be busy with what it has read, longer than the
/// minute that the server usually waits for it.
const SESSION: [&str; 4] = [
    "SET NAMES utf8mb4",
    "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES', time_zone = '+00:00', net_write_timeout = 86400, wait_timeout = 86400",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION TRANSACTION READ ONLY",
];

/// A server, and how to get in.
pub(super) struct Server {
    opts: Opts,
}

/// A connection. Dropped, it is cut.
pub(super) struct Link(Conn);

impl Server {
    /// The server of a specification.
    pub(super) fn of(spec: &MysqlSpec, base: &Path) -> Result<Self, SourceError> {
        let refused = |what: String| SourceError::Refused { what };
        let opts = Opts::from_url(&spec.url)
            .map_err(|error| refused(format!("the `url` is not one of a database: {error}")))?;
        if opts.pass().is_some() {
            return Err(refused(
                "the `url` has a password; it belongs into `password_file`".to_owned(),
            ));
        }
        if spec.url.contains('?') {
            return Err(refused(
                "the `url` has a query; how connections are encrypted is said in `tls`, and nothing else can be set"
                    .to_owned(),
            ));
        }
        let password = spec.password_file.as_ref().map(|file| {
            let text = fs::read_to_string(base.join(file));
            text.map_err(|error| refused(format!("the password in {}: {error}", file.display())))
        });
        let password = password.transpose()?;
        let opts = OptsBuilder::from_opts(opts)
            .pass(password.map(|text| in_file(&text).to_owned()))
            .prefer_socket(false)
            .ssl_opts(spec.tls.as_ref().map(|tls| encryption(tls, base)).transpose()?)
            .max_allowed_packet(Some(MAX_ROW_BYTES))
            .tcp_keepalive(Some(Duration::from_secs(30)))
            .setup(SESSION.map(str::to_owned).to_vec());
        Ok(Self { opts: opts.into() })
    }

    /// A connection.
    pub(super) async fn connect(&self) -> Result<Link, SourceError> {
        match tokio::time::timeout(CONNECT_WITHIN, Conn::new(self.opts.clone())).await {
            Ok(connected) => Ok(Link(connected.map_err(|error| failure(&error))?)),
            Err(_) => {
                let secs = CONNECT_WITHIN.as_secs();
                let what = format!("the database did not let us in within {secs} s");
                Err(SourceError::Unavailable { what })
            }
        }
    }
}

/// How connections are encrypted. Reads the authority's file, so that what is wrong with it is told now.
fn encryption(tls: &TlsSpec, base: &Path) -> Result<SslOpts, SourceError> {
    let mut opts = SslOpts::default();
    if let Some(file) = &tls.ca_file {
        let path = base.join(file);
        let pem = fs::read(&path).map_err(|error| SourceError::Refused {
            what: format!("the authority's file {}: {error}", path.display()),
        })?;
        opts = opts.with_root_certs(vec![pem.into()]).with_disable_built_in_roots(true);
    }
    Ok(match tls.verify {
        Verify::Full => opts,
        Verify::None => {
            opts.with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true)
        }
    })
}

/// Rows under way.
pub(super) type Rows<'l> = QueryResult<'l, 'static, TextProtocol>;

impl Link {
    /// Asks for rows, which come as they are taken.
    pub(super) async fn rows(&mut self, sql: &str) -> Result<Rows<'_>, SourceError> {
        self.0.query_iter(sql.to_owned()).await.map_err(|error| failure(&error))
    }

    /// All rows of a short answer.
    pub(super) async fn all(&mut self, sql: &str) -> Result<Vec<Row>, SourceError> {
        self.0.query(sql.to_owned()).await.map_err(|error| failure(&error))
    }

    /// The number that an answer has in its only cell.
    pub(super) async fn number(&mut self, sql: &str) -> Result<u64, SourceError> {
        let number: Option<u64> =
            self.0.query_first(sql.to_owned()).await.map_err(|error| failure(&error))?;
        Ok(number.unwrap_or(0))
    }

    /// Ends it in peace.
    pub(super) async fn part(self) {
        if let Err(error) = self.0.disconnect().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "connection cut");
        }
    }
}
