//! The files of a run, one by one, for its owner.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use proto::fault::{Code, Fault};
use proto::id::{ExportId, RunId};
use serde::Deserialize;
use tree::{FileId, NoFileId};
use utoipa::IntoParams;

use super::Api;
use super::ask::{Asked, At, MOST, limit};
use super::caller::Caller;
use super::content::Content;
use super::problem::{Problem, Refusal};
use super::runs::{owned, whole};
use super::shape::Files;

/// Which part of a list of files is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// At most so many, 1 to 200; 50 unless given.
    limit: Option<usize>,
    /// Those after this one: `next` of the page before.
    cursor: Option<String>,
}

impl Part {
    /// How many files to list on a page for people: as many as there may be, unless said.
    pub(super) fn limit_of_page(&self) -> Result<usize, Refusal> {
        limit(self.limit.or(Some(MOST)))
    }

    pub(super) fn limit(&self) -> Result<usize, Refusal> {
        limit(self.limit)
    }

    pub(super) fn after(&self) -> Result<Option<FileId>, Refusal> {
        let after = self.cursor.as_deref().map(str::parse).transpose();
        after.map_err(|_| {
            Fault::new(Code::InvalidValue, "the cursor is none").at("query/cursor").into()
        })
    }
}

/// Lists the files of a run in the order of the result.
#[utoipa::path(get, path = "/exports/{export}/runs/{run}/files", operation_id = "list_files", tag = "runs", security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export"),
           ("run" = u32, Path, description = "Which of its runs, from 1"), Part),
    responses((status = 200, description = "A page of files", body = Files),
              (status = 404, description = "There is no such run, or it has expired", body = Problem),
              (status = 409, description = "The run has not ended, or failed", body = Problem)))]
pub(super) async fn list(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At((export, run)): At<(ExportId, u32)>,
    Asked(part): Asked<Part>,
) -> Result<Json<Files>, Refusal> {
    let view = whole(owned(&api, &owner, RunId { export, run }).await?)?;
    let limit = part.limit()?;
    let files = tree::list(&api.coordinator.store, view.id, part.after()?, limit).await?;
    let (export, run) = (export.to_string(), run.to_string());
    Ok(Json(Files::page(&files, limit, |file, name| {
        api.url(&["v1", "exports", &export, "runs", &run, "files", file, name])
    })))
}

/// Fetches one file of a run.
#[utoipa::path(get, path = "/exports/{export}/runs/{run}/files/{file}/{name}", operation_id = "fetch_file", tag = "runs",
    security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export"),
           ("run" = u32, Path, description = "Which of its runs, from 1"),
           ("file" = String, Path, description = "The file's id, as listed"),
           ("name" = String, Path, description = "The file's name; for people, any will do"),
           ("Range" = Option<String>, Header, description = "One range of bytes")),
    responses((status = 200, description = "The file", content_type = "application/octet-stream"),
              (status = 206, description = "The range", content_type = "application/octet-stream"),
              (status = 404, description = "There is no such file", body = Problem),
              (status = 409, description = "The run has not ended, or failed", body = Problem),
              (status = 416, description = "The range is beyond the file", body = Problem)))]
pub(super) async fn get(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At((export, run, file, _name)): At<(ExportId, u32, String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let view = whole(owned(&api, &owner, RunId { export, run }).await?)?;
    let store = &api.coordinator.store;
    let found = match file.parse() {
        Ok(id) => tree::find(store, view.id, id).await?,
        Err(NoFileId) => None,
    };
    let file = found.ok_or_else(|| Fault::new(Code::NotFound, "there is no such file"))?;
    Content::of_file(&file)
        .answer(&method, &headers, async |range| file.read(store, range).await)
        .await
}
