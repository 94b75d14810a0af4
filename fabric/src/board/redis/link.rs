//! The connection: shared by all calls, each within the deadline, made anew once it is broken.
//!
//! Not the client's own manager: that waits far longer than a call may take while it connects, and
//! stays with a server that was demoted and refuses writes.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, IntoConnectionInfo as _,
    Pipeline, RedisError, RedisResult, ScriptInvocation, ServerErrorKind,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::board::BoardError;

/// How long nothing is asked of a server that missed a deadline: whoever shows one thing after another
/// does not wait for each of them. What is asked all the same finds out earlier that it answers again.
const PAUSE: Duration = Duration::from_secs(5);

/// Asks the server.
pub(super) struct Link {
    client: Client,
    deadline: Duration,
    current: Mutex<Numbered>,
    /// When the server may be asked again that missed a deadline.
    silent_until: std::sync::Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Numbered {
    number: u64,
    connection: Option<MultiplexedConnection>,
}

/// What the server is asked; it may be asked twice.
#[derive(Clone, Copy)]
pub(super) enum Question<'a> {
    Command(&'a Cmd),
    Pipeline(&'a Pipeline),
    Script(&'a ScriptInvocation<'a>),
}

impl Question<'_> {
    async fn put<T: FromRedisValue>(
        self,
        connection: &mut MultiplexedConnection,
    ) -> RedisResult<T> {
        match self {
            Self::Command(command) => command.query_async(connection).await,
            Self::Pipeline(pipeline) => pipeline.query_async(connection).await,
            Self::Script(script) => script.invoke_async(connection).await,
        }
    }
}

/// The address cannot be read. Says nothing of what it is, for a password may be in it.
#[derive(Debug, thiserror::Error)]
#[error("the address is not a redis:// or rediss:// URL")]
struct UnreadableUrl;

/// Nothing was asked.
#[derive(Debug, thiserror::Error)]
#[error("the server has just missed a deadline")]
struct Silent;

impl Link {
    pub(super) fn new(url: &SecretString, deadline: Duration) -> Result<Self, BoardError> {
        // Answers are small and waited for, so they are not to be held back for company; and a
        // peer that vanished is found out although nothing is sent.
        let tcp = TcpSettings::default().set_nodelay(true).set_user_timeout(deadline * 2);
        let unreadable = |_: RedisError| unavailable("connect", UnreadableUrl);
        let info = url.expose_secret().into_connection_info().map_err(unreadable)?;
        let client = Client::open(info.set_tcp_settings(tcp)).map_err(unreadable)?;
        let silent_until = std::sync::Mutex::default();
        Ok(Self { client, deadline, current: Mutex::default(), silent_until })
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Asks, unless the server has just missed a deadline.
    pub(super) async fn ask<T: FromRedisValue>(
        &self,
        during: &'static str,
        question: Question<'_>,
    ) -> Result<T, BoardError> {
        if self.silent_until().is_some_and(|until| Instant::now() < until) {
            return Err(unavailable(during, Silent));
        }
        self.insist(during, question).await
    }

    /// Asks, and asks once more over a new connection where the old one turns out to be broken.
    pub(super) async fn insist<T: FromRedisValue>(
        &self,
        during: &'static str,
        question: Question<'_>,
    ) -> Result<T, BoardError> {
        let mut used = None;
        let asking = async {
            loop {
                let is_retry = used.is_some();
                let (number, mut connection) = self.connection().await?;
                used = Some(number);
                match question.put(&mut connection).await {
                    Err(error) if is_lost(&error) => {
                        self.forget(number).await;
                        if is_retry {
                            return Err(error);
                        }
                        tracing::debug!(during, %error, "board connection lost");
                    }
                    answer => return answer,
                }
            }
        };
        match tokio::time::timeout(self.deadline, asking).await {
            Ok(answer) => {
                *self.silent_until() = None;
                answer.map_err(|error| unavailable(during, error))
            }
            Err(_elapsed) => {
                *self.silent_until() = Some(Instant::now() + PAUSE);
                if let Some(number) = used {
                    self.forget(number).await;
                }
                Err(BoardError::Unavailable { during, source: None })
            }
        }
    }

    fn silent_until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.silent_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connection(&self) -> RedisResult<(u64, MultiplexedConnection)> {
        let mut current = self.current.lock().await;
        if let Some(connection) = &current.connection {
            return Ok((current.number, connection.clone()));
        }
        // Each call has its own deadline, which covers connecting too.
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        current.number += 1;
        current.connection = Some(connection.clone());
        Ok((current.number, connection))
    }

    async fn forget(&self, number: u64) {
        let mut current = self.current.lock().await;
        if current.number == number {
            current.connection = None;
        }
    }
}

/// Whether another connection may lead to somebody who answers.
fn is_lost(error: &RedisError) -> bool {
    let is_elsewhere = matches!(
        error.kind(),
        ErrorKind::Server(
            ServerErrorKind::ReadOnly | ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown
        )
    );
    is_elsewhere || error.is_io_error() || error.is_unrecoverable_error()
}

pub(super) fn unavailable(
    during: &'static str,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> BoardError {
    BoardError::Unavailable { during, source: Some(error.into()) }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// A server that takes connections and says nothing, as one whose machine is frozen.
    #[tokio::test]
    async fn of_a_server_that_has_just_missed_a_deadline_nothing_is_waited_for() {
        let frozen = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", frozen.local_addr().unwrap());
        let link = Link::new(&url.into(), Duration::from_millis(100)).unwrap();
        let ping = redis::cmd("PING");
        let ask = async || {
            let asked = link.ask::<()>("ping", Question::Command(&ping)).await;
            let BoardError::Unavailable { source, .. } = asked.unwrap_err() else { panic!("read") };
            source.is_some_and(|source| source.is::<Silent>())
        };
        assert!(!ask().await, "it was asked");
        for _ in 0..10 {
            assert!(ask().await, "it was asked again");
        }
        // What must be tried all the same is.
        assert!(link.insist::<()>("ping", Question::Command(&ping)).await.is_err());
        *link.silent_until() = Some(Instant::now());
        assert!(!ask().await, "it is asked again later");
    }
}
