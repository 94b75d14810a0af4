//! `GET` and `DELETE` of `/jobs[/:id]`: how far exports are, and to be rid of them.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use proto::fault::{Code, Fault};
use proto::id::ExportId;
use serde_json::json;

use super::Door;
use super::asked::Asked;
use super::listing::{Kind, document, many, one};
use super::trouble::Trouble;

/// Most jobs that one request deletes.
const MOST_DELETED: usize = 1000;

/// Lists jobs.
pub(super) async fn list(State(door): State<Door>, parts: Parts) -> Result<Response, Trouble> {
    let owner = door.caller(&parts).await?;
    let asked = Asked::read(parts.uri.query(), Kind::Jobs.fields())?;
    let page = door.page(&owner, Kind::Jobs, &asked).await?;
    Ok(many(&page, &asked))
}

/// Shows a job.
pub(super) async fn show(
    State(door): State<Door>,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<Response, Trouble> {
    let owner = door.caller(&parts).await?;
    let (head, kept) = door.open(&owner, &id).await?;
    Ok(one(&door.resource(Kind::Jobs, &head, &kept).await?))
}

/// Deletes a job with its export and everything that was made. One that is under way is stopped.
pub(super) async fn delete(
    State(door): State<Door>,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<StatusCode, Trouble> {
    let owner = door.caller(&parts).await?;
    let (head, _) = door.open(&owner, &id).await?;
    door.api.coordinator.delete(&owner, head.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes the jobs that meet all conditions. A condition that is not understood deletes nothing.
pub(super) async fn delete_all(
    State(door): State<Door>,
    parts: Parts,
) -> Result<Response, Trouble> {
    let owner = door.caller(&parts).await?;
    let asked = Asked::read(parts.uri.query(), Kind::Jobs.fields())?;
    if !asked.is_certain() {
        let why = if asked.unknown.is_empty() {
            "nothing says which jobs are meant".to_owned()
        } else {
            format!("these say nothing of jobs: {}", asked.unknown.join(", "))
        };
        let fault = Fault::new(Code::InvalidValue, why).at("filter");
        return Err(fault.hint("such as `filter[status__in]=completed,errored`").into());
    }
    let page = door.page(&owner, Kind::Jobs, &asked.of_all(MOST_DELETED)).await?;
    let ids = page.resources.iter().filter_map(|job| job["id"].as_str()?.parse().ok());
    let ids: Vec<ExportId> = ids.collect();
    for id in &ids {
        match door.api.coordinator.delete(&owner, *id).await {
            Ok(()) => {}
            // Somebody else was faster.
            Err(fault) if fault.code == Code::NotFound => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    Ok(document(&json!({"meta": {"deleted": ids.len()}})))
}
