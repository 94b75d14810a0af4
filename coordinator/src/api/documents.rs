//! What the API says of itself, for programs.

use axum::Json;
use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use proto::fault::{Code, Fault};
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi as _};

use super::problem::{Problem, Refusal};

/// What stands around the routes.
pub(super) fn description() -> OpenApi {
    Description::openapi()
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Longshore",
        version = "1",
        description = "Exports: what to export is posted as a definition, and what comes of it is downloaded. \
            Everything that cannot be done answers with a problem (RFC 9457) whose `type` leads to a page about its `code`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    modifiers(&Tokens)
)]
struct Description;

/// Says how requests are authenticated.
struct Tokens;

impl Modify for Tokens {
    fn modify(&self, openapi: &mut OpenApi) {
        let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        openapi.components.get_or_insert_default().add_security_scheme("token", token);
    }
}

/// Shows the description of the API.
#[utoipa::path(get, path = "/openapi.json", operation_id = "show_openapi", tag = "documents",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")))]
pub(super) async fn openapi() -> Json<OpenApi> {
    Json(super::openapi())
}

/// Shows the JSON Schema of definitions.
#[utoipa::path(get, path = "/schema/definition.json", operation_id = "show_definition_schema", tag = "documents",
    responses((status = 200, description = "JSON Schema 2020-12", content_type = "application/schema+json")))]
pub(super) async fn definition() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/schema+json")], Json(proto::definition::json_schema()))
}

/// Shows the page of the manual about a code; the pages call each other `<code>.md`.
#[utoipa::path(get, path = "/docs/faults/{code}", operation_id = "show_fault", tag = "documents",
    params(("code" = String, Path, description = "The code of a fault")),
    responses((status = 200, description = "The page, in Markdown", content_type = "text/markdown"),
              (status = 404, description = "There is no such code", body = Problem)))]
pub(super) async fn fault(Path(name): Path<String>) -> Result<impl IntoResponse, Refusal> {
    let name = name.strip_suffix(".md").unwrap_or(&name);
    match Code::ALL.iter().find(|code| code.as_str() == name) {
        Some(code) => Ok(([(CONTENT_TYPE, "text/markdown; charset=utf-8")], code.page())),
        None => Err(Fault::new(Code::NotFound, "there is no such code").into()),
    }
}
