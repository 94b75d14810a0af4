//! Identifiers of what a run made: each output is registered once its run is done, and what it is registered as is
//! written down before anybody is told.
//!
//! That an identifier is asked for is written down first. Whoever finds that it was, and no answer, asks the service
//! for the one that this run got, and only then for a new one: so a crash between the answer and the note mints
//! nothing twice. A lease keeps two from doing the same at the same time; it only saves work.

mod outputs;
mod registration;
mod service;
mod under_way;

use std::pin::pin;
use std::time::Duration;

use fabric::record::{self, Created};
use fabric::store::StoreError;
use jiff::Timestamp;
use proto::deriva::afterwards::{self, Identified, Step, places};
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use proto::run::State as RunState;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use self::outputs::{Output, outputs};
use self::registration::Registration;
pub use self::service::Identifiers;
pub(super) use self::under_way::UnderWay;
use super::Door;
use super::trouble::Trouble;

/// How long the lease of whoever registers outlives the last sign of life.
const LEASE: Duration = Duration::from_secs(30);

/// How long to wait before it is looked whether somebody else is done.
const PAUSE: Duration = Duration::from_millis(250);

/// How long a run is waited for whose client was told to come again.
const LONGEST_RUN: Duration = Duration::from_hours(24 * 7);

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

/// That an identifier is asked for.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    at: Timestamp,
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
    pub(super) fn of(steps: &[Step], service_url: &str) -> Option<Self> {
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
    /// What the outputs of a run are registered as; nothing where nobody has registered them yet.
    pub(super) async fn registered(
        &self,
        run: RunId,
    ) -> Result<Option<Vec<Registered>>, StoreError> {
        record::find(&*self.api.coordinator.store, &Key::identifiers(run)).await
    }

    /// Registers the outputs of a run that is done; nothing where it is not done with that until then. It goes on
    /// where nobody waits any longer.
    pub(super) async fn identifiers(
        &self,
        run: RunId,
        wanted: Option<Wanted>,
        until: Instant,
    ) -> Result<Option<Vec<Registered>>, Trouble> {
        let Some(wanted) = wanted else { return Ok(Some(Vec::new())) };
        let door = self.clone();
        let registering = tokio::spawn(async move { door.register(run, &wanted).await });
        tokio::select! {
            () = self.closing.cancelled() => Ok(None),
            ended = timeout_at(until, registering) => match ended {
                Err(_) => Ok(None),
                Ok(Ok(registered)) => registered.map(Some),
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
        let door = self.clone();
        let Some(turn) = UnderWay::begin(&self.registering, run) else { return };
        tokio::spawn(async move {
            let _turn = turn;
            let until = Instant::now() + LONGEST_RUN;
            let registered = match door.ended(run, until).await {
                Ok(Some(outcome)) => match outcome.state {
                    RunState::Done | RunState::DoneWithWarnings => {
                        door.register(run, &wanted).await.map(drop)
                    }
                    RunState::New
                    | RunState::Pending
                    | RunState::Processing
                    | RunState::Failed
                    | RunState::Stopped
                    | RunState::Expired => Ok(()),
                },
                Ok(None) => Ok(()),
                Err(error) => Err(error.into()),
            };
            if let Err(Trouble { faults, .. }) = registered {
                tracing::warn!(%run, ?faults, "nothing registered; whoever asks for the export has it tried again");
            }
        });
    }

    /// Registers outputs as the only one who does.
    async fn register(&self, run: RunId, wanted: &Wanted) -> Result<Vec<Registered>, Trouble> {
        let coordinator = &self.api.coordinator;
        let (board, me) = (&coordinator.board, coordinator.ambient.id().simple().to_string());
        let name = format!("identifiers/{run}");
        loop {
            if let Some(known) = self.registered(run).await? {
                return Ok(known);
            }
            // Without a board nobody knows who else asks, and what is asked for twice may be made twice.
            if board.lease(&name, &me, LEASE).await.unwrap_or_default() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        let mut each = pin!(self.register_each(run, wanted));
        let registered = loop {
            tokio::select! {
                registered = &mut each => break registered,
                () = tokio::time::sleep(LEASE / 3) => {
                    if let Err(error) = board.lease(&name, &me, LEASE).await {
                        tracing::debug!(error = &error as &dyn std::error::Error, "lease not kept");
                    }
                }
            }
        };
        if let Err(error) = board.release(&name, &me).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "lease not released");
        }
        registered
    }

    async fn register_each(&self, run: RunId, wanted: &Wanted) -> Result<Vec<Registered>, Trouble> {
        let store = &self.api.coordinator.store;
        let mut all = Vec::new();
        for (number, output) in outputs(store, run).await?.iter().enumerate() {
            all.push(self.register_one((run, number), output, wanted).await?);
        }
        let key = Key::identifiers(run);
        match record::create(&**store, &key, &all).await? {
            Created::Now => Ok(all),
            Created::Before => Ok(record::read(&**store, &key).await?),
        }
    }

    async fn register_one(
        &self,
        (run, number): (RunId, usize),
        output: &Output,
        wanted: &Wanted,
    ) -> Result<Registered, Trouble> {
        let service = self.settings.identifiers.as_ref().ok_or_else(no_service)?;
        let (store, ambient) = (&self.api.coordinator.store, &self.api.coordinator.ambient);
        let key = Key::identifier(run, number);
        if let Some(known) = record::find(&**store, &key).await? {
            return Ok(known);
        }
        let locations = wanted.locations(output);
        if locations.is_empty() {
            return Err(Trouble::of_run(vec![nowhere(&output.path)]));
        }
        let sha256 = output.sha256(store).await?;
        let asked = Asked { at: ambient.now() };
        let asked = record::create(&**store, &Key::asked_identifier(run, number), &asked).await?;
        let export = format!("{run}/{}", output.path);
        let registration =
            Registration::new(&wanted.identified, output, &sha256, &locations, export);
        let identifier = service.register(&registration, asked == Created::Before, ambient).await;
        let identifier = identifier.map_err(|fault| Trouble::of_run(vec![fault]))?;
        let page = service.page(&wanted.identified.redirect_base, &identifier);
        let registered = Registered { output: output.path.clone(), identifier, page };
        match record::create(&**store, &key, &registered).await? {
            Created::Now => {
                tracing::info!(%run, identifier = %registered.identifier, "output registered");
                Ok(registered)
            }
            Created::Before => Ok(record::read(&**store, &key).await?),
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

fn no_service() -> Trouble {
    let why = "no service for identifiers is configured any longer";
    Trouble::of_run(vec![Fault::new(Code::NotConfigured, why)])
}

fn nowhere(output: &str) -> Fault {
    let what = format!("{output} has no place that an identifier leads to");
    Fault::new(Code::InvalidValue, what).hint("name \"locations\", or bring it to a bucket before")
}

#[cfg(test)]
mod tests;
