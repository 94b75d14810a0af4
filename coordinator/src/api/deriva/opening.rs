//! What a key opens, and to whom: an export to its owner, and to whoever has its link where that is public.
//!
//! Keys of public exports have a code that nobody else can make, so that nothing has to be kept of who has a link,
//! and none is guessed.

use axum::http::request::Parts;
use fabric::record;
use proto::id::ExportId;
use proto::key::Key;
use proto::run::Head;
use serde::{Deserialize, Serialize};

use super::Door;
use super::callers::{Caller, KnownBy};
use super::kept::Kept;
use super::trouble::Trouble;

/// An export of the dialect, opened.
pub(super) struct Opened {
    pub(super) head: Head,
    pub(super) kept: Kept,
    /// Whether it is of whoever asks; others have its link.
    pub(super) is_own: bool,
}

/// Whom a key opens an export to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reach {
    /// Its owner.
    Owner,
    /// Whoever has the key.
    Anybody,
}

impl Door {
    /// The key of an export.
    pub(super) fn key(&self, export: ExportId, reach: Reach) -> String {
        match reach {
            Reach::Owner => export.to_string(),
            Reach::Anybody => {
                format!("{export}.{}", self.api.settings.links.keys.code(&claim(export)))
            }
        }
    }

    /// The export that a key opens to whoever asks.
    pub(super) async fn open(&self, key: &str, parts: &Parts) -> Result<Opened, Trouble> {
        let (id, code) = match key.split_once('.') {
            Some((id, code)) => (id, Some(code)),
            None => (key, None),
        };
        let export = id.parse::<ExportId>().ok();
        let keys = &self.api.settings.links.keys;
        let has_link =
            export.zip(code).is_some_and(|(export, code)| keys.is_code(&claim(export), code));
        let caller = match self.caller(parts).await {
            // A link opens without anybody being known.
            Err(_) if has_link => None,
            caller => caller?,
        };
        if !has_link && caller.is_none() {
            return Err(Trouble::unauthenticated());
        }
        let export = export.filter(|_| code.is_none() || has_link);
        let export = export.ok_or_else(Trouble::no_export)?;
        let store = &*self.api.coordinator.store;
        let head: Option<Head> = record::find(store, &Key::head(export)).await?;
        let head = head.ok_or_else(Trouble::no_export)?;
        let is_own = caller.is_some_and(|caller| is_of(&head, &caller, has_link));
        if !is_own && !has_link {
            return Err(Trouble::no_export());
        }
        let kept = Kept::find(store, export).await?.ok_or_else(Trouble::no_export)?;
        Ok(Opened { head, kept, is_own })
    }
}

/// Whether an export is somebody's. Of those whom nothing tells apart, it is of whoever has its link.
fn is_of(head: &Head, caller: &Caller, has_link: bool) -> bool {
    head.owner == caller.owner && (has_link || caller.known_by != KnownBy::Nothing)
}

/// What the code of a key says.
fn claim(export: ExportId) -> String {
    format!("deriva {export}")
}
