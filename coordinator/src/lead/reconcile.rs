//! Reconciling: the store says which runs are open, and the board is written anew where it was wiped.

use std::time::Duration;

use fabric::board::{BoardError, Mark};
use fabric::record;
use fabric::store::StoreError;
use futures::TryStreamExt;
use futures::stream::StreamExt;
use proto::id::RunId;
use proto::key::{Key, Prefix};
use proto::run::{Head, Outcome, State};

use super::Lead;
use super::active::Active;
use crate::accept::summary;
use crate::load::{Loaded, Standing};

/// How many exports are shown at once when the board is written anew.
const SHOWN_AT_ONCE: usize = 32;

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
            Ok(false) => {
                if let Err(error) = self.show_everything().await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "board not written anew"
                    );
                }
            }
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "no board"),
        }
    }

    async fn find_open_runs(&mut self) -> Result<(), StoreError> {
        let keys: Vec<Key> =
            record::keys(&self.coordinator.store, Prefix::open()).try_collect().await?;
        let unknown = keys
            .iter()
            .filter_map(Key::open_run)
            .filter(|id| !self.runs.contains_key(id))
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
            Standing::Stopping { head } => self.stop(id, head).await,
            Standing::Absent => self.forget(id),
            // Something about its transports, then.
            Standing::UnderWay { .. } => {
                self.resume_transports(id).await;
            }
            Standing::Ended { .. } => {}
        }
        Ok(())
    }

    async fn adopt(&mut self, id: RunId, loaded: Loaded) {
        match loaded {
            Loaded::Ended { head: Some(head), outcome } => {
                if let Err(error) = self.coordinator.conclude(id, &head, &outcome).await {
                    tracing::warn!(run = %id, error = &error as &dyn std::error::Error, "run not closed");
                }
            }
            Loaded::Ended { head: None, .. } => self.close(id).await,
            // One look more: whoever starts a run marks it open first.
            Loaded::Absent if self.orphans.insert(id) => {}
            Loaded::Absent => {
                self.orphans.remove(&id);
                self.close(id).await;
            }
            Loaded::Stopping { head } => self.stop(id, head).await,
            Loaded::Unplanned { head, start, definition } => {
                self.take_stop_back(id).await;
                self.runs.insert(id, Active::unplanned(head, &start, definition.definition));
                self.say_processing(id).await;
                self.begin_planning(id, Duration::ZERO);
            }
            Loaded::Planned { head, start, plan, run, kept } => {
                tracing::info!(export.id = %id.export, run = id.run, "run taken up");
                self.take_stop_back(id).await;
                self.runs.insert(id, Active::resumed(head, &start, plan, *run, kept));
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

    async fn stop(&mut self, id: RunId, head: Head) {
        let active = self.let_go(id);
        let counts =
            active.and_then(|active| active.run).map(|run| run.counts()).unwrap_or_default();
        if let Err(error) = self.coordinator.end_stopped(id, &head, counts).await {
            tracing::warn!(run = %id, error = &error as &dyn std::error::Error, "run not stopped");
        }
    }

    /// Writes everything on the board that the store knows.
    async fn show_everything(&self) -> Result<(), StoreError> {
        let coordinator = self.coordinator;
        tracing::info!("writing the board anew");
        let mut heads = record::keys(&coordinator.store, Prefix::exports())
            .try_filter(|key| std::future::ready(key.export_of_head().is_some()))
            .map(|key| async { self.show_again(&key?).await })
            .buffer_unordered(SHOWN_AT_ONCE);
        while heads.try_next().await?.is_some() {}
        drop(heads);
        for (id, active) in &self.runs {
            coordinator.show(&active.summary()).await;
            self.show_deliveries(*id).await;
            if let Some(run) = &active.run {
                self.mark_again(*id, run.counts()).await?;
            }
        }
        if let Err(error) = coordinator.board.set_complete().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "board not updated");
        }
        Ok(())
    }

    async fn show_again(&self, key: &Key) -> Result<(), StoreError> {
        let store = &*self.coordinator.store;
        let Some(head) = record::find::<Head>(store, key).await? else { return Ok(()) };
        self.coordinator.promise(&head).await?;
        let id = RunId { export: head.id, run: head.run };
        if self.runs.contains_key(&id) {
            return Ok(());
        }
        let state = match head.run {
            0 => State::New,
            _ => match record::find::<Outcome>(store, &Key::outcome(id)).await? {
                Some(outcome) => outcome.state,
                None => {
                    // A run without end is open, whatever lost its mark.
                    if record::exists(store, &Key::start(id)).await? {
                        record::create(store, &Key::open(id), &()).await?;
                    }
                    State::Pending
                }
            },
        };
        self.coordinator.show(&summary(&head, state)).await;
        Ok(())
    }

    /// Marks what the board has lost of a run that is taken up again.
    async fn mark_missing(&self, id: RunId) {
        let Some(run) = self.runs.get(&id).and_then(|active| active.run.as_ref()) else { return };
        let known = run.counts();
        // A board that does not answer is written anew once it does.
        let Ok(shown) = self.coordinator.board.counts(id).await else { return };
        if shown.unwrap_or_default().batches >= known.batches {
            return;
        }
        if let Err(error) = self.mark_again(id, known).await {
            tracing::warn!(run = %id, error = &error as &dyn std::error::Error, "batches not marked");
        }
    }

    /// Marks the finished batches of a run again; a batch that is marked already counts once.
    async fn mark_again(&self, id: RunId, known: proto::run::Counts) -> Result<(), StoreError> {
        if known.batches == 0 {
            return Ok(());
        }
        let keys = record::keys(&self.coordinator.store, Prefix::commits(id));
        let mut commits = keys
            .map(|key| async { record::read(&*self.coordinator.store, &key?).await })
            .buffer_unordered(SHOWN_AT_ONCE)
            .try_chunks(1000);
        loop {
            let chunk: Vec<proto::commit::Commit> = match commits.try_next().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => return Ok(()),
                Err(error) => return Err(error.1),
            };
            let marks: Vec<Mark> = chunk
                .iter()
                .map(|commit| Mark { ordinal: commit.ordinal, counts: crate::load::counts(commit) })
                .collect();
            if let Err(error) = self.coordinator.board.mark(id, &marks).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "board not updated");
            }
        }
    }
}
