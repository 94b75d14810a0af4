//! Exports: made, listed, looked at, started, stopped, taken up again, deleted.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fabric::board::Summary;
use fabric::record::Created;
use proto::fault::{Code, Fault};
use proto::id::{ExportId, Owner, RunId};
use proto::run::{Extent, State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Api;
use super::ask::{Asked, At, Document, limit};
use super::caller::Caller;
use super::problem::{Problem, Refusal};
use super::shape::{Export, Listed, Page, Run};
use super::update::Versioned;
use crate::service;

/// Longest idempotency key, in bytes.
const LONGEST_KEY: usize = 255;

/// Most pages of the board looked through for one page of a filtered list.
const PAGES: usize = 50;

/// How an export is made.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Creation {
    /// Whether its first run starts at once. Unless given, it does where the definition has no
    /// schedules, and waits for them where it has.
    start: Option<bool>,
}

/// How a run is started.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Beginning {
    /// Whether incremental outputs export everything, as in their first run. Once the run has
    /// succeeded, the next ones export what changed since.
    #[serde(default)]
    full: bool,
}

/// Which exports are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Selection {
    /// Those whose last run is in this state.
    #[param(inline)]
    state: Option<State>,
    /// Those with this text in their names, whatever the case.
    name: Option<String>,
    /// The one that was made with this idempotency key, whatever else is asked for.
    idempotency_key: Option<String>,
    /// At most so many, 1 to 200; 50 unless given.
    limit: Option<usize>,
    /// Those after this one: `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<ExportId>,
}

/// Makes an export of a definition and starts its first run.
#[utoipa::path(post, path = "/exports", operation_id = "make_export", tag = "exports", security(("token" = [])),
    params(Creation, ("Idempotency-Key" = Option<String>, Header,
        description = "Makes repeating the request harmless: the same key and document give the same export")),
    request_body(content = Object, description = "The definition, as in `/schema/definition.json`"),
    responses(
        (status = 201, description = "It is made", body = Export, headers(("Location" = String))),
        (status = 200, description = "It was made by an earlier request with the same key", body = Export),
        (status = 400, description = "The document is no JSON", body = Problem),
        (status = 409, description = "The key came with another document before", body = Problem),
        (status = 413, description = "The document is too large", body = Problem),
        (status = 422, description = "Every mistake in the definition, at once", body = Problem)))]
pub(super) async fn create(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    Asked(how): Asked<Creation>,
    headers: HeaderMap,
    Document(document): Document,
) -> Result<Response, Refusal> {
    let key = idempotency_key(&headers)?;
    let accepted = api.coordinator.accept(&owner, &document, key).await?;
    let id = accepted.head.id;
    // Whoever came first may have died between making and starting.
    if how.start.unwrap_or(!accepted.waits) && accepted.head.run == 0 {
        match (api.coordinator.start(&owner, id, Extent::Changes).await, accepted.created) {
            (Ok(_), _) => {}
            (Err(fault), Created::Before) if fault.code == Code::Conflict => {}
            (Err(fault), _) => return Err(fault.into()),
        }
    }
    let export = Json(Export::of(&api, &owner, id).await?);
    Ok(match accepted.created {
        Created::Now => {
            let location = [(header::LOCATION, api.url(&["v1", "exports", &id.to_string()]))];
            (StatusCode::CREATED, location, export).into_response()
        }
        Created::Before => export.into_response(),
    })
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=LONGEST_KEY).contains(&key.len()) => Ok(Some(key)),
        Ok(_) | Err(_) => Err(Fault::new(Code::InvalidValue, "the idempotency key cannot be used")
            .at("header/Idempotency-Key")
            .hint("1 to 255 visible ASCII characters")
            .into()),
    }
}

/// Lists exports, newest first.
#[utoipa::path(get, path = "/exports", operation_id = "list_exports", tag = "exports", security(("token" = [])), params(Selection),
    responses((status = 200, description = "A page of exports", body = Page),
              (status = 422, description = "A parameter cannot be used", body = Problem)))]
pub(super) async fn list(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    Asked(selection): Asked<Selection>,
) -> Result<Json<Page>, Refusal> {
    const MOST: usize = 200;
    let limit = limit(selection.limit)?;
    if let Some(key) = &selection.idempotency_key {
        let made = api.coordinator.made_by(&owner, key).await?;
        return Ok(Json(Page { exports: made.into_iter().map(alone).collect(), next: None }));
    }
    let name = selection.name.as_deref().map(str::to_lowercase);
    let fits = |shown: &Summary| {
        selection.state.is_none_or(|state| shown.state == state)
            && name.as_deref().is_none_or(|name| shown.name.to_lowercase().contains(name))
    };
    let is_filtered = name.is_some() || selection.state.is_some();
    let at_once = if is_filtered { MOST } else { limit };
    let (mut exports, mut cursor) = (Vec::new(), selection.cursor);
    for _ in 0..PAGES {
        let shown = api.coordinator.list(&owner, cursor, at_once).await?;
        let is_last = shown.len() < at_once;
        for shown in shown {
            cursor = Some(shown.id);
            if fits(&shown) {
                exports.push(listed(shown));
            }
            if exports.len() == limit {
                return Ok(Json(Page { exports, next: cursor }));
            }
        }
        if is_last {
            return Ok(Json(Page { exports, next: None }));
        }
    }
    Ok(Json(Page { exports, next: cursor }))
}

