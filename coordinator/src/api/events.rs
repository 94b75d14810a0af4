//! Events of an export, as they happen: server-sent events that begin again where a follower left.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use fabric::board::EventId;
use fabric::record;
use futures::stream::{self, Stream};
use proto::event::{Event, Happening};
use proto::id::{ExportId, RunId};
use proto::key::Key;
use proto::run::{Head, Outcome};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::ask::{Asked, At};
use super::caller::Caller;
use super::problem::{Problem, Refusal};

/// How long the board is asked to wait for an event; as often, the store is asked whether the run
/// has ended, for the board may have been wiped.
const WAIT: Duration = Duration::from_secs(15);

/// How long to wait before a board that does not answer is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Most events taken from the board at once.
const AT_ONCE: usize = 256;

/// What to follow, and from where.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Following {
    /// Events after this one, by its id; the header `Last-Event-ID` goes before.
    after: Option<String>,
    /// `run` ends the stream with the last run; otherwise it goes on.
    #[param(inline)]
    follow: Option<Follow>,
}

/// How long a stream of events goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Follow {
    /// Until the run that is the last one now has ended.
    Run,
    /// Until the follower leaves.
    Export,
}

/// Follows an export: every event kept so far after the given one, then each as it happens.
#[utoipa::path(get, path = "/exports/{export}/events", operation_id = "follow_export", tag = "events", security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export"), Following,
           ("Last-Event-ID" = Option<String>, Header, description = "Events after this one")),
    responses((status = 200, description = "Server-sent events; each one's data is an event",
               content_type = "text/event-stream", body = Event),
              (status = 404, description = "There is no such export", body = Problem)))]
pub(super) async fn follow(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At(export): At<ExportId>,
    Asked(following): Asked<Following>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Sent, Infallible>>>, Refusal> {
    let head = api.coordinator.head(&owner, export).await?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let until = match following.follow {
        Some(Follow::Run) => Some(head.run),
        Some(Follow::Export) | None => None,
    };
    let follower = Follower {
        api,
        export,
        until,
        after: last.or(following.after).map(EventId),
        waiting: VecDeque::new(),
        wait: Duration::ZERO,
        has_ended: false,
    };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(WAIT)))
}

struct Follower {
    api: Api,
    export: ExportId,
    /// The run whose end is the end of the stream.
    until: Option<u32>,
    after: Option<EventId>,
    waiting: VecDeque<(EventId, Event)>,
    wait: Duration,
    has_ended: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<Sent> {
        while !self.has_ended {
            if let Some((id, event)) = self.waiting.pop_front() {
                self.has_ended = self.is_end(&event) && self.has_outcome(event.run).await;
                let sent = shape(&event).id(&id.0);
                self.after = Some(id);
                return Some(sent);
            }
            let board = &self.api.coordinator.board;
            match board.events(self.export, self.after.as_ref(), AT_ONCE, self.wait).await {
                Ok(events) if events.is_empty() => {
                    self.wait = WAIT;
                    if let Some(end) = self.end().await {
                        self.has_ended = true;
                        return end;
                    }
                }
                Ok(events) => self.waiting = events.into(),
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "no events");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        None
    }

    /// Whether an event says that the run is over that is followed.
    fn is_end(&self, event: &Event) -> bool {
        let is_final = match &event.what {
            Happening::State { state } => state.is_final(),
            Happening::Planned { .. }
            | Happening::Progress { .. }
            | Happening::Retrying { .. }
            | Happening::Delivering { .. }
            | Happening::Assembled { .. }
            | Happening::Delivered { .. }
            | Happening::TransportFailed { .. } => false,
        };
        is_final && self.until.is_some_and(|run| event.run >= run)
    }

    /// Whether the end of a run still stands: after a retry the board has the end before it too.
    async fn has_outcome(&self, run: u32) -> bool {
        let key = Key::outcome(RunId { export: self.export, run });
        // A store that does not answer is asked again where nothing comes any more.
        record::exists(&*self.api.coordinator.store, &key).await.unwrap_or(false)
    }

    /// Whether nothing more comes, as the store says it: the export is gone, or the run has ended
    /// and its last event was lost with the board. The last event is told again from the store.
    async fn end(&self) -> Option<Option<Sent>> {
        let store = &*self.api.coordinator.store;
        let head: Option<Head> = record::find(store, &Key::head(self.export)).await.ok()?;
        if head.is_none() {
            return Some(None);
        }
        let run = self.until.filter(|run| *run > 0)?;
        let outcome: Option<Outcome> =
            record::find(store, &Key::outcome(RunId { export: self.export, run })).await.ok()?;
        let outcome = outcome?;
        let event = Event { at: outcome.at, run, what: Happening::State { state: outcome.state } };
        Some(Some(shape(&event)))
    }
}

fn shape(event: &Event) -> Sent {
    let name = match &event.what {
        Happening::State { .. } => "state",
        Happening::Planned { .. } => "planned",
        Happening::Progress { .. } => "progress",
        Happening::Retrying { .. } => "retrying",
        Happening::Assembled { .. } => "assembled",
        Happening::Delivering { .. } => "delivering",
        Happening::Delivered { .. } => "delivered",
        Happening::TransportFailed { .. } => "transport_failed",
    };
    let data = serde_json::to_string(event).expect("events hold only what JSON can hold");
    Sent::default().event(name).data(data)
}
