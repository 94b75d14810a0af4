//! What is parked: looked through from the first, and put back as it was.
//!
//! A queue has no index, so finding a message takes all those before it; they go back when the
//! channel closes. Two processes that look at once hide messages from each other for that long.

use std::sync::Arc;

use lapin::Channel;
use lapin::message::BasicGetMessage;
use lapin::options::{BasicAckOptions, BasicGetOptions};

use super::broker::unavailable;
use super::envelope;
use super::publisher::Publisher;
use crate::queue::{Parked, QueueError, Release};

/// The queue of parked messages, looked through by one at a time.
pub(super) struct ParkedQueue {
    publisher: Arc<Publisher>,
    turn: tokio::sync::Mutex<()>,
}

impl ParkedQueue {
    pub(super) fn new(publisher: Arc<Publisher>) -> Self {
        Self { publisher, turn: tokio::sync::Mutex::default() }
    }

    /// The first messages, at most `limit`.
    pub(super) async fn list(&self, limit: usize) -> lapin::Result<Vec<Parked>> {
        let _turn = self.turn.lock().await;
        let channel = self.publisher.channel().await?;
        let mut listed = Vec::new();
        while listed.len() < limit {
            let Some(message) = self.next(&channel).await? else { break };
            listed.extend(self.read(message));
        }
        channel.close(200, "listed".into()).await?;
        Ok(listed)
    }

    /// Puts a message back into its lane, or deletes it; whether it was there.
    pub(super) async fn settle(&self, id: &str, release: Release) -> Result<bool, QueueError> {
        let during = "settle a parked message";
        let broker = &self.publisher.broker;
        let _turn = self.turn.lock().await;
        let channel = broker.within(during, self.publisher.channel()).await?;
        let Some(message) = broker.within(during, self.find(&channel, id)).await? else {
            return Ok(false);
        };
        match (release, envelope::why_parked(&broker.names, &message.properties)) {
            (Release::Retry, Some((lane, _))) => {
                // Properties of its own, so that it is counted from the first delivery again.
                let properties = envelope::outgoing(envelope::trace(&message.properties));
                self.publisher.publish(broker.names.lane(lane), &message.data, properties).await?;
            }
            (Release::Retry, None) => return Ok(false),
            (Release::Discard, _) => {}
        }
        let is_settled =
            broker.within(during, message.acker.ack(BasicAckOptions::default())).await?;
        if !is_settled {
            return Err(unavailable(during, "the channel is gone"));
        }
        broker.within(during, channel.close(200, "settled".into())).await?;
        Ok(true)
    }

    async fn find(&self, channel: &Channel, id: &str) -> lapin::Result<Option<BasicGetMessage>> {
        while let Some(message) = self.next(channel).await? {
            if envelope::id(&message.properties) == Some(id) {
                return Ok(Some(message));
            }
        }
        channel.close(200, "not found".into()).await?;
        Ok(None)
    }

    async fn next(&self, channel: &Channel) -> lapin::Result<Option<BasicGetMessage>> {
        channel.basic_get(self.publisher.broker.names.parked(), BasicGetOptions::default()).await
    }

    fn read(&self, message: BasicGetMessage) -> Option<Parked> {
        let properties = &message.properties;
        let why = envelope::why_parked(&self.publisher.broker.names, properties);
        let (Some((lane, fault)), Some(id)) = (why, envelope::id(properties)) else {
            tracing::warn!("message of a stranger among the parked ones");
            return None;
        };
        let id = id.to_owned();
        Some(Parked { id, lane, body: message.delivery.data, fault })
    }
}
