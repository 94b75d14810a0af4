//! The exports of the dialect: numbered in the order in which they are made, and named once per owner.

use std::collections::BTreeSet;
use std::time::Duration;

use fabric::record::{self, Created};
use fabric::store::StoreError;
use futures::TryStreamExt;
use jiff::Timestamp;
use proto::definition::Definition;
use proto::fault::{Code, Fault};
use proto::id::{ExportId, Owner};
use proto::key::{Key, Prefix};
use proto::run::{Head, StoredDefinition};
use serde::{Deserialize, Serialize};

use crate::Coordinator;
use crate::accept::{hex_digest, told};

/// How long somebody may take from claiming a name to having an export of it.
const CLAIMED_FOR: Duration = Duration::from_mins(1);

/// How many records are read at once.
const READ_AHEAD: usize = 16;

/// What a number stands for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Numbered {
    /// The export.
    pub(crate) export: ExportId,
    /// Whose it is.
    pub(crate) owner: Owner,
}

/// That a name is an export's.
#[derive(Debug, Serialize, Deserialize)]
struct Claim {
    export: ExportId,
    at: Timestamp,
}

/// An export before it is one: it has a number and nothing else.
#[derive(Debug)]
pub(crate) struct NewExport {
    pub(crate) export: ExportId,
    pub(crate) number: u64,
}

/// Why an export is not kept.
#[derive(Debug)]
pub(crate) enum NotKept {
    /// The owner has another export of that name.
    Duplicate,
    /// Anything else.
    Faults(Vec<Fault>),
}

impl NotKept {
    /// Whether somebody else changed the export meanwhile.
    pub(crate) fn is_stale(&self) -> bool {
        match self {
            Self::Duplicate => false,
            Self::Faults(faults) => faults.iter().any(|fault| fault.code == Code::VersionMismatch),
        }
    }
}

impl From<Fault> for NotKept {
    fn from(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }
}

/// A definition with the document that it was made of.
pub(crate) struct Kept {
    pub(crate) definition: Definition,
    pub(crate) original: serde_json::Value,
    /// The addresses of hosts that documents may lead to, where names of targets stand.
    pub(crate) free: BTreeSet<String>,
}

impl Kept {
    /// The definition, read and checked as any other.
    pub(crate) fn checked(&self, coordinator: &Coordinator) -> Result<Definition, NotKept> {
        self.checked_beside(coordinator, &[])
    }

    /// The same, where some faults are no news.
    fn checked_beside(
        &self,
        coordinator: &Coordinator,
        known: &[Fault],
    ) -> Result<Definition, NotKept> {
        let mut faults = mistakes(&self.definition);
        faults.extend(coordinator.check(&self.definition));
        faults.retain(|fault| !known.contains(fault) && !self.is_free(fault));
        if faults.is_empty() { Ok(self.definition.clone()) } else { Err(NotKept::Faults(faults)) }
    }

    /// Whether a fault is of a target that there need not be, for its host is one that documents may lead to.
    fn is_free(&self, fault: &Fault) -> bool {
        let mut transports = self.definition.transports.iter().enumerate();
        fault.code == Code::UnknownTarget
            && transports.any(|(index, transport)| {
                fault.place.as_ref() == Some(&format!("/transports/{index}/target"))
                    && transport.target().is_some_and(|name| self.free.contains(name))
            })
    }

    fn stored(
        self,
        coordinator: &Coordinator,
        known: &[Fault],
    ) -> Result<StoredDefinition, NotKept> {
        let definition = self.checked_beside(coordinator, known)?;
        let original = self.original;
        let (idempotency, longest_before, secrets) = (None, None, Vec::new());
        Ok(StoredDefinition { definition, original, idempotency, longest_before, secrets })
    }
}

/// What is wrong with a definition whatever the coordinator knows.
fn mistakes(definition: &Definition) -> Vec<Fault> {
    let text = serde_json::to_string(definition).expect("definitions are JSON");
    Definition::parse(&text).err().unwrap_or_default()
}

impl Coordinator {
    /// Draws the next number for an export of an owner.
    pub(crate) async fn draw_number(&self, owner: &Owner) -> Result<NewExport, Fault> {
        let export = ExportId(self.ambient.id());
        let numbered = Numbered { export, owner: owner.clone() };
        let mut number = self.last_number().await.map_err(told)? + 1;
        // Of several at once each gets one.
        while record::create(&*self.store, &Key::number(number), &numbered).await.map_err(told)?
            == Created::Before
        {
            number += 1;
        }
        Ok(NewExport { export, number })
    }

    async fn last_number(&self) -> Result<u64, StoreError> {
        let newest = self.store.list(&Prefix::numbers(), None, 1).await?;
        Ok(newest.first().and_then(|entry| entry.key.number_of()).unwrap_or(0))
    }

    /// Keeps an export under its number and its name.
    pub(crate) async fn keep_numbered(
        &self,
        owner: &Owner,
        new: &NewExport,
        kept: Kept,
    ) -> Result<Head, NotKept> {
        let stored = kept.stored(self, &[])?;
        let name = stored.definition.name.clone();
        if !self.claim(owner, &name, new.export).await.map_err(told)? {
            return Err(NotKept::Duplicate);
        }
        let listed = Key::numbered_of(owner, new.number);
        record::create(&*self.store, &listed, &new.export).await.map_err(told)?;
        let accepted = self.keep(owner, new.export, stored, Some(new.number)).await?;
        Ok(accepted.head)
    }

