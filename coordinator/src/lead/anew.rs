//! Writing the board anew from the store: all of it where it was wiped, a run where it has lost some.

use fabric::board::Mark;
use fabric::record;
use fabric::store::StoreError;
use futures::TryStreamExt;
use futures::stream::StreamExt;
use proto::id::RunId;
use proto::key::{Key, Prefix};
use proto::run::{Counts, Head, Outcome, State};

use super::Lead;
use crate::accept::summary;

/// How many exports are shown at once when the board is written anew.
const SHOWN_AT_ONCE: usize = 32;

impl Lead<'_> {
    /// Writes everything on the board that the store knows.
    pub(super) async fn show_everything(&self) -> Result<(), StoreError> {
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
    pub(super) async fn mark_missing(&self, id: RunId) {
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
    async fn mark_again(&self, id: RunId, known: Counts) -> Result<(), StoreError> {
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
