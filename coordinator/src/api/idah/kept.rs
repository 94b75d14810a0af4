//! What is kept of an export of this surface beside its definition.

use fabric::record;
use proto::id::{ExportId, Owner};
use proto::key::Key;
use proto::run::{Head, StoredDefinition};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Door;
use super::trouble::Trouble;

/// The key below which it stands, which tells exports of this surface from others.
const DIALECT: &str = "idah";

/// What its job was told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) project_id: Option<String>,
    /// Those that are exported.
    pub(super) dataset_ids: Vec<String>,
    /// The exporter's class.
    pub(super) exporter: String,
    pub(super) options: Map<String, Value>,
}

impl Kept {
    /// What stands beside the definition.
    pub(super) fn original(&self) -> Value {
        serde_json::json!({ DIALECT: self })
    }
}

impl Door {
    /// An export of somebody's that was made here; nothing where there is none.
    pub(super) async fn find(
        &self,
        owner: &Owner,
        export: ExportId,
    ) -> Result<Option<(Head, Kept)>, Trouble> {
        let store = &*self.api.coordinator.store;
        let head: Option<Head> = record::find(store, &Key::head(export)).await?;
        let Some(head) = head.filter(|head| head.owner == *owner) else { return Ok(None) };
        // A definition that was changed since has no word of it.
        let first: Option<StoredDefinition> =
            record::find(store, &Key::definition(export, 1)).await?;
        let kept = first.and_then(|first| first.original.get(DIALECT).cloned());
        let kept = kept.and_then(|kept| serde_json::from_value(kept).ok());
        Ok(kept.map(|kept| (head, kept)))
    }

    /// The export that an id names. What cannot be an id is the id of nothing.
    pub(super) async fn open(&self, owner: &Owner, id: &str) -> Result<(Head, Kept), Trouble> {
        let export = id.parse::<ExportId>().map_err(|_| Trouble::missing())?;
        self.find(owner, export).await?.ok_or_else(Trouble::missing)
    }
}
