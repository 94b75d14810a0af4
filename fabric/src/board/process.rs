//! The board of a single process: maps in memory, with the promises of the fleet's board.
//!
//! Nothing survives the process. Of an export's events the last [`MAX_EVENTS`](super::MAX_EVENTS) are kept, and what is
//! kept of an export goes with [`Board::remove`].

mod shown;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use proto::delivery::{Delivery, Moved};
use proto::event::Event;
use proto::id::{ExportId, Owner, RunId};
use proto::run::Counts;
use tokio::sync::Notify;
use tokio::time::Instant;

use self::shown::Shown;
use super::{Board, BoardError, EventId, Mark, ShownDelivery, Summary, Workload};

/// Shows progress within one process.
#[derive(Default)]
pub struct ProcessBoard {
    shown: Mutex<Shown>,
    told: Notify,
}

impl ProcessBoard {
    /// An empty board.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything.
    pub fn wipe(&self) {
        *self.shown() = Shown::default();
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        // No call can leave it half changed, so a panic elsewhere does not spoil it.
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Board for ProcessBoard {
    async fn mark(&self, run: RunId, batches: &[Mark]) -> Result<(), BoardError> {
        self.shown().mark(run, batches);
        Ok(())
    }

    async fn counts(&self, run: RunId) -> Result<Option<Counts>, BoardError> {
        Ok(self.shown().counts(run))
    }

    async fn marked(&self, run: RunId) -> Result<Vec<u32>, BoardError> {
        Ok(self.shown().marked(run))
    }

    async fn show_part(
        &self,
        run: RunId,
        ordinal: u32,
        thousandths: u32,
    ) -> Result<(), BoardError> {
        self.shown().show_part(run, ordinal, thousandths);
        Ok(())
    }

    async fn parts(&self, run: RunId) -> Result<BTreeMap<u32, u32>, BoardError> {
        Ok(self.shown().parts(run))
    }

    async fn show_delivery(
        &self,
        run: RunId,
        transport: u32,
        delivery: &Delivery,
    ) -> Result<(), BoardError> {
        self.shown().delivery(run, transport).delivery = Some(delivery.clone());
        Ok(())
    }

    async fn show_moved(&self, run: RunId, transport: u32, moved: Moved) -> Result<(), BoardError> {
        self.shown().delivery(run, transport).moved = Some(moved);
        Ok(())
    }

    async fn deliveries(&self, run: RunId) -> Result<BTreeMap<u32, ShownDelivery>, BoardError> {
        Ok(self.shown().deliveries(run))
    }

    async fn forget_run(&self, run: RunId) -> Result<(), BoardError> {
        self.shown().forget_run(run);
        Ok(())
    }

    async fn stop(&self, run: RunId) -> Result<(), BoardError> {
        self.shown().stopped.insert(run);
        Ok(())
    }

    async fn is_stopped(&self, run: RunId) -> Result<bool, BoardError> {
        Ok(self.shown().stopped.contains(&run))
    }

    async fn show(&self, summary: &Summary) -> Result<(), BoardError> {
        self.shown().exports.insert(summary.id, summary.clone());
        Ok(())
    }

    async fn summary(&self, export: ExportId) -> Result<Option<Summary>, BoardError> {
        Ok(self.shown().exports.get(&export).cloned())
    }

    async fn list(
        &self,
        owner: Option<&Owner>,
        before: Option<ExportId>,
        limit: usize,
    ) -> Result<Vec<Summary>, BoardError> {
        Ok(self.shown().list(owner, before, limit))
    }

    async fn remove(&self, _owner: &Owner, export: ExportId) -> Result<(), BoardError> {
        self.shown().remove(export);
        Ok(())
    }

    async fn tell(&self, export: ExportId, event: &Event) -> Result<EventId, BoardError> {
        let id = self.shown().tell(export, event);
        self.told.notify_waiters();
        Ok(id)
    }

    async fn events(
        &self,
        export: ExportId,
        after: Option<&EventId>,
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<(EventId, Event)>, BoardError> {
        let until = Instant::now() + wait;
        loop {
            // Made before looking: it is woken by whatever is told from here on.
            let told = self.told.notified();
            let events = self.shown().events(export, after, limit);
            if !events.is_empty() || tokio::time::timeout_at(until, told).await.is_err() {
                return Ok(events);
            }
        }
    }

    async fn lease(
        &self,
        name: &str,
        holder: &str,
        lifetime: Duration,
    ) -> Result<bool, BoardError> {
        Ok(self.shown().lease(name, holder, Instant::now(), lifetime))
    }

    async fn release(&self, name: &str, holder: &str) -> Result<(), BoardError> {
        self.shown().release(name, holder);
        Ok(())
    }

    async fn show_workload(
        &self,
        workload: &Workload,
        lifetime: Duration,
    ) -> Result<(), BoardError> {
        self.shown().workload = Some((*workload, Instant::now() + lifetime));
        Ok(())
    }

    async fn workload(&self) -> Result<Option<Workload>, BoardError> {
        let shown = self.shown().workload;
        Ok(shown.filter(|(_, until)| Instant::now() < *until).map(|(workload, _)| workload))
    }

    async fn is_complete(&self) -> Result<bool, BoardError> {
        Ok(self.shown().is_complete)
    }

    async fn set_complete(&self) -> Result<(), BoardError> {
        self.shown().is_complete = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proto::event::Happening;
    use proto::run::State;
    use uuid::Uuid;

    use super::*;
    use crate::board::{MAX_EVENTS, suite};

    #[tokio::test]
    async fn keeps_every_promise_of_a_board() {
        let board = ProcessBoard::new();
        suite::run(&board, async || {
            board.wipe();
            Ok(())
        })
        .await;
    }

    #[tokio::test]
    async fn old_events_make_room_for_new_ones() {
        let board = ProcessBoard::new();
        let export = ExportId(Uuid::from_u128(1));
        let what = Happening::State { state: State::Processing };
        let first = Event { at: jiff::Timestamp::UNIX_EPOCH, run: 0, what };
        for run in 0..=u32::try_from(MAX_EVENTS).unwrap() {
            board.tell(export, &Event { run, ..first.clone() }).await.unwrap();
        }
        let events = board.events(export, None, usize::MAX, Duration::ZERO).await.unwrap();
        assert_eq!(events.len(), MAX_EVENTS);
        assert_eq!(events[0].1.run, 1);
    }
}
