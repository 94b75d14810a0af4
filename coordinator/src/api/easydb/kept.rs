//! What is kept of an export's document beside its definition, and the document that it makes with it.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use fabric::record;
use jiff::Timestamp;
use proto::easydb::{Document, Instance};
use proto::id::Owner;
use proto::key::Key;
use proto::run::{Head, StoredDefinition};
use serde::{Deserialize, Serialize};

use super::Dialect;
use super::asker::Asker;
use super::trouble::Trouble;
use crate::easydb::Kept;

/// The document of an export as it is stored with its definition.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Original {
    /// Which dialect it is in; other documents have no such key.
    dialect: Spoken,
    /// When the export was changed last.
    pub(super) changed: Timestamp,
    /// The document in its normal form, without anything secret that is not encrypted.
    pub(super) document: Document,
}

/// The dialect of a document.
#[derive(Debug, Serialize, Deserialize)]
enum Spoken {
    #[serde(rename = "easydb")]
    Easydb,
}

/// An export of the dialect with what it is made of.
pub(super) struct Known {
    pub(super) head: Head,
    pub(super) stored: StoredDefinition,
    pub(super) document: Document,
    pub(super) changed: Timestamp,
}

/// The export that a path names, for whoever asks for it and may.
pub(super) struct Theirs {
    pub(super) asker: Asker,
    pub(super) known: Known,
}

impl FromRequestParts<Dialect> for Theirs {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, dialect: &Dialect) -> Result<Self, Trouble> {
        let asker = Asker::from_request_parts(parts, dialect).await?;
        let path = RawPathParams::from_request_parts(parts, dialect).await;
        let path = path.map_err(|_| Trouble::NoPath)?;
        let number = path.iter().find(|(name, _)| *name == "number").map(|(_, number)| number);
        let known = Known::of(dialect, &asker.owner, number.unwrap_or_default()).await?;
        Ok(Self { asker, known })
    }
}

impl Original {
    pub(super) fn of(document: Document, changed: Timestamp) -> Self {
        Self { dialect: Spoken::Easydb, changed, document }
    }
}

impl Known {
    /// The export of a number, where it is the owner's.
    pub(super) async fn of(
        dialect: &Dialect,
        owner: &Owner,
        number: &str,
    ) -> Result<Self, Trouble> {
        Self::current(dialect, numbered(dialect, owner, number).await?).await
    }

    /// The same export as it is now.
    pub(super) async fn again(self, dialect: &Dialect) -> Result<Self, Trouble> {
        let head = dialect.api.coordinator.head(&self.head.owner, self.head.id).await?;
        Self::current(dialect, head).await
    }

    /// An export in its current version.
    pub(super) async fn current(dialect: &Dialect, head: Head) -> Result<Self, Trouble> {
        let store = &*dialect.api.coordinator.store;
        let key = Key::definition(head.id, head.version);
        let stored: StoredDefinition = record::find(store, &key).await?.ok_or(Trouble::NoExport)?;
        let (document, changed) = document(dialect, &head, &stored).await?;
        Ok(Self { head, stored, document, changed })
    }
}

/// What stands in the store of an export of an owner; anything but its number names none.
pub(super) async fn numbered(
    dialect: &Dialect,
    owner: &Owner,
    number: &str,
) -> Result<Head, Trouble> {
    let head = dialect.api.coordinator.numbered(id(number)?).await?;
    head.filter(|head| head.owner == *owner).ok_or(Trouble::NoExport)
}

/// The number of an export in a path.
pub(super) fn id(text: &str) -> Result<u64, Trouble> {
    text.parse().map_err(|_| Trouble::NoExport)
}

/// The document of a definition. Where somebody changed the export by another way in, it is the last one
/// of the dialect with what the definition says now.
async fn document(
    dialect: &Dialect,
    head: &Head,
    stored: &StoredDefinition,
) -> Result<(Document, Timestamp), Trouble> {
    if let Ok(original) = serde_json::from_value::<Original>(stored.original.clone()) {
        return Ok((original.document, original.changed));
    }
    let store = &*dialect.api.coordinator.store;
    for version in (1..head.version).rev() {
        let before: Option<StoredDefinition> =
            record::find(store, &Key::definition(head.id, version)).await?;
        let before = before.and_then(|before| serde_json::from_value(before.original).ok());
        if let Some(Original { document, changed, .. }) = before {
            return Ok((Document::of(&stored.definition, &document), changed));
        }
    }
    Ok((Document::of(&stored.definition, &Document::default()), head.created))
}

/// A document and what it means, ready to be kept; `before` is what the export was.
pub(super) fn kept(
    document: Document,
    name: &str,
    instance: &Instance,
    now: Timestamp,
    before: Option<&Known>,
) -> Result<Kept, Trouble> {
    let before = before.map(|known| (&known.document, &known.stored.definition));
    let definition = document.definition(name, instance, before)?;
    let free = document.ways.iter().filter_map(|way| way.free_place(&instance.free));
    let free = free.map(|place| place.name).collect();
    let document = Document { name: Some(name.to_owned()), ..document };
    let original = serde_json::to_value(Original::of(document, now));
    let original = original.map_err(|error| Trouble::Content(error.to_string()))?;
    Ok(Kept { definition, original, free })
}
