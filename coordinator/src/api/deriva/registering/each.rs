//! Registering each output of a run, and writing down first that it is.

use fabric::record::{self, Created};
use jiff::Timestamp;
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use serde::{Deserialize, Serialize};

use super::outputs::{Output, outputs};
use super::registration::Registration;
use super::{Registered, Wanted};
use crate::api::deriva::Door;
use crate::api::deriva::trouble::Trouble;

/// That an identifier is asked for.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    at: Timestamp,
    /// The digest of what it is of: nobody reads all of that again.
    sha256: String,
}

impl Door {
    /// Registers the outputs of a run, whoever else does.
    pub(super) async fn register_each(
        &self,
        run: RunId,
        wanted: &Wanted,
    ) -> Result<Vec<Registered>, Trouble> {
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
        let (sha256, noted) = self.note((run, number), output).await?;
        let export = format!("{run}/{}", output.path);
        let registration =
            Registration::new(&wanted.identified, output, &sha256, &locations, export);
        let identifier = service.register(&registration, noted == Created::Before, ambient).await;
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

    /// Writes down that an identifier is asked for, unless it was before; the SHA-256 of what it is of.
    async fn note(
        &self,
        (run, number): (RunId, usize),
        output: &Output,
    ) -> Result<(String, Created), Trouble> {
        let store = &self.api.coordinator.store;
        let key = Key::asked_identifier(run, number);
        if let Some(Asked { sha256, .. }) = record::find(&**store, &key).await? {
            return Ok((sha256, Created::Before));
        }
        let sha256 = output.sha256(store).await?;
        let asked = Asked { at: self.api.coordinator.ambient.now(), sha256: sha256.clone() };
        Ok((sha256, record::create(&**store, &key, &asked).await?))
    }
}

fn no_service() -> Trouble {
    let why = "no service for identifiers is configured any longer";
    Trouble::of_run(vec![Fault::new(Code::NotConfigured, why)])
}

fn nowhere(output: &str) -> Fault {
    let what = format!("{output} has no place that an identifier leads to");
    Fault::new(Code::InvalidValue, what).hint("name \"locations\", or bring it to a bucket before")
}
