//! Changing an export, and the version by which nobody undoes what somebody else changed.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use proto::fault::{Code, Fault};
use proto::id::ExportId;

use super::Api;
use super::ask::{At, Document};
use super::caller::Caller;
use super::problem::{Problem, Refusal};
use super::shape::Export;

/// An export with the version of its definition as its tag.
pub(super) struct Versioned(pub(super) Export);

impl IntoResponse for Versioned {
    fn into_response(self) -> Response {
        let tag = format!("\"{}\"", self.0.version);
        ([(header::ETAG, tag)], Json(self.0)).into_response()
    }
}

/// Gives an export another definition: what it exports, how, and when.
///
/// A run under way goes on with the definition that it began with.
#[utoipa::path(put, path = "/exports/{export}", operation_id = "change_export", tag = "exports", security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export"),
           ("If-Match" = Option<String>, Header,
            description = "The version that is changed, in quotes, as `ETag` told it. Where the export is in another one, nothing happens")),
    request_body(content = Object, description = "The definition, as in `/schema/definition.json`"),
    responses((status = 200, description = "It is changed", body = Export, headers(("ETag" = String))),
              (status = 400, description = "The document is no JSON", body = Problem),
              (status = 404, description = "There is none, or it is somebody else's", body = Problem),
              (status = 409, description = "It was changed at the same moment", body = Problem),
              (status = 412, description = "It is in another version", body = Problem),
              (status = 413, description = "The document is too large", body = Problem),
              (status = 422, description = "Every mistake in the definition, at once", body = Problem)))]
pub(super) async fn update(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At(export): At<ExportId>,
    headers: HeaderMap,
    Document(document): Document,
) -> Result<Versioned, Refusal> {
    let expected = expected(&headers)?;
    // Nobody learns from mistakes in a document whether an export is there.
    api.coordinator.head(&owner, export).await?;
    api.coordinator.update(&owner, export, &document, expected).await?;
    Ok(Versioned(Export::of(&api, &owner, export).await?))
}

/// The version that a request is made for; nothing where any will do.
fn expected(headers: &HeaderMap) -> Result<Option<u32>, Refusal> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    if value == "*" {
        return Ok(None);
    }
    let text = value.to_str().unwrap_or_default();
    let version = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')?.parse().ok());
    match version {
        Some(version) => Ok(Some(version)),
        None => Err(Fault::new(Code::InvalidValue, "this is the tag of no version")
            .at("header/If-Match")
            .hint("the number of a version in quotes, as `ETag` of the export told it")
            .into()),
    }
}
