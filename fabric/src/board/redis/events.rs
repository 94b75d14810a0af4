//! The events of an export, as a stream of its own, and a bell that says that one was told.

use std::time::Duration;

use proto::event::Event;
use proto::id::ExportId;
use redis::streams::StreamRangeReply;
use tokio::time::Instant;

use super::link::Question;
use super::{LIFETIME, RedisBoard, read};
use crate::board::{BoardError, EventId, MAX_EVENTS};

/// How often who waits for an event looks without being called.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl RedisBoard {
    /// Appends an event and rings the bell; the event's id.
    pub(super) async fn tell_event(
        &self,
        export: ExportId,
        event: &Event,
    ) -> Result<EventId, BoardError> {
        let json = serde_json::to_string(event).expect("an event is plain text");
        let key = self.keys.events(export);
        let mut telling = redis::pipe();
        telling
            .cmd("XADD")
            .arg(&key)
            .arg("MAXLEN")
            .arg("~")
            .arg(MAX_EVENTS)
            .arg("*")
            .arg("event")
            .arg(json);
        telling.cmd("EXPIRE").arg(&key).arg(LIFETIME.as_secs()).ignore();
        telling.cmd("PUBLISH").arg(self.keys.bell()).arg(export.to_string()).ignore();
        let (id,): (String,) = self.link.ask("tell an event", Question::Pipeline(&telling)).await?;
        Ok(EventId(id))
    }

    /// The events after an id; where there are none, waits for one.
    pub(super) async fn events_after(
        &self,
        export: ExportId,
        after: Option<&EventId>,
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<(EventId, Event)>, BoardError> {
        let after = after.filter(|id| is_stream_id(&id.0)).map_or("", |id| &id.0);
        let until = Instant::now() + wait;
        // Made before looking: it hears whatever is told from here on.
        let mut ear = self.bell.ear();
        loop {
            let events = self.events_now(export, after, limit).await?;
            let now = Instant::now();
            if !events.is_empty() || now >= until {
                return Ok(events);
            }
            // Woken or not, the next look tells.
            drop(tokio::time::timeout_at(until.min(now + LOOK_EVERY), ear.hear(export)).await);
        }
    }

    async fn events_now(
        &self,
        export: ExportId,
        after: &str,
        limit: usize,
    ) -> Result<Vec<(EventId, Event)>, BoardError> {
        let during = "read events";
        let mut call = self.scripts.events.key(self.keys.events(export));
        call.arg(after).arg(limit.min(2 * MAX_EVENTS));
        let found: StreamRangeReply = self.link.ask(during, Question::Script(&call)).await?;
        let read = |entry: redis::streams::StreamId| {
            let event = entry.get::<String>("event").unwrap_or_default();
            Ok((EventId(entry.id), read(during, &event)?))
        };
        found.ids.into_iter().map(read).collect()
    }
}

/// Whether an id has the shape that the server gives; it refuses to look for any other.
fn is_stream_id(id: &str) -> bool {
    let parts =
        id.split_once('-').map(|(at_ms, number)| (at_ms.parse::<u64>(), number.parse::<u64>()));
    matches!(parts, Some((Ok(_), Ok(_))))
}
