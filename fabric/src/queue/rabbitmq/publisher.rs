//! Publishing: one connection of its own, one channel shared by all, each publish waiting for its
//! own confirmation.
//!
//! Apart from the consumers' connections, because a broker that is short of memory stops reading
//! from those that publish.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation, Connection};

use super::broker::{Broker, unavailable};
use crate::queue::QueueError;

/// Publishes, over a connection that is made anew when it is needed and broken.
pub(super) struct Publisher {
    pub(super) broker: Arc<Broker>,
    line: tokio::sync::Mutex<Option<Arc<Line>>>,
}

struct Line {
    connection: Connection,
    channel: Channel,
    /// The client numbers a message and writes it in two steps; two tasks in between would swap
    /// their confirmations.
    turn: Mutex<()>,
}

/// There is no queue for a message, not even after it was declared anew.
#[derive(Debug, thiserror::Error)]
#[error("the broker returned the message: its queue is not there")]
struct Returned;

impl Publisher {
    pub(super) fn new(broker: Arc<Broker>) -> Self {
        Self { broker, line: tokio::sync::Mutex::default() }
    }

    /// Publishes to a queue; returns once the broker has it safe.
    pub(super) async fn publish(
        &self,
        queue: ShortString,
        body: &[u8],
        properties: BasicProperties,
    ) -> Result<(), QueueError> {
        let mut used = None;
        let publishing = self.try_twice(&mut used, queue, body, properties);
        match tokio::time::timeout(self.broker.deadline, publishing).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => {
                // It may hang for good, and remembers every confirmation that nobody waits for.
                if let Some(line) = used {
                    self.forget(&line).await;
                }
                Err(QueueError::Unavailable { during: "publish", source: None })
            }
        }
    }

    /// A new channel on the connection for publishing; it gives back what was taken on it when it is
    /// dropped.
    pub(super) async fn channel(&self) -> lapin::Result<Channel> {
        self.line().await?.connection.create_channel().await
    }

    async fn try_twice(
        &self,
        used: &mut Option<Arc<Line>>,
        queue: ShortString,
        body: &[u8],
        properties: BasicProperties,
    ) -> Result<(), QueueError> {
        let mut has_failed = false;
        loop {
            let line = self.line().await.map_err(|error| unavailable("publish", error))?;
            *used = Some(Arc::clone(&line));
            match line.publish(queue.clone(), body, properties.clone()).await {
                Ok(Confirmation::Ack(None)) => return Ok(()),
                Ok(Confirmation::Nack(_)) => return Err(QueueError::Full),
                Ok(Confirmation::Ack(Some(_)) | Confirmation::NotRequested) if has_failed => {
                    return Err(unavailable("publish", Returned));
                }
                Ok(Confirmation::Ack(Some(_)) | Confirmation::NotRequested) => {
                    let declared = self.broker.declare(&line.connection).await;
                    declared.map_err(|error| unavailable("publish", error))?;
                }
                Err(error) if has_failed => return Err(unavailable("publish", error)),
                // Whether the broker has it is unknown. Twice is harmless, never is not.
                Err(error) => {
                    tracing::debug!(%error, "publishing connection lost");
                    self.forget(&line).await;
                }
            }
            has_failed = true;
        }
    }

    async fn line(&self) -> lapin::Result<Arc<Line>> {
        let mut current = self.line.lock().await;
        if let Some(line) = current.as_ref().filter(|line| line.is_connected()) {
            return Ok(Arc::clone(line));
        }
        let line = Arc::new(Line::open(&self.broker).await?);
        *current = Some(Arc::clone(&line));
        Ok(line)
    }

    async fn forget(&self, broken: &Arc<Line>) {
        let mut current = self.line.lock().await;
        if current.as_ref().is_some_and(|line| Arc::ptr_eq(line, broken)) {
            *current = None;
        }
    }
}

impl Line {
    async fn open(broker: &Broker) -> lapin::Result<Self> {
        let connection = broker.connect("publishing").await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Self { connection, channel, turn: Mutex::default() })
    }

    fn is_connected(&self) -> bool {
        self.connection.status().connected() && self.channel.status().connected()
    }

    async fn publish(
        &self,
        queue: ShortString,
        body: &[u8],
        properties: BasicProperties,
    ) -> lapin::Result<Confirmation> {
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let mut writing =
            pin!(self.channel.basic_publish("".into(), queue, options, body, properties));
        // Numbered and queued for writing at the first poll, which is one turn; everything after it
        // goes on side by side.
        let begun = std::future::poll_fn(|context| {
            let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            Poll::Ready(writing.as_mut().poll(context))
        })
        .await;
        let confirming = match begun {
            Poll::Ready(written) => written?,
            Poll::Pending => writing.await?,
        };
        confirming.await
    }
}
