//! The queue of a single process: messages in memory, with the promises of the fleet's queue.
//!
//! Nothing survives the process; the coordinator publishes what is missing from the store when it
//! starts. Lanes are bounded, so that a fast coordinator waits for slow workers.

mod lines;
mod consumer;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use self::consumer::ProcessConsumer;
use self::lines::{Lines, Waiting};
use super::{Consumer, Lane, Outgoing, Parked, Queue, QueueError, Release};

/// Most messages that wait in a lane, and most that are parked.
const MAX_WAITING: usize = 65_536;

/// How often a message comes back before it is parked; RabbitMQ's own default from 4.0 on:
/// <https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling>
const MAX_RETURNS: u32 = 20;

/// How long a publish waits for room in a full lane.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hands messages over within one process.
pub struct ProcessQueue {
    lines: Arc<Lines>,
    patience: Duration,
}

impl ProcessQueue {
    /// An empty queue.
    pub fn new() -> Self {
        Self::bounded(MAX_WAITING, PATIENCE)
    }

    fn bounded(most: usize, patience: Duration) -> Self {
        Self { lines: Arc::new(Lines::new(most, MAX_RETURNS)), patience }
    }

    /// Shuts the queue down: consumers get nothing more, publishing is refused. Deliveries under way
    /// can still be settled.
    pub fn close(&self) {
        self.lines.close();
    }

    /// Forgets every waiting message; parked ones stay.
    pub fn purge(&self) {
        self.lines.purge();
    }
}

impl Default for ProcessQueue {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Queue for ProcessQueue {
    async fn publish(&self, lane: Lane, message: Outgoing) -> Result<(), QueueError> {
        let waiting = Waiting { body: message.body, trace: message.trace, returns: 0 };
        match tokio::time::timeout(self.patience, self.lines.put(lane, waiting)).await {
            Ok(put) => put,
            Err(_elapsed) => Err(QueueError::Full),
        }
    }

    async fn consume(&self, lane: Lane, prefetch: u16) -> Result<Box<dyn Consumer>, QueueError> {
        Ok(Box::new(ProcessConsumer::new(Arc::clone(&self.lines), lane, prefetch)))
    }

    async fn depth(&self, lane: Lane) -> Result<u64, QueueError> {
        Ok(self.lines.depth(lane) as u64)
    }

    async fn parked_len(&self) -> Result<u64, QueueError> {
        Ok(self.lines.parked_len() as u64)
    }

    async fn parked(&self, limit: usize) -> Result<Vec<Parked>, QueueError> {
        Ok(self.lines.parked(limit))
    }

    async fn settle_parked(&self, id: &str, release: Release) -> Result<bool, QueueError> {
        Ok(self.lines.settle_parked(id, release))
    }

    async fn ping(&self) -> Result<(), QueueError> {
        if self.lines.is_closed() { Err(QueueError::Closed) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::suite;

    fn message(body: &str) -> Outgoing {
        Outgoing { body: body.into(), trace: None }
    }

    #[tokio::test]
    async fn keeps_every_promise_of_a_queue() {
        let queue = ProcessQueue::new();
        suite::run(&queue, async || {
            queue.purge();
            Ok(())
        })
        .await;
    }

    #[tokio::test]
    async fn a_full_lane_refuses_after_a_while() {
        let queue = ProcessQueue::bounded(1, Duration::from_millis(10));
        queue.publish(Lane::Batches, message("first")).await.unwrap();
        let refused = queue.publish(Lane::Batches, message("second")).await;
        assert!(matches!(refused, Err(QueueError::Full)), "{refused:?}");
        queue.publish(Lane::Reports, message("another lane")).await.unwrap();
    }

    #[tokio::test]
    async fn a_publish_waits_for_room() {
        let queue = ProcessQueue::bounded(1, PATIENCE);
        queue.publish(Lane::Batches, message("first")).await.unwrap();
        let mut consumer = queue.consume(Lane::Batches, 2).await.unwrap();
        let (published, taken) =
            tokio::join!(queue.publish(Lane::Batches, message("second")), consumer.next());
        published.unwrap();
        let first = taken.unwrap();
        assert_eq!(first.body(), b"first");
        assert_eq!(consumer.next().await.unwrap().body(), b"second");
    }

    #[tokio::test]
    async fn a_closed_queue_lets_go_of_its_consumers() {
        let queue = ProcessQueue::new();
        queue.publish(Lane::Batches, message("under way")).await.unwrap();
        let mut consumer = queue.consume(Lane::Batches, 2).await.unwrap();
        let under_way = consumer.next().await.unwrap();
        let (next, ()) = tokio::join!(consumer.next(), async { queue.close() });
        assert!(next.is_none());
        under_way.acknowledge().await.unwrap();
        assert!(matches!(
            queue.publish(Lane::Batches, message("late")).await,
            Err(QueueError::Closed)
        ));
        assert!(matches!(queue.ping().await, Err(QueueError::Closed)));
    }
}
