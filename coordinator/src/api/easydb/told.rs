//! What each refusal is called in either product, and what is said of it.

use axum::http::StatusCode;
use proto::easydb::{Mistake, What};
use proto::fault::Fault;
use serde_json::{Value, json};

use super::trouble::Trouble;
use crate::api::problem::status;

/// A trouble as it is answered.
pub(super) struct Told {
    pub(super) status: StatusCode,
    /// As easydb calls it.
    pub(super) code: &'static str,
    /// As fylr calls it.
    pub(super) other: &'static str,
    pub(super) parameters: Value,
    pub(super) description: String,
}

impl Trouble {
    /// What it is called.
    pub(super) fn code(&self) -> &'static str {
        self.clone().told().code
    }

    /// What is told of it. The one place that decides it; whoever adds a trouble decides this too.
    #[expect(clippy::too_many_lines, reason = "it is a table, a row for each trouble")]
    pub(super) fn told(self) -> Told {
        let bad = StatusCode::BAD_REQUEST;
        let told = |status, code, other, parameters, description: String| Told {
            status,
            code,
            other,
            parameters,
            description,
        };
        match self {
            Self::NotAuthenticated => told(
                StatusCode::FORBIDDEN,
                "error.user.not_authenticated",
                "NotAuthenticated",
                json!({}),
                "nobody is signed in".to_owned(),
            ),
            Self::WrongPassword => told(
                bad,
                "error.user.authentication_failed",
                "AuthenticationFailed",
                json!({}),
                "nobody is known by this login and password".to_owned(),
            ),
            Self::TooManyAttempts { wait } => told(
                StatusCode::TOO_MANY_REQUESTS,
                "error.user.too_many_attempts",
                "TooManyAttempts",
                json!({"seconds": wait}),
                format!("too many attempts failed; wait {wait} s"),
            ),
            Self::NoPath => told(
                StatusCode::NOT_FOUND,
                "error.api.invalid_request_method",
                "ApiObjectPath",
                json!({}),
                "there is no such path".to_owned(),
            ),
            Self::NoExport => told(
                StatusCode::NOT_FOUND,
                "error.user.export_not_found",
                "ServerGeneric",
                json!({"resource": "Export"}),
                "there is no such export".to_owned(),
            ),
            Self::NoEvent(id) => told(
                StatusCode::NOT_FOUND,
                "error.user.event_not_found",
                "ServerGeneric",
                json!({"resource": "Event", "_id": id}),
                format!("there is no event {id}"),
            ),
            Self::Content(why) => {
                told(bad, "error.api.invalid_content", "InvalidContent", json!({}), why)
            }
            Self::Mistakes(mistakes) => of_mistakes(&mistakes),
            Self::Parameter { name, why } => told(
                bad,
                "error.api.invalid_value",
                "InvalidValue",
                json!({"name": name}),
                format!("{name}: {why}"),
            ),
            Self::UnknownColumn(column) => told(
                bad,
                "error.api.invalid_value",
                "ServerGeneric",
                json!({"name": "filter", "value": column}),
                format!("Unknown column \"{column}\""),
            ),
            Self::DuplicateName(name) => told(
                StatusCode::CONFLICT,
                "error.user.export_name_duplicate",
                "ExportDuplicateName",
                json!({"name": name}),
                format!("there is an export named {name:?}"),
            ),
            Self::Version { provided, expected } => told(
                bad,
                "error.user.version_mismatch",
                "VersionMismatch",
                json!({"provided": provided, "expected": expected, "got": provided}),
                format!("the next version is {expected}"),
            ),
            Self::AlreadyRunning => told(
                bad,
                "error.user.export_already_running",
                "ServerGeneric",
                json!({}),
                "the export is running already".to_owned(),
            ),
            // For fylr it is a bad request.
            Self::NotRunning { state } => told(
                StatusCode::NOT_FOUND,
                "error.user.export_not_running",
                "ServerGeneric",
                json!({"state": state}),
                format!("unable to stop export in status {state}"),
            ),
            Self::NotStopped => told(
                bad,
                "error.user.export_not_stopped",
                "ServerGeneric",
                json!({}),
                "failed to stop export after 4 seconds".to_owned(),
            ),
            Self::NotDone { state } => told(
                bad,
                "error.user.export_not_done",
                "FileNotDone",
                json!({"state": state}),
                format!("the export is {state}"),
            ),
            Self::NoFile(path) => told(
                StatusCode::NOT_FOUND,
                "error.user.export_file_not_found",
                "FileNotFound",
                json!({"file": path}),
                format!("there is no file {path:?}"),
            ),
            Self::Passkey => told(
                StatusCode::NOT_FOUND,
                "error.user.export_invalid_passkey",
                "FileNotFound",
                json!({}),
                "this address opens nothing".to_owned(),
            ),
            Self::Fault(fault) => of_fault(&fault),
        }
    }
}

fn of_mistakes(mistakes: &[Mistake]) -> Told {
    let first = mistakes.first();
    let (code, other) = match first.map(|mistake| &mistake.what) {
        Some(What::NameRequired) => ("error.user.export_name_required", "ExportNameRequired"),
        Some(What::Missing) => ("error.api.attribute_expected", "AttributeExpected"),
        Some(What::Type { .. }) => ("error.api.type_mismatch", "TypeMismatch"),
        Some(What::Target { .. } | What::Value { .. }) | None => {
            ("error.api.invalid_value", "InvalidValue")
        }
    };
    let told: Vec<Value> = mistakes
        .iter()
        .map(|mistake| {
            let Mistake { what, place } = mistake;
            let problem = mistake.to_string();
            json!({"attribute": place, "problem": problem, "code": what.code(), "hint": what.hint()})
        })
        .collect();
    let texts: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    Told {
        status: StatusCode::BAD_REQUEST,
        code,
        other,
        parameters: json!({
            "attribute": first.map(|mistake| mistake.place.as_str()),
            "code": first.and_then(|mistake| mistake.what.code()),
            "hint": first.and_then(|mistake| mistake.what.hint()),
            "problems": told,
        }),
        description: texts.join("; "),
    }
}

/// A fault of what is behind the dialect: what a request got wrong, or what the server cannot do now.
fn of_fault(fault: &Fault) -> Told {
    let status = status(fault.code);
    if status.is_server_error() {
        return Told {
            status,
            code: "error.server.generic",
            other: "ServerGeneric",
            parameters: json!({"code": fault.code}),
            description: "the server cannot do this now; its log says why".to_owned(),
        };
    }
    let status =
        if status == StatusCode::UNPROCESSABLE_ENTITY { StatusCode::BAD_REQUEST } else { status };
    Told {
        status,
        code: "error.api.invalid_value",
        other: "InvalidValue",
        parameters: json!({"code": fault.code, "attribute": fault.place, "hint": fault.hint}),
        description: fault.to_string(),
    }
}
