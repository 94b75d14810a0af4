//! The dialect in the description of the API: its routes, in a table, for what they take and give is said elsewhere
//! (docs/deriva.md).

use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, Required, ResponseBuilder};

/// Method, path, what it is called, what it does, how it is answered.
const ROUTES: [(HttpMethod, &str, &str, &str, &str); 13] = [
    (HttpMethod::Get, "/authn/session", "deriva_session", "Shows the caller's session", "200"),
    (HttpMethod::Post, "/deriva/export/bdbag", "deriva_make_bag", "Makes a bag", "201"),
    (HttpMethod::Get, "/deriva/export/bdbag/{key}", "deriva_fetch_bag", "Fetches the bag", "200"),
    (
        HttpMethod::Delete,
        "/deriva/export/bdbag/{key}",
        "deriva_delete_bag",
        "Deletes the export",
        "204",
    ),
    (
        HttpMethod::Get,
        "/deriva/export/bdbag/{key}/log",
        "deriva_bag_log",
        "Tells how far it is",
        "200",
    ),
    (
        HttpMethod::Get,
        "/deriva/export/bdbag/{key}/{path}",
        "deriva_fetch_named_bag",
        "Fetches the bag by its name",
        "200",
    ),
    (HttpMethod::Post, "/deriva/export/file", "deriva_make_files", "Makes loose files", "201"),
    (
        HttpMethod::Get,
        "/deriva/export/file/{key}",
        "deriva_fetch_only",
        "Fetches the only file",
        "200",
    ),
    (
        HttpMethod::Delete,
        "/deriva/export/file/{key}",
        "deriva_delete_files",
        "Deletes the export",
        "204",
    ),
    (
        HttpMethod::Get,
        "/deriva/export/file/{key}/log",
        "deriva_file_log",
        "Tells how far it is",
        "200",
    ),
    (
        HttpMethod::Get,
        "/deriva/export/file/{key}/{path}",
        "deriva_fetch_file",
        "Fetches a file",
        "200",
    ),
    (
        HttpMethod::Get,
        "/deriva/export/templates/{catalog}/{table}",
        "deriva_list_templates",
        "Lists the export templates of a table",
        "200",
    ),
    (
        HttpMethod::Post,
        "/deriva/export/templates/{catalog}/{table}/{displayname}",
        "deriva_run_template",
        "Makes what a template says",
        "201",
    ),
];

/// Where the address says whether everybody may fetch what is made.
const PUBLIC: [&str; 2] = ["/deriva/export/bdbag", "/deriva/export/file"];

/// Adds the routes of the dialect to a description.
pub(in crate::api) fn add_to(openapi: &mut OpenApi) {
    for (method, path, name, summary, status) in ROUTES {
        let answered = ResponseBuilder::new().description("As deriva-web answers").build();
        let mut operation = OperationBuilder::new()
            .operation_id(Some(name))
            .tag("deriva")
            .summary(Some(summary))
            .response(status, answered);
        if name == "deriva_list_templates" {
            operation = operation.parameter(text("context", ParameterIn::Query, Required::False));
        }
        let parameters =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        for parameter in parameters {
            operation = operation.parameter(text(parameter, ParameterIn::Path, Required::True));
        }
        if PUBLIC.contains(&path) {
            operation = operation.parameter(text("public", ParameterIn::Query, Required::False));
        }
        openapi.paths.add_path_operation(path, vec![method], operation.build());
    }
}

fn text(name: &str, place: ParameterIn, required: Required) -> ParameterBuilder {
    let schema = ObjectBuilder::new().schema_type(Type::String).build();
    let named = ParameterBuilder::new().name(name).parameter_in(place);
    named.required(required).schema(Some(schema))
}
