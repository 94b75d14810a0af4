//! What is told of the last runs that came to something: runs that failed or were stopped count for nothing, and of
//! those that found nothing none was the last that gave anything.

use fabric::record;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use proto::id::RunId;
use proto::key::Key;
use proto::run::{Head, Outcome, State};

use super::Dialect;
use super::state::Standing;
use super::trouble::Trouble;

/// How many runs before the last one are looked at: there may be very many that found nothing.
const LOOKED_AT: usize = 100;

/// How many of them are read at once.
const READ_AHEAD: usize = 8;

/// What the last runs of an export gave.
#[derive(Debug, Default)]
pub(super) struct Relevant {
    /// How many objects the last one gave that made its files.
    pub(super) objects: Option<u64>,
    /// When the last one ended that gave any.
    pub(super) run_at: Option<Timestamp>,
}

impl Relevant {
    /// That of an export whose last run stands so.
    pub(super) async fn of(
        dialect: &Dialect,
        head: &Head,
        standing: Option<&Standing>,
    ) -> Result<Self, Trouble> {
        let mut relevant = Self::default();
        if relevant.is_complete_with(standing.and_then(|standing| standing.outcome.as_ref())) {
            return Ok(relevant);
        }
        let (store, export) = (&*dialect.api.coordinator.store, head.id);
        let mut outcomes = stream::iter((1..head.run).rev().take(LOOKED_AT))
            .map(|run| async move {
                let key = Key::outcome(RunId { export, run });
                record::find::<Outcome>(store, &key).await
            })
            .buffered(READ_AHEAD);
        while let Some(outcome) = outcomes.try_next().await? {
            if relevant.is_complete_with(outcome.as_ref()) {
                break;
            }
        }
        Ok(relevant)
    }

    /// Takes in how the run before those so far ended; whether those before it tell no more.
    fn is_complete_with(&mut self, outcome: Option<&Outcome>) -> bool {
        let Some(outcome) = outcome.filter(|outcome| was_made(outcome)) else { return false };
        self.objects = self.objects.or(Some(outcome.counts.records));
        self.run_at = (outcome.counts.records > 0).then_some(outcome.at);
        self.run_at.is_some()
    }
}

/// Whether everything was made, though the files may have gone since.
fn was_made(outcome: &Outcome) -> bool {
    let is_of_transport = outcome.faults.iter().all(|fault| fault.transport.is_some());
    outcome.is_made() || (outcome.state == State::Expired && is_of_transport)
}
