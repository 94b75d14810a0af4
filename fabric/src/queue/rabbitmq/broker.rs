//! The broker: where it is, how to connect to it, and how long to wait for it.

use std::future::Future;
use std::time::Duration;

use lapin::uri::AMQPUri;
use lapin::{Connection, ConnectionProperties};
use secrecy::ExposeSecret as _;

use super::RabbitConfig;
use super::topology::Names;
use crate::queue::QueueError;
use crate::retry::Backoff;

/// How a broker is reached; never printed, for the address holds the password.
pub(super) struct Broker {
    uri: AMQPUri,
    pub(super) names: Names,
    pub(super) delivery_limit: u32,
    pub(super) deadline: Duration,
}

/// How long to wait before connecting again.
pub(super) const RECONNECT: Backoff =
    Backoff { first: Duration::from_millis(200), most: Duration::from_secs(5) };

/// The address cannot be read. Says nothing of what it is, for a password may be in it.
#[derive(Debug, thiserror::Error)]
#[error("the address is not an amqp:// or amqps:// URL")]
struct UnreadableUrl;

impl Broker {
    pub(super) fn new(config: RabbitConfig) -> Result<Self, QueueError> {
        let uri: Result<AMQPUri, String> = config.url.expose_secret().parse();
        let mut uri = uri.map_err(|_| unavailable("connect", UnreadableUrl))?;
        uri.query.heartbeat =
            Some(u16::try_from(config.heartbeat.as_secs().max(1)).unwrap_or(u16::MAX));
        let connecting_ms = u64::try_from(config.deadline.as_millis()).unwrap_or(u64::MAX);
        uri.query.connection_timeout = Some(connecting_ms);
        Ok(Self {
            uri,
            names: Names::new(config.namespace),
            delivery_limit: config.delivery_limit,
            deadline: config.deadline,
        })
    }

    /// A new connection, on which every queue is declared.
    pub(super) async fn connect(&self, purpose: &str) -> lapin::Result<Connection> {
        let name = format!("{} {purpose}", self.names.namespace());
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let connection = Connection::connect_uri(self.uri.clone(), properties).await?;
        self.declare(&connection).await?;
        Ok(connection)
    }

    /// Waits for an answer no longer than the deadline.
    pub(super) async fn within<T>(
        &self,
        during: &'static str,
        work: impl Future<Output = lapin::Result<T>>,
    ) -> Result<T, QueueError> {
        match tokio::time::timeout(self.deadline, work).await {
            Ok(answer) => answer.map_err(|error| unavailable(during, error)),
            Err(_elapsed) => Err(QueueError::Unavailable { during, source: None }),
        }
    }
}

pub(super) fn unavailable(
    during: &'static str,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> QueueError {
    QueueError::Unavailable { during, source: Some(error.into()) }
}
