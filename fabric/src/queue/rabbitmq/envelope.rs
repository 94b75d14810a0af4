//! What travels beside a message's body: its id, its trace, and why it was parked.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, LongString};
use proto::fault::{Code, Fault};
use uuid::Uuid;

use super::topology::Names;
use crate::queue::Lane;

const TRACE: &str = "traceparent";
const LANE: &str = "x-longshore-lane";
const FAULT: &str = "x-longshore-fault";

/// Written by the broker on what it dead-letters; the latest queue first:
/// <https://www.rabbitmq.com/docs/dlx#effects>
const DEATH: &str = "x-death";

/// Survives a restart of the broker: <https://www.rabbitmq.com/docs/publishers#message-properties>
const PERSISTENT: u8 = 2;

/// The properties of a new message.
pub(super) fn outgoing(trace: Option<&str>) -> BasicProperties {
    with_headers(trace, &[])
}

/// The properties of a message that is parked.
pub(super) fn parked(lane: Lane, trace: Option<&str>, fault: &Fault) -> BasicProperties {
    let fault = serde_json::to_string(fault).expect("a fault is plain text");
    with_headers(trace, &[(LANE, lane.as_str()), (FAULT, &fault)])
}

fn with_headers(trace: Option<&str>, more: &[(&'static str, &str)]) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, value) in trace.map(|trace| (TRACE, trace)).iter().chain(more) {
        headers.insert((*name).into(), AMQPValue::LongString(LongString::from(*value)));
    }
    // The id is given here, for what the broker parks by itself must have one too.
    BasicProperties::default()
        .with_message_id(Uuid::now_v7().to_string().into())
        .with_content_type("application/json".into())
        .with_delivery_mode(PERSISTENT)
        .with_headers(headers)
}

/// The trace that a message belongs to.
pub(super) fn trace(properties: &BasicProperties) -> Option<&str> {
    header(properties, TRACE)
}

/// What a parked message is called by, where it came from, and why it was parked; nothing where it
/// did not come from one of our lanes.
pub(super) fn why_parked(names: &Names, properties: &BasicProperties) -> Option<(Lane, Fault)> {
    if let (Some(lane), Some(fault)) = (header(properties, LANE), header(properties, FAULT)) {
        let lane = Lane::ALL.into_iter().find(|known| known.as_str() == lane)?;
        let unreadable =
            |_| Fault::new(Code::InvalidMessage, "the reason for parking cannot be read");
        return Some((lane, serde_json::from_str(fault).unwrap_or_else(unreadable)));
    }
    let deaths = properties.headers().as_ref()?.inner().get(DEATH)?.as_array()?;
    let death = deaths.as_slice().first()?.as_field_table()?.inner();
    let lane = names.lane_of(as_text(death.get("queue")?)?)?;
    let reason = death.get("reason").and_then(as_text).unwrap_or("unknown");
    let message = format!("the message was taken again and again and never settled ({reason})");
    let fault = Fault::new(Code::AttemptsExhausted, message).hint(
        "a worker that dies of it? look at the logs of the workers, then retry the parked message",
    );
    Some((lane, fault))
}

/// What a message is called by; those of strangers may have no name.
pub(super) fn id(properties: &BasicProperties) -> Option<&str> {
    properties.message_id().as_ref().map(lapin::types::ShortString::as_str)
}

fn header<'a>(properties: &'a BasicProperties, name: &str) -> Option<&'a str> {
    properties.headers().as_ref()?.inner().get(name).and_then(as_text)
}

fn as_text(value: &AMQPValue) -> Option<&str> {
    if let Some(short) = value.as_short_string() {
        return Some(short.as_str());
    }
    str::from_utf8(value.as_long_string()?.as_bytes()).ok()
}
