//! Taking messages within a process: a consumer with its slots, a delivery that comes back when it
//! is dropped.

use std::sync::Arc;

use async_trait::async_trait;
use proto::fault::Fault;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::lines::{Lines, Waiting};
use crate::queue::{Consumer, Delivery, Lane, QueueError};

/// Takes the messages of one lane, as many at once as there are slots.
pub(super) struct ProcessConsumer {
    lines: Arc<Lines>,
    lane: Lane,
    slots: Arc<Semaphore>,
}

impl ProcessConsumer {
    pub(super) fn new(lines: Arc<Lines>, lane: Lane, prefetch: u16) -> Self {
        let slots = Arc::new(Semaphore::new(usize::from(prefetch.max(1))));
        Self { lines, lane, slots }
    }
}

#[async_trait]
impl Consumer for ProcessConsumer {
    async fn next(&mut self) -> Option<Box<dyn Delivery>> {
        if self.lines.is_closed() {
            return None;
        }
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok()?;
        let message = self.lines.take(self.lane).await?;
        let lines = Arc::clone(&self.lines);
        Some(Box::new(ProcessDelivery {
            lines,
            lane: self.lane,
            message: Some(message),
            _slot: slot,
        }))
    }
}

/// A message that was taken; there until it is settled.
struct ProcessDelivery {
    lines: Arc<Lines>,
    lane: Lane,
    message: Option<Waiting>,
    _slot: OwnedSemaphorePermit,
}

impl Drop for ProcessDelivery {
    fn drop(&mut self) {
        if let Some(message) = self.message.take() {
            self.lines.come_back(self.lane, message);
        }
    }
}

#[async_trait]
impl Delivery for ProcessDelivery {
    fn body(&self) -> &[u8] {
        self.message.as_ref().map_or(&[], |message| &message.body)
    }

    fn trace(&self) -> Option<&str> {
        self.message.as_ref()?.trace.as_deref()
    }

    fn redelivered(&self) -> bool {
        self.message.as_ref().is_some_and(|message| message.returns > 0)
    }

    async fn acknowledge(mut self: Box<Self>) -> Result<(), QueueError> {
        self.message = None;
        Ok(())
    }

    async fn give_back(self: Box<Self>) -> Result<(), QueueError> {
        drop(self);
        Ok(())
    }

    async fn park(mut self: Box<Self>, fault: &Fault) -> Result<(), QueueError> {
        let Some(message) = self.message.take() else { return Ok(()) };
        match self.lines.park(self.lane, message, fault) {
            Ok(()) => Ok(()),
            Err(message) => {
                self.message = Some(message);
                Err(QueueError::Full)
            }
        }
    }
}
