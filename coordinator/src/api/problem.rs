//! What is answered instead: RFC 9457 problems, made of faults.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fabric::board::BoardError;
use fabric::queue::QueueError;
use fabric::store::StoreError;
use proto::fault::{Code, Fault};
use serde::Serialize;
use utoipa::ToSchema;

/// A problem as RFC 9457 shapes it; `detail`, `place` and `hint` are those of the first fault.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// Where the code is explained, relative to the API.
    #[serde(rename = "type")]
    kind: String,
    /// The HTTP status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What went wrong, for programs.
    code: Code,
    /// What went wrong, for people.
    detail: String,
    /// Where, such as a JSON pointer into the definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// Everything that went wrong.
    faults: Vec<Fault>,
}

/// Why a request is refused: one fault or more.
#[derive(Debug)]
pub(super) struct Refusal(Vec<Fault>);

impl Refusal {
    /// What is wrong in the first place, for those who tell it in another shape.
    pub(super) fn into_fault(self) -> Fault {
        let first = self.0.into_iter().next();
        first.unwrap_or_else(|| Fault::new(Code::Internal, "refused without a reason"))
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl From<Vec<Fault>> for Refusal {
    fn from(faults: Vec<Fault>) -> Self {
        Self(faults)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        error.fault().into()
    }
}

impl From<QueueError> for Refusal {
    fn from(error: QueueError) -> Self {
        error.fault().into()
    }
}

impl From<BoardError> for Refusal {
    fn from(error: BoardError) -> Self {
        error.fault().into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(mut faults) = self;
        if faults.is_empty() {
            faults.push(Fault::new(Code::Internal, "refused without a reason"));
        }
        let status = status(faults[0].code);
        if status.is_server_error() {
            for fault in &mut faults {
                tracing::error!(code = fault.code.as_str(), reason = %fault.message, "request failed");
                // What the backends say is for the log: it may name hosts and buckets.
                *fault = Fault::new(fault.code, "the server cannot do this now")
                    .hint("the log says why, under this answer's x-request-id");
            }
        }
        let first = faults[0].clone();
        let problem = Problem {
            kind: format!("/docs/faults/{}", first.code),
            title: status.canonical_reason().unwrap_or("Problem"),
            status: status.as_u16(),
            code: first.code,
            detail: first.message,
            place: first.place,
            hint: first.hint,
            faults,
        };
        let mut response = (status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The HTTP status of a code.
///
/// The one place that decides it. It has no `_` arm: whoever adds a code decides this too.
pub(super) fn status(code: Code) -> StatusCode {
    match code {
        Code::Unreadable => StatusCode::BAD_REQUEST,
        Code::InvalidValue
        | Code::UnknownField
        | Code::MissingField
        | Code::UnknownSource
        | Code::InlineSource
        | Code::UnknownTarget
        | Code::InlineTarget
        | Code::UnknownPassphrase
        | Code::UnknownWebhook
        | Code::UnknownRecipient
        | Code::UnknownPlugin
        | Code::UnknownWatermark
        | Code::UnknownMapping
        | Code::NotConfigured
        | Code::DuplicateOutput
        | Code::UnknownSourceField
        | Code::AddressRefused => StatusCode::UNPROCESSABLE_ENTITY,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Conflict | Code::IdempotencyMismatch | Code::Stopped => StatusCode::CONFLICT,
        Code::VersionMismatch => StatusCode::PRECONDITION_FAILED,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::RangeNotSatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
        Code::SourceUnavailable
        | Code::StoreUnavailable
        | Code::QueueUnavailable
        | Code::BoardUnavailable
        | Code::TargetUnavailable
        | Code::MailUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::SourceRefused
        | Code::SourceForbidden
        | Code::SignedOut
        | Code::TargetRefused
        | Code::TargetUntrusted
        | Code::MailRefused => StatusCode::BAD_GATEWAY,
        Code::DiskFull | Code::TargetFull => StatusCode::INSUFFICIENT_STORAGE,
        // What happens to runs is told in their views; as an answer it is a mistake of ours.
        Code::BrokenRecord
        | Code::BrokenFile
        | Code::SourceChanged
        | Code::WrongKey
        | Code::SnapshotLost
        | Code::AssetMissing
        | Code::AssetUnconvertible
        | Code::Unrenderable
        | Code::PluginFailed
        | Code::PluginWarned
        | Code::XsltFailed
        | Code::NoSandbox
        | Code::StoreRefused
        | Code::StoreDamaged
        | Code::InvalidMessage
        | Code::AttemptsExhausted
        | Code::ArchiveDamaged
        | Code::EmptyBag
        | Code::TargetDamaged
        | Code::MailTemplate
        | Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The answer of a path that leads nowhere.
pub(super) async fn no_such_path() -> Refusal {
    Fault::new(Code::NotFound, "there is nothing at this path").into()
}

/// The answer of a handler that panicked. What the panic says may quote a record, so it is not logged; it
/// is on standard error already.
pub(super) fn of_panic(_panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    Refusal::from(Fault::new(Code::Internal, "a handler panicked")).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    async fn body(refusal: Refusal) -> (StatusCode, serde_json::Value) {
        let response = refusal.into_response();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let status = response.status();
        (
            status,
            serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap())
                .unwrap(),
        )
    }

    #[tokio::test]
    async fn a_fault_becomes_a_problem() {
        let fault = Fault::new(Code::InvalidValue, "no").at("/name").hint("say yes");
        let (status, problem) = body(fault.into()).await;
        assert_eq!(status, 422);
        assert_eq!(problem["type"], "/docs/faults/invalid_value");
        assert_eq!(problem["title"], "Unprocessable Entity");
        assert_eq!((&problem["detail"], &problem["place"]), (&"no".into(), &"/name".into()));
        assert_eq!(problem["faults"][0]["hint"], "say yes");
    }

    #[test]
    fn a_source_that_lets_nobody_in_is_no_mistake_of_ours() {
        for code in [Code::SourceRefused, Code::SourceForbidden, Code::SignedOut] {
            assert_eq!(super::status(code), 502, "{code}");
        }
    }

    #[tokio::test]
    async fn what_backends_say_stays_in_the_log() {
        let (status, problem) = body(Fault::new(Code::StoreUnavailable, "CANARY").into()).await;
        assert_eq!(status, 503);
        assert!(!problem.to_string().contains("CANARY"));
        let response = of_panic(Box::new("CANARY"));
        assert_eq!(response.status(), 500);
        let text = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        assert!(!String::from_utf8_lossy(&text).contains("CANARY"));
    }
}
