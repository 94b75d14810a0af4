//! What is kept of an export's document beside its definition, and the document that it makes with it.

use fabric::record;
use jiff::Timestamp;
use proto::easydb::{Document, Instance};
use proto::id::Owner;
use proto::key::Key;
use proto::run::{Head, StoredDefinition};
use serde::{Deserialize, Serialize};

use super::Dialect;
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

impl Original {
    pub(super) fn of(document: Document, changed: Timestamp) -> Self {
        Self { dialect: Spoken::Easydb, changed, document }
    }
}

impl Known {
    /// The export of a number, where it is the owner's.
    pub(super) async fn of(dialect: &Dialect, owner: &Owner, number: u64) -> Result<Self, Trouble> {
        let head = dialect.api.coordinator.numbered(number).await?;
        let head = head.filter(|head| head.owner == *owner).ok_or(Trouble::NoExport)?;
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

/// A document and what it means, ready to be kept.
pub(super) fn kept(
    document: Document,
    name: &str,
    instance: &Instance,
    now: Timestamp,
) -> Result<Kept, Trouble> {
    let definition = document.definition(name, instance)?;
    let document = Document { name: Some(name.to_owned()), ..document };
    let original = serde_json::to_value(Original::of(document, now));
    let original = original.map_err(|error| Trouble::Content(error.to_string()))?;
    Ok(Kept { definition, original })
}
