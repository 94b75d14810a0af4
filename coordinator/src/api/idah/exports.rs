//! `GET /exports[/:id]`: exports, and what was made.

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Response;

use super::Door;
use super::asked::Asked;
use super::listing::{Kind, many, one};
use super::trouble::Trouble;

/// Lists exports.
pub(super) async fn list(State(door): State<Door>, parts: Parts) -> Result<Response, Trouble> {
    let owner = door.caller(&parts).await?;
    let asked = Asked::read(parts.uri.query(), Kind::Exports.fields())?;
    let page = door.page(&owner, Kind::Exports, &asked).await?;
    Ok(many(&page, &asked))
}

/// Shows an export.
pub(super) async fn show(
    State(door): State<Door>,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<Response, Trouble> {
    let owner = door.caller(&parts).await?;
    let (head, kept) = door.open(&owner, &id).await?;
    Ok(one(&door.resource(Kind::Exports, &head, &kept).await?))
}
