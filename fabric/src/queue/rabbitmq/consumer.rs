//! Consuming: a supervisor that keeps a subscription alive, whatever breaks.
//!
//! Each consumer has a connection of its own. Any end of its stream that was not asked for is a
//! failure, also a quiet one: that is how a broker says that the queue was deleted.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection};
use tokio::sync::mpsc;

use super::broker::{Broker, RECONNECT};
use super::delivery::{Answer, RabbitDelivery};
use super::publisher::Publisher;
use crate::queue::{Consumer, Delivery, Lane};

/// Room for answers beyond the prefetch: RabbitMQ 3.10 hands out a few messages more than it was
/// asked for while it dead-letters others of the same consumer (one to five, seen by experiment).
const SPARE: usize = 64;

/// Takes the messages of one lane.
pub(super) struct RabbitConsumer {
    deliveries: mpsc::Receiver<RabbitDelivery>,
}

impl RabbitConsumer {
    pub(super) fn new(deliveries: mpsc::Receiver<RabbitDelivery>) -> Self {
        Self { deliveries }
    }
}

#[async_trait]
impl Consumer for RabbitConsumer {
    async fn next(&mut self) -> Option<Box<dyn Delivery>> {
        loop {
            let delivery = self.deliveries.recv().await?;
            // What came over a connection that broke meanwhile comes again over the next one.
            if delivery.is_alive() {
                return Some(Box::new(delivery));
            }
        }
    }
}

/// Keeps a subscription until the consumer is dropped, and its connection until the last of its
/// deliveries is settled.
pub(super) async fn supervise(
    broker: Arc<Broker>,
    publisher: Arc<Publisher>,
    lane: Lane,
    prefetch: u16,
    deliveries: mpsc::Sender<RabbitDelivery>,
) {
    let mut failed = 0;
    while !deliveries.is_closed() {
        let error = match tokio::time::timeout(
            broker.deadline,
            Subscription::open(&broker, lane, prefetch),
        )
        .await
        {
            Ok(Ok(subscription)) => {
                if failed > 0 {
                    tracing::info!(lane = lane.as_str(), "consumer is back");
                }
                failed = 0;
                match subscription.forward(&publisher, lane, &deliveries).await {
                    Ended::Dropped => return,
                    Ended::Broken(error) => error,
                }
            }
            Ok(Err(error)) => Some(error),
            Err(_elapsed) => None,
        };
        failed += 1;
        let error = error.map(|error| crate::causes::chain(&error));
        if failed == 1 {
            tracing::warn!(lane = lane.as_str(), error, "consumer lost its broker");
        } else {
            tracing::debug!(lane = lane.as_str(), failed, error, "consumer still has no broker");
        }
        let pause = tokio::time::sleep(RECONNECT.after(failed, rand::random()));
        tokio::select! {
            () = pause => {}
            () = deliveries.closed() => return,
        }
    }
}

struct Subscription {
    connection: Connection,
    channel: Channel,
    stream: lapin::Consumer,
    answers: mpsc::Receiver<Answer>,
    answering: mpsc::Sender<Answer>,
}

enum Ended {
    /// The consumer is gone.
    Dropped,
    /// The broker is; with the reason, if it gave one.
    Broken(Option<lapin::Error>),
}

impl Subscription {
    async fn open(broker: &Broker, lane: Lane, prefetch: u16) -> lapin::Result<Self> {
        let connection = broker.connect(lane.as_str()).await?;
        let channel = connection.create_channel().await?;
        channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default();
        let queue = broker.names.lane(lane);
        let stream =
            channel.basic_consume(queue, "".into(), options, FieldTable::default()).await?;
        let (answering, answers) = mpsc::channel(usize::from(prefetch) + SPARE);
        Ok(Self { connection, channel, stream, answers, answering })
    }

    /// Hands deliveries on, and their answers back.
    async fn forward(
        mut self,
        publisher: &Arc<Publisher>,
        lane: Lane,
        deliveries: &mpsc::Sender<RabbitDelivery>,
    ) -> Ended {
        let mut telling = FuturesUnordered::new();
        // Each arm may be dropped at any time: streams and channels lose nothing by it.
        loop {
            tokio::select! {
                () = deliveries.closed() => break,
                Some(answer) = self.answers.recv() => telling.push(answer.tell()),
                Some(()) = telling.next() => {}
                next = self.stream.next() => match next {
                    Some(Ok(message)) => {
                        let answering = self.answering.clone();
                        let delivery = RabbitDelivery::new(Arc::clone(publisher), lane, message, answering);
                        // It is full only of deliveries from before the last break; whoever takes
                        // them makes room. A consumer that is gone drops it, which gives it back.
                        drop(deliveries.send(delivery).await);
                    }
                    Some(Err(error)) => return Ended::Broken(Some(error)),
                    None => return Ended::Broken(None),
                },
            }
        }
        telling.for_each(async |()| {}).await;
        self.wind_down().await;
        Ended::Dropped
    }

    /// Takes nothing more, gives back what was fetched ahead, and waits for what is under way: its
    /// answer needs this very channel.
    ///
    /// A broker under load may still forget the very last answers with the channel, for it hands
    /// them to its queue later than it takes them from us; those messages come again.
    async fn wind_down(mut self) {
        let tag = self.stream.tag();
        if let Err(error) = self.channel.basic_cancel(tag, BasicCancelOptions::default()).await {
            tracing::debug!(%error, "consumer not cancelled");
            return;
        }
        while let Some(Ok(message)) = self.stream.next().await {
            Answer::give_back(message.acker).tell().await;
        }
        drop(self.answering);
        while let Some(answer) = self.answers.recv().await {
            answer.tell().await;
        }
        if let Err(error) = self.connection.close(200, "done".into()).await {
            tracing::debug!(%error, "connection not closed");
        }
    }
}
