//! Runs that begin by themselves, and who asks for them after all.
//!
//! An export without schedules runs as soon as it is made or changed, and clients ask for that run all the
//! same. The first that does is given the run that is under way.

use std::time::Duration;

use fabric::record::{self, Created};
use proto::fault::{Code, Fault};
use proto::id::{ExportId, Owner, RunId};
use proto::key::Key;
use proto::run::{Extent, Outcome, Start, State};

use crate::Coordinator;
use crate::accept::told;

/// How long after its end a run that failed because its owner was signed out goes on when somebody asks for
/// one; later, what it has is too old.
const RESUMED_WITHIN: Duration = Duration::from_hours(24);

/// How long after its end a run that began by itself is still what somebody asks for.
const ADOPTED_WITHIN: Duration = Duration::from_mins(5);

impl Coordinator {
    /// Starts the run that an export makes by itself.
    pub(crate) async fn start_by_itself(
        &self,
        owner: &Owner,
        export: ExportId,
    ) -> Result<RunId, Fault> {
        let head = self.head(owner, export).await?;
        let next = RunId { export, run: head.run + 1 };
        // Before the run is there: whoever asks for it meanwhile finds it so.
        record::create(&*self.store, &Key::automatic(next), &()).await.map_err(told)?;
        self.start(owner, export, Extent::Changes).await
    }

    /// Starts a run that somebody asks for, or gives them the one that began by itself, or lets the last one
    /// go on that waits for its owner to sign in.
    pub(crate) async fn start_or_adopt(
        &self,
        owner: &Owner,
        export: ExportId,
    ) -> Result<RunId, Fault> {
        let head = self.head(owner, export).await?;
        let run = RunId { export, run: head.run };
        if head.run > 0 && self.is_to_adopt(run).await? {
            let adopted = record::create(&*self.store, &Key::adopted(run), &()).await;
            if adopted.map_err(told)? == Created::Now {
                return Ok(run);
            }
        }
        if head.run > 0 && self.waits_for_sign_in(run, head.version).await? {
            return self.retry(owner, export).await;
        }
        self.start(owner, export, Extent::Changes).await
    }

    /// Whether a run of this version of the definition failed of late, because its owner was signed out.
    async fn waits_for_sign_in(&self, run: RunId, version: u32) -> Result<bool, Fault> {
        let outcome: Option<Outcome> =
            record::find(&*self.store, &Key::outcome(run)).await.map_err(told)?;
        let is_signed_out = outcome.is_some_and(|outcome| {
            outcome.state == State::Failed
                && outcome.faults.iter().any(|fault| fault.fault.code == Code::SignedOut)
                && self.ambient.now() < outcome.at + RESUMED_WITHIN
        });
        if !is_signed_out {
            return Ok(false);
        }
        let start: Option<Start> =
            record::find(&*self.store, &Key::start(run)).await.map_err(told)?;
        Ok(start.is_some_and(|start| start.version == version))
    }

    async fn is_to_adopt(&self, run: RunId) -> Result<bool, Fault> {
        if !record::exists(&*self.store, &Key::automatic(run)).await.map_err(told)? {
            return Ok(false);
        }
        let outcome: Option<Outcome> =
            record::find(&*self.store, &Key::outcome(run)).await.map_err(told)?;
        Ok(outcome.is_none_or(|outcome| {
            let is_whole = matches!(outcome.state, State::Done | State::DoneWithWarnings);
            is_whole && self.ambient.now() < outcome.at + ADOPTED_WITHIN
        }))
    }
}