fn listed(shown: Summary) -> Listed {
    let Summary { id, owner: _, name, run, state, batches, records } = shown;
    Listed { id, name, run, state, batches, records }
}

/// An export as a list shows it.
fn alone(made: service::Export) -> Listed {
    let service::Export { head, definition: _, run } = made;
    let (state, batches, records) =
        run.map_or((State::New, None, None), |run| (run.state, run.batches, run.records));
    Listed { id: head.id, name: head.name, run: head.run, state, batches, records }
}

/// Shows an export with its definition, its last run and what can be downloaded.
#[utoipa::path(get, path = "/exports/{export}", operation_id = "show_export", tag = "exports", security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export")),
    responses((status = 200, description = "The export; `ETag` is the version of its definition, for `If-Match`", body = Export,
               headers(("ETag" = String))),
              (status = 404, description = "There is none, or it is somebody else's", body = Problem)))]
pub(super) async fn get(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At(export): At<ExportId>,
) -> Result<Versioned, Refusal> {
    Ok(Versioned(Export::of(&api, &owner, export).await?))
}

/// Deletes an export with everything it made. A run under way is stopped.
#[utoipa::path(delete, path = "/exports/{export}", operation_id = "delete_export", tag = "exports", security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export")),
    responses((status = 204, description = "It is deleted"),
              (status = 404, description = "There is none, or it is somebody else's", body = Problem)))]
pub(super) async fn delete(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At(export): At<ExportId>,
) -> Result<StatusCode, Refusal> {
    api.coordinator.delete(&owner, export).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Starts another run. One at a time: while one is under way it is a conflict.
#[utoipa::path(post, path = "/exports/{export}/start", operation_id = "start_export", tag = "exports", security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export"), Beginning),
    responses((status = 202, description = "It is started", body = Run),
              (status = 404, description = "There is none, or it is somebody else's", body = Problem),
              (status = 409, description = "A run is under way", body = Problem),
              (status = 422, description = "A parameter cannot be used", body = Problem)))]
pub(super) async fn start(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At(export): At<ExportId>,
    Asked(how): Asked<Beginning>,
) -> Result<(StatusCode, Json<Run>), Refusal> {
    let extent = if how.full { Extent::Everything } else { Extent::Changes };
    let run = api.coordinator.start(&owner, export, extent).await?;
    accepted(&api, run).await
}

/// Stops the run under way: nothing more is read, nothing is delivered.
#[utoipa::path(post, path = "/exports/{export}/stop", operation_id = "stop_export", tag = "exports", security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export")),
    responses((status = 202, description = "It will stop", body = Run),
              (status = 404, description = "There is none, or it is somebody else's", body = Problem),
              (status = 409, description = "No run is under way", body = Problem)))]
pub(super) async fn stop(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At(export): At<ExportId>,
) -> Result<(StatusCode, Json<Run>), Refusal> {
    api.coordinator.stop(&owner, export).await?;
    last_run(&api, &owner, export).await
}

/// Takes up a failed or stopped run where it ended: finished batches stay finished.
#[utoipa::path(post, path = "/exports/{export}/retry", operation_id = "retry_export", tag = "exports", security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export")),
    responses((status = 202, description = "It goes on", body = Run),
              (status = 404, description = "There is none, or it is somebody else's", body = Problem),
              (status = 409, description = "No run has failed or was stopped", body = Problem)))]
pub(super) async fn retry(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At(export): At<ExportId>,
) -> Result<(StatusCode, Json<Run>), Refusal> {
    let run = api.coordinator.retry(&owner, export).await?;
    accepted(&api, run).await
}

async fn last_run(
    api: &Api,
    owner: &Owner,
    export: ExportId,
) -> Result<(StatusCode, Json<Run>), Refusal> {
    let head = api.coordinator.head(owner, export).await?;
    accepted(api, RunId { export, run: head.run }).await
}

async fn accepted(api: &Api, run: RunId) -> Result<(StatusCode, Json<Run>), Refusal> {
    let view = api.coordinator.run_view(run).await?;
    Ok((StatusCode::ACCEPTED, Json(Run::of(api, view).await?)))
}
