//! What is answered instead: errors as JSON:API shapes them, one for each fault.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fabric::store::StoreError;
use proto::fault::{Code, Fault};
use serde_json::{Value, json};
use source::SourceError;

use crate::api::problem::{self, Refusal};

/// The type of documents of JSON:API.
pub(super) const DOCUMENT: HeaderValue = HeaderValue::from_static("application/vnd.api+json");

/// Why a request is refused.
#[derive(Debug)]
pub(super) struct Trouble {
    status: StatusCode,
    faults: Vec<Fault>,
}

impl Trouble {
    /// Nobody is signed in.
    pub(super) fn unauthenticated() -> Self {
        let fault = Fault::new(Code::Unauthenticated, "a valid token is needed").hint(
            "send `Authorization: Bearer` with a token of `longshore token new`, or of IDAH where the source knows its users",
        );
        Self { status: StatusCode::UNAUTHORIZED, faults: vec![fault] }
    }

    /// Whoever asks may export none of the datasets.
    pub(super) fn forbidden() -> Self {
        Fault::new(Code::Forbidden, "none of the datasets may be exported")
            .at("/dataset_ids")
            .hint("name datasets of the project, which whoever asks may see")
            .into()
    }

    /// There is no such export, or it is somebody else's.
    pub(super) fn missing() -> Self {
        Fault::new(Code::NotFound, "there is no such export").into()
    }
}

impl From<Vec<Fault>> for Trouble {
    fn from(faults: Vec<Fault>) -> Self {
        let first = faults.first().map_or(Code::Internal, |fault| fault.code);
        let status = if first == Code::SignedOut {
            // A token that holds no more is something that they can do something about.
            StatusCode::UNAUTHORIZED
        } else if first == Code::SourceForbidden {
            StatusCode::FORBIDDEN
        } else {
            problem::status(first)
        };
        if !status.is_server_error() {
            return Self { status, faults };
        }
        // What backends say may name hosts and buckets.
        let told = |fault: Fault| {
            tracing::error!(code = fault.code.as_str(), reason = %fault.message, "request failed");
            Fault::new(fault.code, "the server cannot do this now")
                .hint("its log says why, under this answer's x-request-id")
        };
        Self { status, faults: faults.into_iter().map(told).collect() }
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        vec![fault].into()
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        error.fault().into()
    }
}

impl From<SourceError> for Trouble {
    fn from(error: SourceError) -> Self {
        error.fault().into()
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        refusal.into_fault().into()
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let Self { status, faults } = self;
        let errors: Vec<Value> = faults.iter().map(|fault| error(status, fault)).collect();
        let mut response = (status, Json(json!({ "errors": errors }))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, DOCUMENT);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn error(status: StatusCode, fault: &Fault) -> Value {
    let mut error = json!({
        "status": status.as_str(),
        "code": fault.code.as_str(),
        "title": status.canonical_reason(),
        "detail": fault.message,
    });
    if let Some(place) = &fault.place {
        let kind = if place.starts_with('/') { "pointer" } else { "parameter" };
        error["source"] = json!({ kind: place });
    }
    if let Some(hint) = &fault.hint {
        error["meta"] = json!({ "hint": hint });
    }
    error
}

/// The answer of a path that leads nowhere.
pub(super) async fn no_such_path() -> Trouble {
    Fault::new(Code::NotFound, "there is nothing at this path").into()
}

/// The answer of a path that takes other methods; which, is added to it.
pub(super) async fn no_such_method() -> Trouble {
    let fault = Fault::new(Code::NotFound, "the path takes other methods")
        .hint("the header `Allow` names them");
    Trouble { status: StatusCode::METHOD_NOT_ALLOWED, faults: vec![fault] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_backends_say_stays_in_the_log() {
        for code in Code::ALL {
            let trouble = Trouble::from(Fault::new(*code, "CANARY"));
            let is_told = trouble.faults[0].message.contains("CANARY");
            assert_eq!(is_told, !trouble.status.is_server_error(), "{code}");
        }
    }

    #[test]
    fn what_a_deployment_refuses_somebody_is_told_to_them() {
        for (code, expected) in [(Code::SignedOut, 401), (Code::SourceForbidden, 403)] {
            let trouble = Trouble::from(Fault::new(code, "no"));
            assert_eq!(
                (trouble.status.as_u16(), trouble.faults[0].message.as_str()),
                (expected, "no")
            );
        }
    }

    #[test]
    fn an_error_says_where_and_what_to_do() {
        let fault = Fault::new(Code::InvalidValue, "no").at("/options").hint("say yes");
        let told = error(StatusCode::UNPROCESSABLE_ENTITY, &fault);
        assert_eq!((&told["status"], &told["code"]), (&json!("422"), &json!("invalid_value")));
        assert_eq!(told["source"], json!({"pointer": "/options"}));
        assert_eq!(told["meta"]["hint"], "say yes");
        let told = error(StatusCode::UNPROCESSABLE_ENTITY, &fault.at("page[size]"));
        assert_eq!(told["source"], json!({"parameter": "page[size]"}));
    }
}
