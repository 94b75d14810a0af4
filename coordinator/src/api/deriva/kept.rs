//! What is kept of an export of the dialect beside its definition, and nothing that lets anybody in.

use fabric::record;
use fabric::store::{Store, StoreError};
use proto::deriva::afterwards::Step;
use proto::deriva::engine::Way;
use proto::deriva::translation::PromisedFile;
use proto::id::ExportId;
use proto::key::Key;
use proto::run::StoredDefinition;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::opening::Reach;

/// The key below which it stands, which tells exports of this dialect from others.
const DIALECT: &str = "deriva";

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Which way it was asked for.
    pub(super) way: Way,
    /// Whom the address that was told opens it to.
    pub(super) reach: Reach,
    /// The files that there may be, where they are loose.
    #[serde(default)]
    pub(super) files: Vec<File>,
    /// What of its configuration has no effect.
    #[serde(default)]
    pub(super) warnings: Vec<String>,
    /// Where the result is besides, and what is registered of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) steps: Vec<Step>,
}

/// A file that there may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    pub(super) path: String,
    /// Whether it will be there, whatever is found.
    pub(super) is_certain: bool,
}

impl Kept {
    /// What is kept of these files, told in an answer.
    pub(super) fn new(
        (way, reach): (Way, Reach),
        files: Vec<PromisedFile>,
        warnings: Vec<String>,
    ) -> Self {
        let file = |PromisedFile { path, is_certain }| File { path, is_certain };
        let files = files.into_iter().map(file).collect();
        Self { way, reach, files, warnings, steps: Vec::new() }
    }

    /// The same, with what is done besides.
    pub(super) fn with(self, steps: Vec<Step>) -> Self {
        Self { steps, ..self }
    }

    /// What stands beside the definition.
    pub(super) fn original(&self) -> Value {
        serde_json::json!({ DIALECT: self })
    }

    /// What is kept of an export; nothing where it is none of the dialect.
    pub(super) async fn find(
        store: &dyn Store,
        export: ExportId,
    ) -> Result<Option<Self>, StoreError> {
        // A definition that was changed since has no word of it.
        let first: Option<StoredDefinition> =
            record::find(store, &Key::definition(export, 1)).await?;
        let kept = first.and_then(|first| first.original.get(DIALECT).cloned());
        Ok(kept.and_then(|kept| serde_json::from_value(kept).ok()))
    }

    /// Whether a path is that of a file that need not be there.
    pub(super) fn may_be_empty(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path && !file.is_certain)
    }
}
