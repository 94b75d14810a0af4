//! Writing the board anew from the store: all of it where it was wiped, a run where it has lost some.

use std::collections::BTreeSet;

use fabric::board::Mark;
use fabric::record;
use fabric::store::StoreError;
use futures::TryStreamExt;
use futures::stream::StreamExt;
use proto::commit::Commit;
use proto::id::RunId;
use proto::key::{Key, Prefix};
use proto::run::{Counts, Head, Outcome, State};

use super::Lead;
use crate::Coordinator;
use crate::accept::summary;
use crate::load::counts;

/// How many exports are shown at once when the board is written anew.
const SHOWN_AT_ONCE: usize = 32;

/// The runs that whoever leads has in hand, and shows himself.
struct Held {
    open: BTreeSet<RunId>,
    /// Of some of them it may not be written yet how they ended.
    closing: BTreeSet<RunId>,
}

impl Lead<'_> {
    /// Begins to write on the board what the store knows of every export there is, unless that is under
    /// way. There may be very many, so it goes on beside the loop.
    pub(super) fn show_everything(&mut self) {
        if !self.showing.is_empty() {
            return;
        }
        tracing::info!("writing the board anew");
        let coordinator = self.coordinator.clone();
        let held = Held {
            open: self.runs.keys().copied().collect(),
            closing: self.closings.runs().collect(),
        };
        self.showing.spawn(async move { coordinator.show_heads(&held).await });
    }

    /// Writes on the board what is under way, once all exports are on it.
    pub(super) async fn shown_again(&self, shown: Result<(), StoreError>) {
        let complete = async {
            shown?;
            for (id, active) in &self.runs {
                self.coordinator.show(&active.summary()).await;
                self.show_deliveries(*id).await;
                if let Some(run) = &active.run {
                    self.mark_again(*id, run.counts()).await?;
                }
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = complete.await {
            tracing::warn!(error = &error as &dyn std::error::Error, "board not written anew");
            return;
        }
        if let Err(error) = self.coordinator.board.set_complete().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "board not updated");
        }
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
        let mut marks = record::follow::<Commit>(&self.coordinator.store, keys)
            .map_ok(|commit| Mark { ordinal: commit.ordinal, counts: counts(&commit) })
            .try_chunks(1000);
        loop {
            let marks: Vec<Mark> = match marks.try_next().await {
                Ok(Some(marks)) => marks,
                Ok(None) => return Ok(()),
                Err(error) => return Err(error.1),
            };
            if let Err(error) = self.coordinator.board.mark(id, &marks).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "board not updated");
            }
        }
    }
}

impl Coordinator {
    /// Shows every export but those whose runs are shown by whoever has them in hand.
    async fn show_heads(&self, held: &Held) -> Result<(), StoreError> {
        let mut heads = record::keys(&self.store, Prefix::exports())
            .try_filter(|key| std::future::ready(key.export_of_head().is_some()))
            .map(|key| async { self.show_again(&key?, held).await })
            .buffer_unordered(SHOWN_AT_ONCE);
        while heads.try_next().await?.is_some() {}
        Ok(())
    }

    async fn show_again(&self, key: &Key, held: &Held) -> Result<(), StoreError> {
        let store = &*self.store;
        let Some(export) = record::find::<Head>(store, key).await? else { return Ok(()) };
        self.promise(&export).await?;
        let id = RunId { export: export.id, run: export.run };
        if held.open.contains(&id) {
            return Ok(());
        }
        let state = match export.run {
            0 => State::New,
            _ => match record::find::<Outcome>(store, &Key::outcome(id)).await? {
                Some(outcome) => outcome.state,
                // It is shown once that is written.
                None if held.closing.contains(&id) => return Ok(()),
                None => {
                    // A run without end is open, whatever lost its mark.
                    if self.has_begun(&export).await? {
                        record::create(store, &Key::open(id), &()).await?;
                    }
                    State::Pending
                }
            },
        };
        self.show(&summary(&export, state)).await;
        Ok(())
    }
}
