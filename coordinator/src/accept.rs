//! Accepting: a definition becomes an export, durably, before anyone is told.

use fabric::board::Summary;
use fabric::record::{self, Created};
use fabric::store::StoreError;
use proto::definition::{Definition, unknown_passphrases, unknown_watermarks};
use proto::digest::hex;
use proto::fault::{Code, Fault};
use proto::id::{ExportId, Owner};
use proto::key::Key;
use proto::people;
use proto::run::{Head, State, StoredDefinition};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Coordinator;
use crate::secrets;
use crate::service::Export;

/// An accepted definition.
#[derive(Debug)]
pub struct Accepted {
    /// The export.
    pub head: Head,
    /// Whether it has schedules, so that runs start when they are due.
    pub waits: bool,
    /// Whether it is new, or the answer to a request that came before.
    pub created: Created,
}

/// What an idempotency key stands for.
#[derive(Debug, Serialize, Deserialize)]
struct Idempotency {
    export: ExportId,
    /// What tells the request from others: its SHA-256 in hexadecimal, or a code of ours where it has secrets.
    request: String,
}

impl Coordinator {
    /// Accepts a definition for an owner. The same idempotency key with the same document gives the
    /// same export; with another document it is `idempotency_mismatch`.
    pub async fn accept(
        &self,
        owner: &Owner,
        document: &str,
        idempotency_key: Option<&str>,
    ) -> Result<Accepted, Vec<Fault>> {
        let definition = Definition::parse(document)?;
        let faults = self.check(&definition);
        if !faults.is_empty() {
            return Err(faults);
        }
        self.accept_once(owner, definition, document, idempotency_key)
            .await
            .map_err(|fault| vec![fault])
    }

    /// What a server refuses beyond what is wrong with any definition: sources and targets of its own,
    /// and those that are not configured.
    pub fn check(&self, definition: &Definition) -> Vec<Fault> {
        let inline = definition.sources.keys().map(|name| {
            Fault::new(
                Code::InlineSource,
                format!("the source {name:?} is defined in the definition"),
            )
            .at(format!("/sources/{name}"))
            .hint(
                "a server reads only the sources of its configuration; `longshore run` takes these",
            )
        });
        let inline_targets = definition.targets.keys().map(|name| {
            Fault::new(
                Code::InlineTarget,
                format!("the target {name:?} is defined in the definition"),
            )
            .at(format!("/targets/{name}"))
            .hint(
                "a server delivers only to the targets of its configuration; `longshore run` takes these",
            )
        });
        inline.chain(inline_targets).chain(self.unknown(definition)).collect()
    }

    /// Sources, targets, people and passphrases that are not configured, or not of the kind that is needed.
    pub fn unknown(&self, definition: &Definition) -> Vec<Fault> {
        let sources = definition
            .named_sources()
            .filter_map(|(place, name)| Some(self.catalog.get(name).err()?.at(place)));
        let targets = self.targets.mistakes(definition);
        let people = people::unknown(self.settings.people.as_ref(), definition);
        let passphrases = unknown_passphrases(&self.settings.passphrases, definition);
        let watermarks = unknown_watermarks(self.settings.watermarks.as_ref(), definition);
        let named = sources.chain(targets).chain(people).chain(passphrases).chain(watermarks);
        named.chain(self.unknown_webhooks(definition)).collect()
    }

    /// Keeps a definition as the export that goes by a key, or finds it kept.
    pub async fn adopt(
        &self,
        owner: &Owner,
        definition: Definition,
        key: &str,
    ) -> Result<Accepted, Fault> {
        let document = serde_json::to_string(&definition).expect("definitions are JSON");
        self.accept_once(owner, definition, &document, Some(key)).await
    }

