//! With which run a command begins: that which was cut off, that which failed for a reason that passes, or a
//! new one.

use std::path::Path;

use fabric::record;
use proto::definition::Definition;
use proto::digest::hex;
use proto::fault::{Code, Fault};
use proto::id::{ExportId, Owner, RunId};
use proto::key::Key;
use proto::run::{Extent, Outcome, State};
use sha2::{Digest, Sha256};

use super::deliver;
use crate::compose::{self, Ground};
use crate::exit;

/// The export of a definition at a place: the same definition there is the same export, so that a run
/// that was cut off is found again.
pub(super) fn identity(definition: &Definition, base: &Path) -> String {
    let mut digest = Sha256::new();
    digest.update(record::encode(definition));
    digest.update([0]);
    digest.update(base.as_os_str().as_encoded_bytes());
    hex(&digest.finalize())
}

/// Where a command begins.
pub(super) enum Begun {
    /// With work on a run.
    At(RunId),
    /// With a run that was made, and cut off before all of it was in the output directory.
    Made(RunId, Outcome),
}

/// The run to follow: the one that was cut off, the one that failed for a passing reason, or a new
/// one.
pub(super) async fn begin(
    coordinator: &coordinator::Coordinator,
    ground: &Ground,
    owner: &Owner,
    export: ExportId,
) -> anyhow::Result<Begun> {
    let head = coordinator.head(owner, export).await.map_err(|fault| compose::told(&fault))?;
    let last = RunId { export, run: head.run };
    if head.run > 0 {
        let started = coordinator.has_begun(&head).await?;
        let outcome: Option<Outcome> = record::find(&*ground.store, &Key::outcome(last)).await?;
        match outcome {
            None if started => {
                record::create(&*ground.store, &Key::open(last), &()).await?;
                exit::say("going on with the run that was cut off");
                return Ok(Begun::At(last));
            }
            Some(outcome) if may_go_on(&outcome) => {
                exit::say("going on with the run that failed");
                let retried = coordinator.retry(owner, export).await;
                return retried.map(Begun::At).map_err(|fault| compose::told(&fault));
            }
            // A new run of what is exported incrementally would leave out what this one has.
            Some(outcome) if deliver::is_left(&*ground.store, last, &outcome).await? => {
                exit::say("going on with the run that was cut off");
                return Ok(Begun::Made(last, outcome));
            }
            _ => {}
        }
    }
    let started = coordinator.start(owner, export, Extent::Changes).await;
    started.map(Begun::At).map_err(|fault| compose::told(&fault))
}

/// Whether a fault is a mistake of the definition that only the source could find.
pub(super) fn is_mistake(fault: &Fault) -> bool {
    matches!(fault.code, Code::UnknownSource | Code::UnknownSourceField)
}

/// Whether a run failed for a reason that passes or lies outside, so that what is finished still holds.
pub(super) fn may_go_on(outcome: &Outcome) -> bool {
    let passes = |fault: &Fault| {
        matches!(
            fault.code,
            Code::AttemptsExhausted
                // With the next session it goes on.
                | Code::SignedOut
                | Code::DiskFull
                | Code::StoreUnavailable
                | Code::TargetUnavailable
                | Code::TargetRefused
                | Code::TargetFull
                | Code::TargetUntrusted
                | Code::TargetDamaged
        )
    };
    match outcome.state {
        State::Stopped => true,
        // A transport is tried again alone: every batch is finished.
        State::Failed => {
            outcome.faults.iter().all(|failed| failed.transport.is_some() || passes(&failed.fault))
        }
        State::New
        | State::Pending
        | State::Processing
        | State::Done
        | State::DoneWithWarnings
        | State::Expired => false,
    }
}

#[cfg(test)]
mod tests {
    use fabric::ambient::Ambient;
    use proto::run::{BatchFault, Counts};

    use super::*;

    fn check(code: Code, goes_on: bool) {
        let (at, counts) = (Ambient::system().now(), Counts::default());
        let faults =
            vec![BatchFault { batch: Some(0), transport: None, fault: Fault::new(code, "no") }];
        let outcome = Outcome { state: State::Failed, at, counts, faults, warnings: Vec::new() };
        assert_eq!(may_go_on(&outcome), goes_on, "{code}");
    }

    #[test]
    fn what_passes_or_lies_outside_throws_nothing_away() {
        check(Code::AttemptsExhausted, true);
        check(Code::SignedOut, true);
        check(Code::SourceRefused, false);
        check(Code::SourceChanged, false);
    }
}
