//! `POST /exports/export`: an exporter's work on datasets becomes an export, which is begun at once.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use proto::fault::{Code, Fault};
use proto::id::{ExportId, Owner};
use proto::plugin::secret::forget;
use proto::run::{Extent, StoredDefinition};
use serde_json::{Value, json};

use super::Door;
use super::kept::Kept;
use super::listing::Kind;
use super::trouble::{DOCUMENT, Trouble};
use super::wanted::Wanted;

/// Makes an export.
pub(super) async fn export(
    State(door): State<Door>,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Trouble> {
    let owner = door.caller(&parts).await?;
    let wanted = Wanted::read(&document(body)?)?;
    let (settings, found) = (&door.settings, door.found(&wanted.exporter).await);
    let chosen = settings.chosen(&found, &wanted.exporter).ok_or_else(|| {
        let why = format!("there is no exporter {:?}", wanted.exporter);
        let fault = Fault::new(Code::InvalidValue, why).at("/exporter");
        fault.hint("`GET /api/v1/sync/exports/formats` lists them")
    })?;
    let datasets = door.permitted(&owner, &wanted).await?;
    if datasets.is_empty() {
        return Err(Trouble::forbidden());
    }
    let mut definition = door.settings.definition(chosen, &datasets, &wanted)?;
    let coordinator = &door.api.coordinator;
    let faults = coordinator.check(&definition);
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let Wanted { project_id, dataset_ids: _, exporter, mut options } = wanted;
    let given = coordinator.take_secrets(&mut definition).await?;
    let secrets = coordinator.seal(&given)?;
    // Jobs show what they were told.
    forget(&mut options, &given);
    let dataset_ids = datasets.into_iter().map(|dataset| dataset.id).collect();
    let kept = Kept { project_id, dataset_ids, exporter, options };
    let stored = StoredDefinition {
        definition,
        original: kept.original(),
        idempotency: None,
        longest_before: None,
        secrets,
    };
    let id = ExportId(coordinator.ambient.id());
    door.begin(&owner, id, stored).await?;
    tracing::info!(export.id = %id, owner = %owner, datasets = kept.dataset_ids.len(), "datasets exported");
    made(&door, &owner, id).await
}

impl Door {
    /// Keeps a definition as an export, and begins its run.
    async fn begin(
        &self,
        owner: &Owner,
        id: ExportId,
        stored: StoredDefinition,
    ) -> Result<(), Trouble> {
        self.api.coordinator.keep(owner, id, stored, None).await?;
        self.api.coordinator.start(owner, id, Extent::Everything).await?;
        Ok(())
    }
}

/// The answer: the export, and its job beside it.
async fn made(door: &Door, owner: &Owner, id: ExportId) -> Result<Response, Trouble> {
    let (head, kept) = door.find(owner, id).await?.ok_or_else(Trouble::missing)?;
    let export = door.resource(Kind::Exports, &head, &kept).await?;
    let job = door.resource(Kind::Jobs, &head, &kept).await?;
    let location = door.url(&["exports", &id.to_string()]);
    let headers = [(header::LOCATION, location)];
    let body = Json(json!({"data": export, "included": [job]}));
    let mut response = (StatusCode::CREATED, headers, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, DOCUMENT);
    Ok(response)
}

/// The body, whatever its type is said to be.
fn document(body: Result<Bytes, BytesRejection>) -> Result<Value, Trouble> {
    let body = body.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Fault::new(Code::TooLarge, "the body is larger than the server takes");
        }
        Fault::new(Code::Unreadable, rejection.body_text())
    })?;
    let document = serde_json::from_slice(&body);
    let told = |error: serde_json::Error| {
        Fault::new(Code::Unreadable, format!("the body is no JSON: {error}"))
    };
    Ok(document.map_err(told)?)
}
