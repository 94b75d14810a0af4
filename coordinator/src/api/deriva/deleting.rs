//! `DELETE`: an export is stopped where it goes on, and everything that it made is deleted.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::Door;
use super::callers::KnownBy;
use super::crossing::is_crossing;
use super::fetching::Place;
use super::opening::Opened;
use super::trouble::Trouble;

/// Deletes an export of whoever asks.
pub(super) async fn delete(
    State(door): State<Door>,
    Path(place): Path<Place>,
    parts: Parts,
) -> Result<StatusCode, Trouble> {
    let Opened { head, is_own, .. } = door.open(&place.key, &parts).await?;
    if !is_own {
        return Err(Trouble::no_export());
    }
    let caller = door.caller(&parts).await?;
    if caller.is_some_and(|caller| caller.known_by == KnownBy::Cookie)
        && is_crossing(&parts.headers, &door.api.settings.links.base_url)
    {
        return Err(Trouble::crossing());
    }
    door.api.coordinator.delete(&head.owner, head.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