    async fn accept_once(
        &self,
        owner: &Owner,
        mut definition: Definition,
        document: &str,
        idempotency_key: Option<&str>,
    ) -> Result<Accepted, Fault> {
        let given = self.take_secrets(&mut definition).await?;
        let secrets = self.seal(&given)?;
        let mut export = ExportId(self.ambient.id());
        let idempotency = idempotency_key.map(|key| Key::idempotency(owner, &hex_digest(key)));
        if let Some(place) = &idempotency {
            // The promise comes first: an export of that id may not be there yet, and whoever comes
            // second writes the very same.
            let promise = Idempotency { export, request: self.mark_of(document, &given) };
            if record::create(&*self.store, place, &promise).await.map_err(told)? == Created::Before
            {
                let before: Idempotency = record::read(&*self.store, place).await.map_err(told)?;
                if !self.is_mark_of(document, &before.request) {
                    return Err(Fault::new(
                        Code::IdempotencyMismatch,
                        "this idempotency key came with another definition before",
                    )
                    .hint("take a new key for a new export"));
                }
                export = before.export;
            }
        }
        let original = serde_json::from_str(document).expect("the definition was read from it");
        let (original, longest_before) = (secrets::without(original, &given), None);
        let stored =
            StoredDefinition { definition, original, idempotency, longest_before, secrets };
        self.keep(owner, export, stored, None).await
    }

    /// The export that an idempotency key of an owner made; nothing where there is none, or not yet, or no longer.
    pub(crate) async fn made_by(&self, owner: &Owner, key: &str) -> Result<Option<Export>, Fault> {
        let place = Key::idempotency(owner, &hex_digest(key));
        let promise: Option<Idempotency> =
            record::find(&*self.store, &place).await.map_err(told)?;
        let Some(promise) = promise else { return Ok(None) };
        match self.export(owner, promise.export).await {
            Ok(export) => Ok(Some(export)),
            Err(fault) if fault.code == Code::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Makes the key that an export was accepted with stand for nothing. A key that stands for another
    /// export by now is left to it.
    pub(crate) async fn release_key(
        &self,
        export: ExportId,
        stored: &StoredDefinition,
    ) -> Result<(), StoreError> {
        let Some(place) = &stored.idempotency else { return Ok(()) };
        let promise: Option<Idempotency> = record::find(&*self.store, place).await?;
        if promise.is_some_and(|promise| promise.export == export) {
            self.store.delete(std::slice::from_ref(place)).await?;
        }
        Ok(())
    }

    /// Keeps a definition as an export of this id, which the easydb dialect may call by a number.
    pub(crate) async fn keep(
        &self,
        owner: &Owner,
        export: ExportId,
        stored: StoredDefinition,
        number: Option<u64>,
    ) -> Result<Accepted, Fault> {
        record::create(&*self.store, &Key::definition(export, 1), &stored).await.map_err(told)?;
        let waits = !stored.definition.schedules.is_empty();
        let head = Head {
            id: export,
            owner: owner.clone(),
            version: 1,
            created: self.ambient.now(),
            run: 0,
            start: None,
            schedule: self.first_due(&stored.definition),
            name: stored.definition.name,
            number,
        };
        self.promise(&head).await.map_err(told)?;
        let created =
            record::create(&*self.store, &Key::head(export), &head).await.map_err(told)?;
        let head = match created {
            Created::Now => head,
            Created::Before => {
                record::read(&*self.store, &Key::head(export)).await.map_err(told)?
            }
        };
        if created == Created::Now {
            self.show(&summary(&head, State::New)).await;
        }
        Ok(Accepted { head, waits, created })
    }

    /// Puts an export on the board. What the board misses, it is told again later.
    pub(crate) async fn show(&self, summary: &Summary) {
        if let Err(error) = self.board.show(summary).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "board not updated");
        }
    }
}

/// An export without a plan, as a list shows it.
pub(crate) fn summary(head: &Head, state: State) -> Summary {
    Summary {
        id: head.id,
        owner: head.owner.clone(),
        name: head.name.clone(),
        run: head.run,
        state,
        batches: None,
        records: None,
    }
}

/// A store error, as a person is told of it.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(crate) fn told(error: StoreError) -> Fault {
    error.fault()
}

/// SHA-256 of a text, in hexadecimal.
pub(crate) fn hex_digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}