    /// Refuses a change of an export that cannot be, and claims the name that it gives it, which
    /// [`Self::forgo_name`] gives back where nothing comes of it.
    pub(crate) async fn prepare_change(&self, head: &Head, kept: &Kept) -> Result<(), NotKept> {
        kept.checked_beside(self, &self.known_faults(head).await?)?;
        self.check_unchanged(head).await?;
        let (owner, name) = (&head.owner, &kept.definition.name);
        let is_renamed = *name != head.name;
        if is_renamed && !self.claim(owner, name, head.id).await.map_err(told)? {
            return Err(NotKept::Duplicate);
        }
        Ok(())
    }

    /// Gives a name back that was claimed for a change of which nothing came.
    pub(crate) async fn forgo_name(&self, head: &Head, name: &str) -> Result<(), Fault> {
        let now: Option<Head> =
            record::find(&*self.store, &Key::head(head.id)).await.map_err(told)?;
        // Another change may have given the export that name meanwhile.
        if now.is_some_and(|now| now.name == name) {
            return Ok(());
        }
        self.release(&head.owner, name, head.id).await.map_err(told)
    }

    /// What is wrong with an export as it is. What it names and is gone since, or is refused since, is told by its
    /// next run.
    async fn known_faults(&self, head: &Head) -> Result<Vec<Fault>, Fault> {
        let key = Key::definition(head.id, head.version);
        let before: Option<StoredDefinition> =
            record::find(&*self.store, &key).await.map_err(told)?;
        Ok(before.map_or_else(Vec::new, |StoredDefinition { definition, .. }| {
            [mistakes(&definition), self.check(&definition)].concat()
        }))
    }

    /// Gives an export another definition, and a new name where that has one.
    pub(crate) async fn change_numbered(
        &self,
        head: &Head,
        kept: Kept,
        expected: Option<u32>,
    ) -> Result<(), NotKept> {
        let known = self.known_faults(head).await?;
        let (owner, stored) = (&head.owner, kept.stored(self, &known)?);
        let name = stored.definition.name.clone();
        let is_renamed = name != head.name;
        if is_renamed && !self.claim(owner, &name, head.id).await.map_err(told)? {
            return Err(NotKept::Duplicate);
        }
        self.change(owner, head.id, &stored, expected).await?;
        if is_renamed {
            self.release(owner, &head.name, head.id).await.map_err(told)?;
        }
        Ok(())
    }

    /// Deletes an export with its number and its name.
    pub(crate) async fn delete_numbered(&self, head: &Head) -> Result<(), Fault> {
        self.delete(&head.owner, head.id).await?;
        self.release(&head.owner, &head.name, head.id).await.map_err(told)?;
        let Some(number) = head.number else { return Ok(()) };
        let mut gone = vec![Key::numbered_of(&head.owner, number)];
        // The greatest one stays, so that no number is given twice.
        if number < self.last_number().await.map_err(told)? {
            gone.push(Key::number(number));
        }
        self.store.delete(&gone).await.map_err(told)
    }

    /// Whether a name is, or becomes, an export's. A claim whose export is not there, or has another name,
    /// holds for a minute.
    async fn claim(&self, owner: &Owner, name: &str, export: ExportId) -> Result<bool, StoreError> {
        let key = Key::name_of(owner, &hex_digest(name));
        let now = self.ambient.now();
        let claim = Claim { export, at: now };
        if record::create(&*self.store, &key, &claim).await? == Created::Now {
            return Ok(true);
        }
        let (bytes, tag) = match self.store.get(&key).await {
            Ok(found) => found,
            // It was given back just now; whoever asks again gets it.
            Err(StoreError::Missing { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let before: Claim = record::decode(&key, &bytes)?;
        if before.export == export {
            return Ok(true);
        }
        let holder: Option<Head> = record::find(&*self.store, &Key::head(before.export)).await?;
        if holder.is_some_and(|holder| holder.name == name) || now < before.at + CLAIMED_FOR {
            return Ok(false);
        }
        match self.store.replace(&key, record::encode(&claim), &tag).await {
            Ok(_) => Ok(true),
            Err(StoreError::Changed { .. } | StoreError::Missing { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives a name back that is an export's.
    async fn release(&self, owner: &Owner, name: &str, export: ExportId) -> Result<(), StoreError> {
        let key = Key::name_of(owner, &hex_digest(name));
        let claim: Option<Claim> = record::find(&*self.store, &key).await?;
        if claim.is_some_and(|claim| claim.export == export) {
            self.store.delete(&[key]).await?;
        }
        Ok(())
    }

    /// What a number stands for, whosever it is.
    pub(crate) async fn numbered(&self, number: u64) -> Result<Option<Head>, StoreError> {
        let numbered: Option<Numbered> = record::find(&*self.store, &Key::number(number)).await?;
        let Some(numbered) = numbered else { return Ok(None) };
        record::find(&*self.store, &Key::head(numbered.export)).await
    }

    /// The exports of an owner, the newest first.
    pub(crate) async fn numbers_of(&self, owner: &Owner) -> Result<Vec<ExportId>, StoreError> {
        let keys = record::keys(&self.store, Prefix::numbered_of(owner));
        let exports = keys
            .map_ok(|key| async move { record::find::<ExportId>(&*self.store, &key).await })
            .try_buffered(READ_AHEAD)
            .try_filter_map(|found| std::future::ready(Ok(found)));
        exports.try_collect().await
    }
}
