//! The surface in the description of the API: its routes, in a table, for what they take and give is said elsewhere
//! (docs/idah.md).

use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, Required, ResponseBuilder};

/// Method, path, what it is called, what it does, how it is answered.
const ROUTES: [(HttpMethod, &str, &str, &str, &str); 9] = [
    (HttpMethod::Post, "/api/v1/sync/exports/export", "idah_export", "Exports datasets", "201"),
    (HttpMethod::Get, "/api/v1/sync/exports/formats", "idah_formats", "Lists exporters", "200"),
    (HttpMethod::Get, "/api/v1/sync/exports", "idah_exports", "Lists exports", "200"),
    (HttpMethod::Get, "/api/v1/sync/exports/{id}", "idah_show_export", "Shows an export", "200"),
    (
        HttpMethod::Get,
        "/api/v1/sync/exports/{id}/download",
        "idah_download",
        "Fetches what was made",
        "200",
    ),
    (HttpMethod::Get, "/api/v1/sync/jobs", "idah_jobs", "Lists jobs", "200"),
    (HttpMethod::Delete, "/api/v1/sync/jobs", "idah_delete_jobs", "Deletes jobs", "200"),
    (HttpMethod::Get, "/api/v1/sync/jobs/{id}", "idah_show_job", "Shows a job", "200"),
    (HttpMethod::Delete, "/api/v1/sync/jobs/{id}", "idah_delete_job", "Deletes a job", "204"),
];

/// Adds the routes to a description.
pub(in crate::api) fn add_to(openapi: &mut OpenApi) {
    for (method, path, name, summary, status) in ROUTES {
        let answered = ResponseBuilder::new().description("As IDAH answers").build();
        let mut operation = OperationBuilder::new()
            .operation_id(Some(name))
            .tag("idah")
            .summary(Some(summary))
            .response(status, answered);
        if path.contains("{id}") {
            operation = operation.parameter(text("id", ParameterIn::Path, Required::True));
        }
        if name == "idah_formats" {
            let modalities = text("modalities[]", ParameterIn::Query, Required::False);
            operation = operation.parameter(modalities);
        }
        openapi.paths.add_path_operation(path, vec![method], operation.build());
    }
}

fn text(name: &str, place: ParameterIn, required: Required) -> ParameterBuilder {
    let schema = ObjectBuilder::new().schema_type(Type::String).build();
    let named = ParameterBuilder::new().name(name).parameter_in(place);
    named.required(required).schema(Some(schema))
}
