//! The dialect in the description of the API: its routes, in a table, for what they take and give is said
//! elsewhere (docs/easydb.md).

use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, Required, ResponseBuilder, SecurityRequirement};

/// Method, path below `/api/v1` unless it begins with `/api/`, what it is called, what it does.
const ROUTES: [(HttpMethod, &str, &str, &str); 30] = [
    (HttpMethod::Get, "/session", "easydb_session", "Shows a session, or draws a token"),
    (HttpMethod::Post, "/session/authenticate", "easydb_sign_in", "Signs in"),
    (HttpMethod::Post, "/session/deauthenticate", "easydb_sign_out", "Signs out"),
    (HttpMethod::Post, "/api/oauth2/token", "fylr_grant", "Gives a token for a password"),
    (HttpMethod::Post, "/api/oauth2/revoke", "fylr_revoke", "Takes a token back"),
    (HttpMethod::Get, "/user/session", "fylr_session", "Shows whose a token is"),
    (HttpMethod::Get, "/export", "easydb_list_exports", "Lists exports"),
    (HttpMethod::Put, "/export", "easydb_make_export", "Makes an export"),
    (HttpMethod::Post, "/export", "easydb_post_export", "Makes an export"),
    (HttpMethod::Get, "/export/{id}", "easydb_show_export", "Shows an export with its files"),
    (HttpMethod::Post, "/export/{id}", "easydb_change_export", "Changes what is named"),
    (HttpMethod::Delete, "/export/{id}", "easydb_delete_export", "Deletes an export"),
    (HttpMethod::Post, "/export/{id}/start", "easydb_start_export", "Starts a run"),
    (HttpMethod::Post, "/export/{id}/stop", "easydb_stop_export", "Stops the run under way"),
    (HttpMethod::Get, "/export/{id}/file/{path}", "easydb_fetch_file", "Fetches a file"),
    (HttpMethod::Get, "/export/{id}/zip/{path}", "easydb_fetch_zip", "Fetches a part as ZIP"),
    (HttpMethod::Get, "/export/{id}/tar_gz/{path}", "easydb_fetch_tar", "Fetches a part as tar.gz"),
    (HttpMethod::Get, "/export/{id}/zip", "easydb_fetch_archive", "Fetches everything as ZIP"),
    (
        HttpMethod::Get,
        "/export/{id}/tar_gz",
        "easydb_fetch_tar_archive",
        "Fetches everything as tar.gz",
    ),
    (
        HttpMethod::Get,
        "/export/{id}/uuid/{uuid}/file/{path}",
        "easydb_file_by_uuid",
        "Fetches a file",
    ),
    (
        HttpMethod::Get,
        "/export/{id}/uuid/{uuid}/zip/{path}",
        "easydb_zip_by_uuid",
        "Fetches a part as ZIP",
    ),
    (
        HttpMethod::Get,
        "/export/{id}/uuid/{uuid}/tar_gz/{path}",
        "easydb_tar_by_uuid",
        "Fetches a part as tar.gz",
    ),
    (
        HttpMethod::Get,
        "/export/{id}/download/{passkey}/{name}",
        "easydb_download",
        "Fetches a volume of a transport's archive",
    ),
    (HttpMethod::Get, "/event/poll", "easydb_poll", "Waits for what happens after signing in"),
    (
        HttpMethod::Get,
        "/event/poll/{after}",
        "easydb_poll_after",
        "Waits for what happens after an event",
    ),
    (HttpMethod::Get, "/event/list", "easydb_list_events", "Lists what happened"),
    (HttpMethod::Delete, "/event/list", "easydb_delete_events", "Forgets what a list shows"),
    (HttpMethod::Delete, "/event", "easydb_forget_events", "Forgets what a list shows"),
    (HttpMethod::Get, "/event/{id}", "easydb_show_event", "Shows an event"),
    (HttpMethod::Get, "/export/{id}/file", "easydb_list_files", "A page of all files"),
];

/// Adds the routes of the dialect to a description.
pub(in crate::api) fn add_to(openapi: &mut OpenApi) {
    for (method, path, name, summary) in ROUTES {
        let is_open = ["/uuid/", "/download/", "/oauth2/"].iter().any(|open| path.contains(open))
            || path.starts_with("/session");
        let mut operation = OperationBuilder::new()
            .operation_id(Some(name))
            .tag("easydb")
            .summary(Some(summary))
            .response("200", ResponseBuilder::new().description("As easydb answers").build());
        if !is_open {
            let token: [&str; 0] = [];
            operation = operation.security(SecurityRequirement::new("token", token));
        }
        let parameters =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        for parameter in parameters {
            let text = ObjectBuilder::new().schema_type(Type::String).build();
            operation = operation.parameter(
                ParameterBuilder::new()
                    .name(parameter)
                    .parameter_in(ParameterIn::Path)
                    .required(Required::True)
                    .schema(Some(text)),
            );
        }
        let path =
            if path.starts_with("/api/") { path.to_owned() } else { format!("/api/v1{path}") };
        openapi.paths.add_path_operation(path, vec![method], operation.build());
    }
}
