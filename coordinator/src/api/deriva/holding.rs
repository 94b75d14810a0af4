//! Holding an answer until a run has ended, for so long as clients wait.

use std::time::Duration;

use fabric::board::EventId;
use fabric::record;
use fabric::store::StoreError;
use proto::event::{Event, Happening};
use proto::id::RunId;
use proto::key::Key;
use proto::run::Outcome;
use tokio::time::Instant;

use super::Door;

/// How long the board is asked to wait for an event; as often, the store is asked whether the run has ended, for
/// the board may have been wiped.
const WAIT: Duration = Duration::from_secs(5);

/// How long to wait before a board that does not answer is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Most events taken from the board at once.
const AT_ONCE: usize = 256;

impl Door {
    /// Until when an answer is held that is asked for now.
    pub(super) fn until(&self) -> Instant {
        Instant::now() + self.settings.hold
    }

    /// How a run ended; nothing where it has not until then, or this process is about to end.
    ///
    /// May be dropped at any moment.
    pub(super) async fn ended(
        &self,
        run: RunId,
        until: Instant,
    ) -> Result<Option<Outcome>, StoreError> {
        let store = &*self.api.coordinator.store;
        let mut after = None;
        loop {
            let outcome: Option<Outcome> = record::find(store, &Key::outcome(run)).await?;
            let left = until.saturating_duration_since(Instant::now());
            if outcome.is_some() || left.is_zero() || self.closing.is_cancelled() {
                return Ok(outcome);
            }
            tokio::select! {
                () = self.closing.cancelled() => {}
                () = self.end_told(run, &mut after, left.min(WAIT)) => {}
            }
        }
    }

    /// Waits until the board tells of an end, and no longer than so long.
    async fn end_told(&self, run: RunId, after: &mut Option<EventId>, most: Duration) {
        let board = &self.api.coordinator.board;
        let until = Instant::now() + most;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            match board.events(run.export, after.as_ref(), AT_ONCE, left).await {
                Ok(events) => {
                    let is_told = events.iter().any(|(_, event)| is_end(event, run));
                    if let Some((id, _)) = events.into_iter().next_back() {
                        *after = Some(id);
                    }
                    if is_told {
                        return;
                    }
                }
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "no events");
                    tokio::time::sleep(PAUSE.min(left)).await;
                }
            }
        }
    }
}

/// Whether an event says that a run is over.
fn is_end(event: &Event, run: RunId) -> bool {
    match &event.what {
        Happening::State { state } => event.run >= run.run && state.is_final(),
        Happening::Planned { .. }
        | Happening::Progress { .. }
        | Happening::Retrying { .. }
        | Happening::Delivering { .. }
        | Happening::Assembled { .. }
        | Happening::Delivered { .. }
        | Happening::TransportFailed { .. } => false,
    }
}
