//! What is answered instead, in the shape of either product.
//!
//! Handlers say what is wrong; how that reads is decided once, where the answer leaves.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fabric::store::StoreError;
use proto::easydb::{Mistake, What};
use proto::fault::{Code, Fault};
use serde_json::{Value, json};

use super::{Dialect, Product};
use crate::api::problem::status;

/// Why a request is refused.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    /// Nobody is signed in.
    NotAuthenticated,
    /// Nobody is known by this login and password.
    WrongPassword,
    /// There is no such path.
    NoPath,
    /// There is no such export, or it is somebody else's.
    NoExport,
    /// The body is no document.
    Content(String),
    /// What is wrong in a document.
    Mistakes(Vec<Mistake>),
    /// A parameter means nothing.
    Parameter {
        /// Which.
        name: &'static str,
        /// Why.
        why: String,
    },
    /// A filter asks for what cannot be filtered by.
    UnknownColumn(String),
    /// Another export of the owner has the name.
    DuplicateName(String),
    /// The export is in another version.
    Version {
        /// That of the request.
        provided: Option<u64>,
        /// The one that is expected.
        expected: u64,
    },
    /// A run is under way.
    AlreadyRunning,
    /// No run is under way.
    NotRunning {
        /// How far the export is.
        state: &'static str,
    },
    /// The run did not stop in time.
    NotStopped,
    /// There are no files, or none any more.
    NotDone {
        /// How far the export is.
        state: &'static str,
    },
    /// There is no such file.
    NoFile(String),
    /// A passkey or uuid that opens nothing.
    Passkey,
    /// What went wrong behind the dialect.
    Fault(Box<Fault>),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        if fault.code == Code::NotFound { Self::NoExport } else { Self::Fault(Box::new(fault)) }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Fault(Box::new(error.fault()))
    }
}

impl From<Vec<Mistake>> for Trouble {
    fn from(mistakes: Vec<Mistake>) -> Self {
        Self::Mistakes(mistakes)
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

pub(super) async fn no_such_path() -> Trouble {
    Trouble::NoPath
}

/// Gives every trouble the shape of the product that the request is for.
pub(super) async fn answer(
    State(dialect): State<Dialect>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let product = Product::of(&dialect, &parts);
    let is_shown = parts.uri.query().is_some_and(|query| query.contains("disposition="));
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let Some(trouble) = response.extensions_mut().remove::<Trouble>() else { return response };
    trouble.shaped(product, is_shown)
}

/// A trouble as it is answered.
struct Told {
    status: StatusCode,
    /// As easydb calls it.
    code: &'static str,
    /// As fylr calls it.
    other: &'static str,
    parameters: Value,
    description: String,
}

impl Trouble {
    fn shaped(self, product: Product, is_shown: bool) -> Response {
        let is_passkey = matches!(self, Self::Passkey);
        let is_idle = matches!(self, Self::NotRunning { .. });
        if let Self::Fault(fault) = &self
            && status(fault.code).is_server_error()
        {
            tracing::error!(code = fault.code.as_str(), reason = %fault.message, "request failed");
        }
        let told = self.told();
        // Browsers follow links to files, and are shown a page of the program around this API.
        if product == Product::Easydb5 && (is_passkey || is_shown) {
            let key = if is_passkey { "export.invalid.passkey" } else { told.code };
            return elsewhere(&format!("/#server_error:{key}"));
        }
        let Told { status, code, other, parameters, description } = told;
        let status =
            if is_idle && product == Product::Fylr { StatusCode::BAD_REQUEST } else { status };
        let body = match product {
            Product::Easydb5 => {
                let realm = code.split('.').nth(1).unwrap_or("api");
                json!({"realm": realm, "code": code, "parameters": parameters,
                    "description": description})
            }
            Product::Fylr => {
                let mut parameters = parameters.as_object().cloned().unwrap_or_default();
                parameters.insert("realm".to_owned(), json!("api"));
                parameters.insert("statuscode".to_owned(), json!(status.as_u16()));
                json!({"code": other, "error": description, "package": "export",
                    "parameters": parameters, "realm": "api", "statuscode": status.as_u16()})
            }
        };
        let mut response = (status, axum::Json(body)).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// What is told of it. The one place that decides it; whoever adds a trouble decides this too.
    #[expect(clippy::too_many_lines, reason = "it is a table, a row for each trouble")]
    fn told(self) -> Told {
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
        Some(What::Value { .. }) | None => ("error.api.invalid_value", "InvalidValue"),
    };
    let told: Vec<Value> = mistakes
        .iter()
        .map(|mistake| json!({"attribute": mistake.place, "problem": mistake.to_string()}))
        .collect();
    let texts: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    Told {
        status: StatusCode::BAD_REQUEST,
        code,
        other,
        parameters: json!({
            "attribute": first.map(|mistake| mistake.place.as_str()), "problems": told,
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

fn elsewhere(place: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    if let Ok(place) = HeaderValue::from_str(place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
