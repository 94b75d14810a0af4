//! The queue of a fleet, on RabbitMQ: durable quorum queues, confirmed publishing, supervised
//! consumers.
//!
//! Needs RabbitMQ 3.10 or later. Whatever breaks (a connection, a channel, the broker, a queue
//! deleted by hand) is made anew by whoever needs it next; recovery built into the client is not
//! used, for it does not cover channels and broker-side cancels.

mod broker;
mod topology;
mod envelope;
mod publisher;
mod consumer;
mod delivery;
mod parked;

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use lapin::Channel;
use lapin::types::{FieldTable, ShortString};
use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use self::broker::Broker;
use self::consumer::{RabbitConsumer, supervise};
use self::parked::ParkedQueue;
use self::publisher::Publisher;
use super::{Consumer, Lane, Outgoing, Parked, Queue, QueueError, Release};

/// Where the broker is, and how it is used.
#[derive(Debug, Clone)]
pub struct RabbitConfig {
    /// `amqp://` or `amqps://`, with user and password.
    pub url: SecretString,
    /// What the names of queues begin with, at most 200 bytes: fleets that share a broker need
    /// different ones.
    pub namespace: String,
    /// How often a message comes back unsettled before it is parked.
    pub delivery_limit: u32,
    /// How long any call may take.
    pub deadline: Duration,
    /// How often each side shows that it lives; the other side is given up after twice that long.
    pub heartbeat: Duration,
}

impl RabbitConfig {
    /// The broker at an address, used as usual: queues named `longshore.…`, parked after 20 returns,
    /// 10 s for any call, 10 s between heartbeats.
    pub fn at(url: SecretString) -> Self {
        Self {
            url,
            namespace: "longshore".to_owned(),
            delivery_limit: 20,
            deadline: Duration::from_secs(10),
            heartbeat: Duration::from_secs(10),
        }
    }
}

/// Hands messages over through RabbitMQ. Dropped, it lets go of its consumers too.
pub struct RabbitQueue {
    broker: Arc<Broker>,
    publisher: Arc<Publisher>,
    parked: ParkedQueue,
    supervisors: Mutex<JoinSet<()>>,
    /// The channel on which waiting messages are counted, many times a second.
    counting: tokio::sync::Mutex<Option<Channel>>,
}

impl RabbitQueue {
    /// Connects and declares the queues, once, so that a wrong address or password shows at once.
    pub async fn connect(config: RabbitConfig) -> Result<Self, QueueError> {
        let broker = Arc::new(Broker::new(config)?);
        let publisher = Arc::new(Publisher::new(Arc::clone(&broker)));
        let queue = Self {
            parked: ParkedQueue::new(Arc::clone(&publisher)),
            supervisors: Mutex::default(),
            counting: tokio::sync::Mutex::default(),
            broker,
            publisher,
        };
        queue.ping().await?;
        Ok(queue)
    }

    /// Deletes every waiting message; parked ones stay.
    pub async fn purge(&self) -> Result<(), QueueError> {
        self.on_channel("purge", async |channel| {
            for lane in Lane::ALL {
                let name = self.broker.names.lane(lane);
                channel.queue_purge(name, lapin::options::QueuePurgeOptions::default()).await?;
            }
            Ok(())
        })
        .await
    }

    /// How many messages wait in a queue.
    async fn count(&self, name: ShortString) -> Result<u64, QueueError> {
        let counting = async {
            let mut kept = self.counting.lock().await;
            // Put back only once it has answered: what was cut off may have its answer under way, and
            // a queue that is gone closes it.
            let channel = match kept.take().filter(|channel| channel.status().connected()) {
                Some(channel) => channel,
                None => self.publisher.channel().await?,
            };
            let passively = lapin::options::QueueDeclareOptions::durable().passive();
            let declared = channel.queue_declare(name, passively, FieldTable::default()).await?;
            *kept = Some(channel);
            Ok(u64::from(declared.message_count()))
        };
        self.broker.within("depth", counting).await
    }

    /// Works on a channel of its own, within the deadline.
    async fn on_channel<T, F: Future<Output = lapin::Result<T>>>(
        &self,
        during: &'static str,
        work: impl FnOnce(Channel) -> F,
    ) -> Result<T, QueueError> {
        self.broker.within(during, async { work(self.publisher.channel().await?).await }).await
    }
}

#[async_trait]
impl Queue for RabbitQueue {
    async fn publish(&self, lane: Lane, message: Outgoing) -> Result<(), QueueError> {
        let properties = envelope::outgoing(message.trace.as_deref());
        self.publisher.publish(self.broker.names.lane(lane), &message.body, properties).await
    }

    async fn consume(&self, lane: Lane, prefetch: u16) -> Result<Box<dyn Consumer>, QueueError> {
        let prefetch = prefetch.max(1);
        let (sender, receiver) = mpsc::channel(usize::from(prefetch));
        let supervisor = supervise(
            Arc::clone(&self.broker),
            Arc::clone(&self.publisher),
            lane,
            prefetch,
            sender,
        );
        let mut supervisors = self.supervisors.lock().unwrap_or_else(PoisonError::into_inner);
        while supervisors.try_join_next().is_some() {}
        supervisors.spawn(supervisor);
        Ok(Box::new(RabbitConsumer::new(receiver)))
    }

    async fn depth(&self, lane: Lane) -> Result<u64, QueueError> {
        self.count(self.broker.names.lane(lane)).await
    }

    async fn parked_len(&self) -> Result<u64, QueueError> {
        self.count(self.broker.names.parked()).await
    }

    async fn parked(&self, limit: usize) -> Result<Vec<Parked>, QueueError> {
        self.broker.within("list parked messages", self.parked.list(limit)).await
    }

    async fn settle_parked(&self, id: &str, release: Release) -> Result<bool, QueueError> {
        self.parked.settle(id, release).await
    }

    async fn ping(&self) -> Result<(), QueueError> {
        // Opening a channel needs an answer; the state of the connection alone may be of the past.
        self.on_channel("ping", async |_| Ok(())).await
    }
}
