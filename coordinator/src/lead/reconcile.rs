//! Reconciling: the store says which runs are open; those that are not in memory are taken up.

use std::time::Duration;

use fabric::board::BoardError;
use fabric::record;
use fabric::store::StoreError;
use futures::TryStreamExt;
use proto::id::RunId;
use proto::key::{Key, Prefix};
use proto::run::{Head, Start};

use super::Lead;
use super::active::Active;
use super::chapter::Chapter;
use crate::Coordinator;
use crate::load::{Loaded, Standing};

/// How long workers and agents may take to see that a run is stopped. Who is slower still leaves
/// objects until the next clean-up.
const AFTERMATH: Duration = Duration::from_secs(10);

impl Lead<'_> {
    /// Finds open runs that are not in memory, and writes a wiped board anew.
    pub(super) async fn reconcile(&mut self) {
        if let Err(error) = self.find_open_runs().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "open runs not found");
        }
        match self.coordinator.board.is_complete().await {
            Ok(true) => {}
            Ok(false) => self.show_everything(),
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "no board"),
        }
        self.tell_owner_mails();
    }

    /// Begins to tell of mails to owners that agents have sent since.
    fn tell_owner_mails(&mut self) {
        if !self.chores.is_empty() {
            return;
        }
        let coordinator = self.coordinator.clone();
        self.chores.spawn(async move {
            if let Err(error) = coordinator.tell_owner_mails().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "mails to owners not told"
                );
            }
        });
    }

    async fn find_open_runs(&mut self) -> Result<(), StoreError> {
        let keys: Vec<Key> =
            record::keys(&self.coordinator.store, Prefix::open()).try_collect().await?;
        let unknown = keys
            .iter()
            .filter_map(Key::open_run)
            .filter(|id| !self.runs.contains_key(id) && !self.closings.holds(*id))
            .collect();
        let now = self.now();
        for (id, loaded) in self.coordinator.load_all(unknown, now).await {
            match loaded {
                Ok(loaded) => self.adopt(id, loaded).await,
                Err(error) => {
                    tracing::warn!(run = %id, error = &error as &dyn std::error::Error, "run not loaded");
                }
            }
        }
        Ok(())
    }

    /// Looks at one run, for somebody said that something happened to it.
    pub(super) async fn look_at(&mut self, id: RunId) {
        if self.closings.holds(id) {
            return self.closings.call(id);
        }
        let looked = if self.runs.contains_key(&id) {
            self.look_again(id).await
        } else {
            self.find(id).await
        };
        if let Err(error) = looked {
            tracing::warn!(run = %id, error = &error as &dyn std::error::Error, "run not loaded");
        }
    }

    async fn find(&mut self, id: RunId) -> Result<(), StoreError> {
        let loaded = self.coordinator.load(id, self.now()).await?;
        self.adopt(id, loaded).await;
        Ok(())
    }

    /// Looks at a run in memory, without reading all of it again.
    async fn look_again(&mut self, id: RunId) -> Result<(), StoreError> {
        match self.coordinator.standing(id).await? {
            Standing::Stopping { head } => self.stop(id, head),
            Standing::Absent => self.forget(id),
            // Something about its transports, then.
            Standing::UnderWay { .. } => {
                self.resume_transports(id).await;
            }
            Standing::Ended { .. } => {}
        }
        Ok(())
    }

    async fn adopt(&mut self, id: RunId, found: Standing<Loaded>) {
        match found {
            Standing::Ended { head: Some(head), outcome } => self.conclude(id, head, outcome),
            Standing::Ended { head: None, .. } => self.close(id).await,
            // One look more: whoever starts a run marks it open first.
            Standing::Absent if self.orphans.insert(id) => {}
            Standing::Absent => {
                self.orphans.remove(&id);
                self.close(id).await;
            }
            Standing::Stopping { head } => self.stop(id, head),
            Standing::UnderWay { head, start, more } => self.take_up(id, head, &start, more).await,
        }
    }

    /// Takes up a run that goes on.
    async fn take_up(&mut self, id: RunId, head: Head, start: &Start, loaded: Loaded) {
        self.take_stop_back(id).await;
        let Coordinator { ambient, settings, .. } = self.coordinator;
        let chapter = Chapter::of(id, start, ambient.now(), settings.longest_trace);
        match loaded {
            Loaded::Unplanned(stored) => {
                self.runs.insert(id, Active::unplanned(head, start, chapter, stored.definition));
                self.say_processing(id).await;
                self.begin_planning(id, Duration::ZERO);
            }
            Loaded::Planned { plan, run, kept } => {
                tracing::info!(export.id = %id.export, run = id.run, "run taken up");
                self.runs.insert(id, Active::resumed(head, start, chapter, plan, *run, kept));
                self.say_processing(id).await;
                self.show_deliveries(id).await;
                self.mark_missing(id).await;
                self.step(id).await;
            }
        }
    }

    /// Takes back that a run shall stop, where the board says so and the store does not: a retry
    /// could not tell the board.
    async fn take_stop_back(&self, id: RunId) {
        let board = &self.coordinator.board;
        let taken_back = async {
            if board.is_stopped(id).await? {
                board.forget_run(id).await?;
            }
            Ok::<_, BoardError>(())
        };
        if let Err(error) = taken_back.await {
            tracing::debug!(error = &error as &dyn std::error::Error, "board not updated");
        }
    }

    /// Holds a run no longer, and begins nothing more of it.
    pub(super) fn let_go(&mut self, id: RunId) -> Option<Active> {
        self.lanes.remove(id);
        self.plannings.cancel(id);
        self.runs.remove(&id)
    }

    /// Lets go of a run whose export was deleted, and takes away what those who were at work on it
    /// wrote until they saw that it is stopped.
    fn forget(&mut self, id: RunId) {
        let Some(active) = self.let_go(id) else { return };
        let coordinator = self.coordinator.clone();
        self.chores.spawn(async move {
            tokio::time::sleep(AFTERMATH).await;
            if let Err(fault) = coordinator.carry_out_deletion(id.export, &active.head.owner).await
            {
                tracing::warn!(export.id = %id.export, %fault, "deletion cut off");
            }
        });
    }

    async fn close(&self, id: RunId) {
        let closed = async {
            self.coordinator.settle_marks(id).await?;
            self.coordinator.store.delete(&[Key::open(id)]).await
        };
        if let Err(error) = closed.await {
            tracing::warn!(run = %id, error = &error as &dyn std::error::Error, "run not closed");
        }
    }

    /// Lets go of a run that shall stop, and begins to write that it did. Where the store does not take it, the
    /// run is found open again, and stops again.
    fn stop(&mut self, id: RunId, head: Head) {
        let run = self.let_go(id).and_then(|active| active.run);
        let counts = run.map(|run| run.counts());
        let coordinator = self.coordinator.clone();
        self.end_by(id, head, async move { coordinator.write_stopped(id, counts).await });
    }
}
