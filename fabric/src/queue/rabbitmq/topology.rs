//! The queues on the broker: one for each lane, and one for what is parked.

use lapin::options::QueueDeclareOptions;
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::{AMQPValue, FieldTable, LongInt, LongString, ShortString};
use lapin::{Connection, ErrorKind};

use super::broker::Broker;
use crate::queue::Lane;

/// How long a task may be under way before the broker takes it back, in milliseconds (3 days).
///
/// An archive or a delivery of terabytes takes many hours, and so does a workbook in one piece. Who
/// dies is noticed by its connection; this is for those who live and have forgotten. Brokers older than
/// 3.12 do not know the argument and go by their configuration:
/// <https://www.rabbitmq.com/docs/consumers#per-queue-delivery-timeouts-using-an-optional-queue-argument>
const TASK_TIMEOUT_MS: LongInt = 259_200_000;

/// The same for a report, which is taken in within seconds (1 h).
const REPORT_TIMEOUT_MS: LongInt = 3_600_000;

/// What queues are called.
pub(super) struct Names {
    namespace: String,
}

impl Names {
    pub(super) fn new(namespace: String) -> Self {
        Self { namespace }
    }

    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    pub(super) fn lane(&self, lane: Lane) -> ShortString {
        format!("{}.{}", self.namespace, lane.as_str()).into()
    }

    pub(super) fn parked(&self) -> ShortString {
        format!("{}.parked", self.namespace).into()
    }

    /// The lane whose queue has this name.
    pub(super) fn lane_of(&self, queue: &str) -> Option<Lane> {
        let name = queue.strip_prefix(&self.namespace)?.strip_prefix('.')?;
        Lane::ALL.into_iter().find(|lane| lane.as_str() == name)
    }
}

impl Broker {
    /// Makes the queues that are not there.
    ///
    /// A queue that is there with other arguments is used as it is: a changed limit must not keep a
    /// fleet from its work, and only deleting the queue would change it.
    pub(super) async fn declare(&self, connection: &Connection) -> lapin::Result<()> {
        // What is parked first: the lanes send to it.
        self.declare_one(connection, self.names.parked(), parked_arguments()).await?;
        for lane in Lane::ALL {
            self.declare_one(connection, self.names.lane(lane), self.lane_arguments(lane)).await?;
        }
        Ok(())
    }

    async fn declare_one(
        &self,
        connection: &Connection,
        name: ShortString,
        arguments: FieldTable,
    ) -> lapin::Result<()> {
        // A refusal costs the channel, so each queue has one.
        let channel = connection.create_channel().await?;
        let declared =
            channel.queue_declare(name.clone(), QueueDeclareOptions::durable(), arguments).await;
        match declared {
            Ok(_) => channel.close(200, "declared".into()).await,
            Err(error) if differs(error.kind()) => {
                tracing::warn!(queue = %name, "queue has other arguments than configured, used as it is");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn lane_arguments(&self, lane: Lane) -> FieldTable {
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), text("quorum"));
        arguments
            .insert("x-delivery-limit".into(), AMQPValue::LongLongInt(self.delivery_limit.into()));
        arguments.insert("x-dead-letter-exchange".into(), text(""));
        arguments.insert("x-dead-letter-routing-key".into(), text(self.names.parked().as_str()));
        // Both are needed for a message to reach the parked ones for certain:
        // <https://www.rabbitmq.com/docs/quorum-queues#activating-at-least-once-dead-lettering>
        arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
        arguments.insert("x-overflow".into(), text("reject-publish"));
        arguments.insert("x-consumer-timeout".into(), AMQPValue::LongInt(timeout_ms(lane)));
        arguments
    }
}

fn timeout_ms(lane: Lane) -> LongInt {
    match lane {
        Lane::Batches | Lane::Assemblies | Lane::Deliveries => TASK_TIMEOUT_MS,
        Lane::Reports => REPORT_TIMEOUT_MS,
    }
}

fn parked_arguments() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    // Looking at a parked message takes it and gives it back. RabbitMQ 4 would delete it after 20
    // looks unless told otherwise.
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(LongInt::MAX));
    arguments
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

fn differs(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::ProtocolError(error)
        if *error.kind() == AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED))
}
