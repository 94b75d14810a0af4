//! How far an export is, in the words of the dialect.

use fabric::record;
use proto::id::RunId;
use proto::key::Key;
use proto::run::{Head, Outcome, Start, State};

use super::trouble::Trouble;
use super::{Dialect, Product};

/// The last run of an export, as far as its state tells.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) run: RunId,
    pub(super) start: Option<Start>,
    pub(super) outcome: Option<Outcome>,
    state: State,
}

impl Standing {
    /// The last run of an export; nothing before the first.
    pub(super) async fn of(dialect: &Dialect, head: &Head) -> Result<Option<Self>, Trouble> {
        if head.run == 0 {
            return Ok(None);
        }
        let coordinator = &dialect.api.coordinator;
        let run = RunId { export: head.id, run: head.run };
        let start: Option<Start> = record::find(&*coordinator.store, &Key::start(run)).await?;
        let outcome: Option<Outcome> =
            record::find(&*coordinator.store, &Key::outcome(run)).await?;
        let state = match &outcome {
            Some(outcome) => outcome.state,
            // The board only shows; without it a run under way is one that waits.
            None => {
                let shown = coordinator.board.summary(head.id).await.ok().flatten();
                let shown = shown.filter(|shown| shown.run == run.run && !shown.state.is_final());
                shown.map_or(State::Pending, |shown| shown.state)
            }
        };
        Ok(Some(Self { run, start, outcome, state }))
    }

    /// Whether its files are there.
    pub(super) fn is_readable(&self) -> bool {
        self.outcome.as_ref().is_some_and(Outcome::is_made)
    }

    /// Whether the run is of the export as it is now.
    pub(super) fn is_current(&self, head: &Head) -> bool {
        self.start.as_ref().is_none_or(|start| start.version == head.version)
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.outcome.is_none()
    }

    fn word(&self, product: Product) -> &'static str {
        let is_made = self.is_readable();
        match self.outcome.as_ref() {
            // Transports fail for themselves there.
            Some(outcome) if outcome.state == State::Failed && is_made => {
                word(State::DoneWithWarnings, product)
            }
            Some(_) | None => word(self.state, product),
        }
    }
}

/// A state as the product's clients know it.
///
/// The one place that decides it: easydb has no state for warnings, and what was stopped has failed.
pub(super) fn word(state: State, product: Product) -> &'static str {
    match (state, product) {
        (State::New, _) => "new",
        (State::Pending, _) => "pending",
        (State::Processing, _) => "processing",
        (State::Done, _) | (State::DoneWithWarnings, Product::Easydb5) => "done",
        (State::DoneWithWarnings, Product::Fylr) => "done_with_warnings",
        (State::Failed | State::Stopped, _) => "failed",
        (State::Expired, _) => "expired",
    }
}

/// How far an export is: `new` before its first run, and where it was changed since its last one ended.
pub(super) fn state(head: &Head, standing: Option<&Standing>, product: Product) -> &'static str {
    let Some(standing) = standing else { return "new" };
    if standing.is_current(head) || standing.is_under_way() {
        standing.word(product)
    } else {
        "new"
    }
}
