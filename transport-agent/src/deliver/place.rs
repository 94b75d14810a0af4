//! Where a delivery goes: a target of the configuration, or a place that a document of the easydb dialect names
//! by itself, at a host that the operator lists.
//!
//! The password of the latter lies in the document, sealed, and is opened here and nowhere else.

use std::path::Path;

use fabric::record;
use fabric::store::StoreError;
use proto::easydb::Way;
use proto::key::Key;
use proto::run::{Start, StoredDefinition};
use proto::target::TargetSpec;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize as _;

use super::{Delivery, DeliveryError};
use crate::error::AgentError;
use crate::targets::{Free, Targets};

/// Where a delivery goes, and how it gets in.
pub(super) struct Place<'d> {
    name: &'d str,
    targets: &'d Targets,
    door: Door<'d>,
}

/// How somebody gets in.
enum Door<'d> {
    /// As the configuration says.
    Configured(&'d TargetSpec),
    /// As a document says.
    Free(Box<TargetSpec>, SecretString),
}

impl Place<'_> {
    /// What it is.
    pub(super) fn spec(&self) -> &TargetSpec {
        match &self.door {
            Door::Configured(spec) => spec,
            Door::Free(spec, _) => spec,
        }
    }

    /// The password that a document gave.
    pub(super) fn given(&self) -> Option<&SecretString> {
        match &self.door {
            Door::Configured(_) => None,
            Door::Free(_, password) => Some(password),
        }
    }

    /// The password: the one that a document gave, else that in a file.
    pub(super) fn password(&self, file: &Path) -> Result<String, DeliveryError> {
        match self.given() {
            Some(password) => Ok(password.expose_secret().to_owned()),
            None => self.targets.secret(self.name, file),
        }
    }
}

impl Delivery<'_> {
    /// The place of a target's name, or of an address that stands for one.
    pub(super) async fn place<'d>(&'d self, name: &'d str) -> Result<Place<'d>, AgentError> {
        let targets = &*self.agent.targets;
        let unknown = match targets.get(name) {
            Ok(spec) => return Ok(Place { name, targets, door: Door::Configured(spec) }),
            Err(unknown) => unknown,
        };
        let free = targets.free().filter(|_| name.contains("://"));
        let door = match free {
            Some(free) => self.free_door(name, free).await?,
            None => None,
        };
        door.map(|door| Place { name, targets, door }).ok_or(unknown.into())
    }

    /// How the document of the run gets in at an address; nothing where its transport leads elsewhere, or to a host
    /// that is not listed here.
    async fn free_door(
        &self,
        name: &str,
        free: &Free,
    ) -> Result<Option<Door<'static>>, AgentError> {
        let Some(way) = self.way().await? else { return Ok(None) };
        let place = way.free_place(&free.hosts).filter(|place| place.name == name);
        let Some(place) = place else { return Ok(None) };
        let sealed = way.sealed.get(&place.secret);
        let password = sealed.and_then(|sealed| free.keys.unseal(sealed));
        let password = password.ok_or_else(|| DeliveryError::Unusable {
            target: name.to_owned(),
            what: "the key that its password was encrypted by is not here".to_owned(),
        })?;
        Ok(Some(Door::Free(Box::new(place.target), password.into())))
    }

    /// The transport as the document of the easydb dialect has it that the run was begun with.
    async fn way(&self) -> Result<Option<Way>, StoreError> {
        let store = &*self.agent.store;
        let start: Option<Start> = record::find(store, &Key::start(self.run)).await?;
        let Some(Start { version, .. }) = start else { return Ok(None) };
        let key = Key::definition(self.run.export, version);
        let stored: Option<StoredDefinition> = record::find(store, &key).await?;
        let Some(StoredDefinition { original, .. }) = stored else { return Ok(None) };
        let place = format!("/document/ways/{}", self.archive.transport);
        Ok(original.pointer(&place).and_then(|way| Way::deserialize(way).ok()))
    }
}
