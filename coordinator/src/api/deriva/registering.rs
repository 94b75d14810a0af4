//! Identifiers of what a run made: each output is registered once its run is done, and what it is registered as is
//! written down before anybody is told.
//!
//! That an identifier is asked for is written down first. Whoever finds that it was, and no answer, asks the service
//! for the one that this run got, and only then for a new one: so a crash between the answer and the note mints
//! nothing twice. A lease keeps two from doing the same at the same time; it only saves work. Whatever is under way
//! ends with the process, and is begun again by whoever asks for the export.

mod under_way;
mod lease;
mod each;
mod outputs;
mod registration;
mod service;

use std::time::Duration;

use fabric::record;
use fabric::retry::Backoff;
use fabric::store::StoreError;
use proto::deriva::afterwards::{self, Identified, Step, places};
use proto::fault::{Code, Fault};
use proto::id::{ExportId, RunId};
use proto::key::Key;
use proto::run::State as RunState;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use self::outputs::Output;
pub use self::service::Identifiers;
pub(in crate::api) use self::under_way::UnderWay;
use super::Door;
use super::kept::Kept;
use super::trouble::Trouble;

/// How long a run is waited for whose client was told to come again.
const LONGEST_RUN: Duration = Duration::from_hours(24 * 7);

/// How long to wait for a store that does not answer.
const WAITS: Backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_mins(1) };

/// What an output is registered as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Registered {
    /// Its path.
    pub(super) output: String,
    /// Its identifier.
    pub(super) identifier: String,
    /// The address of the page about it, where the service has pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) page: Option<String>,
}

/// What is to be registered.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    identified: Identified,
    /// What is done before.
    before: Vec<Step>,
    /// The address of the export at the service.
    service_url: String,
}

impl Wanted {
    /// What of some steps is to be registered; nothing where none is of it.
    fn of(steps: &[Step], service_url: &str) -> Option<Self> {
        let found = steps.iter().enumerate().find_map(|(n, step)| match step {
            Step::Identified(identified) => Some((n, identified.clone())),
            Step::Brought(_) | Step::Rewritten(_) => None,
        });
        let (n, identified) = found?;
        let (before, service_url) = (steps[..n].to_vec(), service_url.to_owned());
        Some(Self { identified, before, service_url })
    }

    /// Where an output is.
    fn locations(&self, output: &Output) -> Vec<String> {
        let Output { path, stored, .. } = output;
        let named = afterwards::Output { path, stored, service_url: &self.service_url };
        let places = places(&self.before, named);
        if places.is_empty() { self.identified.locations.clone() } else { places }
    }
}

impl Door {
    /// What of an export is to be registered, by the address that was told of it; nothing where it asks for none.
    pub(super) fn wanted(&self, export: ExportId, kept: &Kept) -> Option<Wanted> {
        Wanted::of(&kept.steps, &self.url(kept.way, &self.key(export, kept.reach), ""))
    }

    /// What the outputs of a run are registered as; nothing where nobody has registered them yet.
    pub(super) async fn registered(
        &self,
        run: RunId,
    ) -> Result<Option<Vec<Registered>>, StoreError> {
        record::find(&*self.api.coordinator.store, &Key::identifiers(run)).await
    }

    /// Registers the outputs of a run that is done; nothing where it is not done with that until then. It goes on
    /// where nobody waits any longer, as long as the process does.
    pub(super) async fn identifiers(
        &self,
        run: RunId,
        wanted: Option<Wanted>,
        until: Instant,
    ) -> Result<Option<Vec<Registered>>, Trouble> {
        let Some(wanted) = wanted else { return Ok(Some(Vec::new())) };
        let door = self.clone();
        let registering = self.registering.spawn(async move { door.register(run, &wanted).await });
        tokio::select! {
            () = self.closing.cancelled() => Ok(None),
            ended = timeout_at(until, registering) => match ended {
                Err(_) => Ok(None),
                Ok(Ok(registered)) => registered,
                Ok(Err(error)) => Err(Fault::new(Code::Internal, error.to_string()).into()),
            },
        }
    }

    /// Registers what of a run is not, where whoever was to do so ended before.
    pub(super) async fn register_rest(
        &self,
        run: RunId,
        wanted: Option<Wanted>,
    ) -> Result<(), StoreError> {
        if wanted.is_some() && self.registered(run).await?.is_none() {
            self.register_later(run, wanted);
        }
        Ok(())
    }

    /// Registers the outputs of a run once it is done, whoever waits for it.
    pub(super) fn register_later(&self, run: RunId, wanted: Option<Wanted>) {
        let Some(wanted) = wanted else { return };
        let Some(turn) = UnderWay::begin(&self.registering, run) else { return };
        let door = self.clone();
        self.registering.spawn(async move {
            let _turn = turn;
            door.register_at_its_end(run, &wanted).await;
        });
    }

    /// Registers the outputs of a run once it is done. A store that does not answer is asked again: it may be away
    /// for an hour of the week that this waits.
    async fn register_at_its_end(&self, run: RunId, wanted: &Wanted) {
        let (until, mut failed) = (Instant::now() + LONGEST_RUN, 0);
        loop {
            let Err(trouble) = self.register_done(run, wanted, until).await else { return };
            if !trouble.is_passing() || Instant::now() >= until {
                let faults = &trouble.faults;
                tracing::warn!(%run, ?faults, "nothing registered; whoever asks for the export has it tried again");
                return;
            }
            failed += 1;
            let wait = WAITS.after(failed, self.api.coordinator.ambient.chance());
            tokio::select! {
                () = self.closing.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Registers the outputs of a run that is done until then.
    async fn register_done(
        &self,
        run: RunId,
        wanted: &Wanted,
        until: Instant,
    ) -> Result<(), Trouble> {
        let Some(outcome) = self.ended(run, until).await? else { return Ok(()) };
        match outcome.state {
            RunState::Done | RunState::DoneWithWarnings => {
                self.register(run, wanted).await.map(drop)
            }
            RunState::New
            | RunState::Pending
            | RunState::Processing
            | RunState::Failed
            | RunState::Stopped
            | RunState::Expired => Ok(()),
        }
    }
}

/// What people are told of identifiers, a line for each.
pub(super) fn lines(registered: &[Registered]) -> impl Iterator<Item = String> {
    registered.iter().map(|Registered { output, identifier, page }| {
        let page = page.as_ref().map(|page| format!(" ({page})")).unwrap_or_default();
        format!("{output} has the identifier {identifier}{page}")
    })
}

#[cfg(test)]
mod tests;
