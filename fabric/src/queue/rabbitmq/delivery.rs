//! A message under way: acknowledged, given back or parked, once.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt as _;
use lapin::Acker;
use lapin::message::Delivery as Message;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use proto::fault::Fault;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::envelope;
use super::publisher::Publisher;
use crate::queue::{Delivery, Lane, QueueError};

/// A message from RabbitMQ. Dropped unsettled, it is given back.
pub(super) struct RabbitDelivery {
    publisher: Arc<Publisher>,
    lane: Lane,
    message: Message,
    /// Where its supervisor waits for the answer; nothing once it was given.
    answers: Option<mpsc::Sender<Answer>>,
}

/// What the broker is to be told about a message.
pub(super) struct Answer {
    acker: Acker,
    verdict: Verdict,
}

enum Verdict {
    Acknowledge,
    GiveBack,
}

impl Answer {
    pub(super) fn give_back(acker: Acker) -> Self {
        Self { acker, verdict: Verdict::GiveBack }
    }

    /// Tells the broker. An answer that it does not get is no error: the message comes again.
    pub(super) async fn tell(self) {
        let told = match self.verdict {
            Verdict::Acknowledge => self.acker.ack(BasicAckOptions::default()).await,
            Verdict::GiveBack => {
                let requeue = BasicNackOptions { requeue: true, ..BasicNackOptions::default() };
                self.acker.nack(requeue).await
            }
        };
        match told {
            Ok(true) => {}
            Ok(false) => tracing::debug!("message not settled, its channel is gone"),
            Err(error) => tracing::debug!(%error, "message not settled"),
        }
    }
}

impl RabbitDelivery {
    pub(super) fn new(
        publisher: Arc<Publisher>,
        lane: Lane,
        message: Message,
        answers: mpsc::Sender<Answer>,
    ) -> Self {
        Self { publisher, lane, message, answers: Some(answers) }
    }

    /// Whether it can still be settled.
    pub(super) fn is_alive(&self) -> bool {
        self.message.acker.usable()
    }

    /// Leaves the answer to the supervisor and does not wait for it to be sent: whoever settles one
    /// message after the other would wait longer for that than for all the rest.
    fn answer(&mut self, verdict: Verdict) {
        let Some(answers) = self.answers.take() else { return };
        let answer = Answer { acker: self.message.acker.clone(), verdict };
        match answers.try_send(answer) {
            Ok(()) => {}
            // Polled once, the answer is on its way too; only nobody waits for it before the
            // connection is closed.
            Err(TrySendError::Full(answer)) => {
                answer.tell().now_or_never();
            }
            Err(TrySendError::Closed(_)) => {
                tracing::debug!(
                    lane = self.lane.as_str(),
                    "message not settled, its connection is gone"
                );
            }
        }
    }
}

impl Drop for RabbitDelivery {
    fn drop(&mut self) {
        self.answer(Verdict::GiveBack);
    }
}

#[async_trait]
impl Delivery for RabbitDelivery {
    fn body(&self) -> &[u8] {
        &self.message.data
    }

    fn trace(&self) -> Option<&str> {
        envelope::trace(&self.message.properties)
    }

    fn redelivered(&self) -> bool {
        self.message.redelivered
    }

    async fn acknowledge(mut self: Box<Self>) -> Result<(), QueueError> {
        self.answer(Verdict::Acknowledge);
        Ok(())
    }

    async fn give_back(mut self: Box<Self>) -> Result<(), QueueError> {
        self.answer(Verdict::GiveBack);
        Ok(())
    }

    async fn park(self: Box<Self>, fault: &Fault) -> Result<(), QueueError> {
        let properties = envelope::parked(self.lane, self.trace(), fault);
        let parked = self.publisher.broker.names.parked();
        // Parked before it is acknowledged: rather twice than never.
        self.publisher.publish(parked, self.body(), properties).await?;
        self.acknowledge().await
    }
}
