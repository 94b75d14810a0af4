//! The queue: hands tasks and reports over, at least once, in no order.

mod process;
mod rabbitmq;
pub mod suite;

use async_trait::async_trait;
use proto::fault::{Code, Fault};

pub use self::process::ProcessQueue;
pub use self::rabbitmq::{RabbitConfig, RabbitQueue};

/// Hands messages over.
///
/// A message is gone when its delivery was acknowledged or parked; until then it comes again, to
/// whoever is there. Every call ends within a deadline. Connections are supervised: a consumer
/// survives the loss of its connection, of its channel and of the queue itself.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Hands one message over; when this returns, it survives a crash of the queue.
    async fn publish(&self, lane: Lane, message: Outgoing) -> Result<(), QueueError>;

    /// Takes messages from a lane, at most `prefetch` unsettled at once.
    async fn consume(&self, lane: Lane, prefetch: u16) -> Result<Box<dyn Consumer>, QueueError>;

    /// How many messages wait in a lane, not counting those under way.
    async fn depth(&self, lane: Lane) -> Result<u64, QueueError>;

    /// How many messages are parked.
    async fn parked_len(&self) -> Result<u64, QueueError>;

    /// The first parked messages, at most `limit`, left where they are.
    async fn parked(&self, limit: usize) -> Result<Vec<Parked>, QueueError>;

    /// Takes a parked message out: back to its lane, or away. Whether it was there.
    async fn settle_parked(&self, id: &str, release: Release) -> Result<bool, QueueError>;

    /// Whether the queue answers.
    async fn ping(&self) -> Result<(), QueueError>;
}

/// What becomes of a parked message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// It goes back to the lane that it came from.
    Retry,
    /// It is deleted.
    Discard,
}

/// Takes messages.
#[async_trait]
pub trait Consumer: Send {
    /// The next message. Waits as long as it takes, across reconnects; nothing once the queue is shut
    /// down for good. Dropping the future loses nothing.
    async fn next(&mut self) -> Option<Box<dyn Delivery>>;
}

/// A message under way. Dropped unsettled, it comes again.
#[async_trait]
pub trait Delivery: Send + Sync {
    /// The message.
    fn body(&self) -> &[u8];

    /// The trace it belongs to, as a W3C `traceparent`.
    fn trace(&self) -> Option<&str>;

    /// Whether it was delivered before.
    fn redelivered(&self) -> bool;

    /// It is done with. An acknowledgement that cannot be given any more is no error: the message
    /// comes again, and doing it twice is harmless.
    async fn acknowledge(self: Box<Self>) -> Result<(), QueueError>;

    /// It comes again, to whoever is there.
    async fn give_back(self: Box<Self>) -> Result<(), QueueError>;

    /// It is set aside with the reason, for a person to look at.
    async fn park(self: Box<Self>, fault: &Fault) -> Result<(), QueueError>;
}

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// Batches, to workers.
    Batches,
    /// Archives to join, to agents.
    Assemblies,
    /// Archives to hand over, to agents.
    Deliveries,
    /// How tasks went, to coordinators.
    Reports,
}

impl Lane {
    /// Every lane.
    pub const ALL: [Self; 4] = [Self::Batches, Self::Assemblies, Self::Deliveries, Self::Reports];

    /// The lane's name, which is also that of its queue.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Batches => "batches",
            Self::Assemblies => "assemblies",
            Self::Deliveries => "deliveries",
            Self::Reports => "reports",
        }
    }
}

/// A message to be handed over.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The message.
    pub body: Vec<u8>,
    /// The trace it belongs to, as a W3C `traceparent`.
    pub trace: Option<String>,
}

/// A message that was set aside.
#[derive(Debug, Clone)]
pub struct Parked {
    /// What it is called by.
    pub id: String,
    /// The lane it came from.
    pub lane: Lane,
    /// The message.
    pub body: Vec<u8>,
    /// Why.
    pub fault: Fault,
}

/// What a queue answers instead.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// No connection, no confirmation, or none in time. A publish that ends so may have happened.
    #[error("the queue does not answer ({during})")]
    Unavailable {
        /// What was asked.
        during: &'static str,
        /// Why, where more than time ran out.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The queue will not take more for now.
    #[error("the queue is full")]
    Full,
    /// The queue was shut down.
    #[error("the queue is shut down")]
    Closed,
}

impl QueueError {
    /// What a person is told.
    pub fn fault(&self) -> Fault {
        Fault::new(Code::QueueUnavailable, crate::causes::chain(self))
    }
}
