//! What is answered instead: plain text, one fault a line, with the status of the class that deriva-web gives it.
//!
//! Clients send a request that was answered by 500 or 503 again, ten times: neither is ever the answer to what will
//! not change.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fabric::store::StoreError;
use proto::deriva::engine::Refused;
use proto::fault::{Code, Fault};
use source::SourceError;
use source::deriva::Untranslated;

use crate::api::problem::{self, Refusal};

/// Why a request is refused, or what its run failed by.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub(super) status: StatusCode,
    pub(super) faults: Vec<Fault>,
    /// How long to wait before it is asked again, where that is known.
    wait: Option<Duration>,
}

impl Trouble {
    /// With a status of its own.
    pub(super) fn with(status: StatusCode, faults: Vec<Fault>) -> Self {
        Self { status, faults, wait: None }
    }

    /// Too many sessions that nobody knows were tried of late.
    pub(super) fn too_many(wait: Duration) -> Self {
        let what = "too many sessions were tried from there that nobody knows";
        let fault = Fault::new(Code::Unauthenticated, what).hint("wait, or sign in anew");
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let wait = Some(Duration::from_secs(seconds));
        Self { wait, ..Self::with(StatusCode::TOO_MANY_REQUESTS, vec![fault]) }
    }

    /// Nobody is signed in.
    pub(super) fn unauthenticated() -> Self {
        let fault = Fault::new(Code::Unauthenticated, "nobody is signed in")
            .hint("sign in, and send the cookie `webauthn` or `Authorization: Bearer`");
        Self::with(StatusCode::UNAUTHORIZED, vec![fault])
    }

    /// Another site asks in the name of whoever looks at it.
    pub(super) fn crossing() -> Self {
        let fault = Fault::new(Code::Unauthenticated, "another site sends this request")
            .hint("send it from the catalogue's own pages, or with `Authorization: Bearer`");
        Self::with(StatusCode::FORBIDDEN, vec![fault])
    }

    /// There is no such export, or it is somebody else's.
    pub(super) fn no_export() -> Self {
        let fault = Fault::new(Code::NotFound, "there is no such export");
        Self::with(StatusCode::NOT_FOUND, vec![fault])
    }

    /// The export has no such file.
    pub(super) fn no_file(path: &str) -> Self {
        let fault = Fault::new(Code::NotFound, format!("the export has no file {path:?}"));
        Self::with(StatusCode::NOT_FOUND, vec![fault])
    }

    /// The request says too little to be understood.
    pub(super) fn incomplete(fault: Fault) -> Self {
        Self::with(StatusCode::BAD_REQUEST, vec![fault])
    }

    /// What is asked for is not offered, or may not be asked for.
    pub(super) fn misconfigured(faults: Vec<Fault>) -> Self {
        Self::with(StatusCode::CONFLICT, faults)
    }

    /// Whether the same may be done when it is tried again.
    pub(super) fn is_passing(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE
    }

    /// What a run failed by.
    pub(super) fn of_run(faults: Vec<Fault>) -> Self {
        let status = faults.first().map_or(StatusCode::BAD_GATEWAY, class);
        Self::with(status, faults)
    }
}

/// The status of a fault that will not go away by itself.
fn class(fault: &Fault) -> StatusCode {
    // What the catalogue's server answers of who asks, is answered.
    if fault.code == Code::SignedOut {
        return StatusCode::UNAUTHORIZED;
    }
    if fault.code == Code::SourceForbidden {
        return StatusCode::FORBIDDEN;
    }
    match problem::status(fault.code) {
        status @ (StatusCode::UNAUTHORIZED
        | StatusCode::NOT_FOUND
        | StatusCode::CONFLICT
        | StatusCode::PAYLOAD_TOO_LARGE) => status,
        StatusCode::BAD_REQUEST => StatusCode::BAD_REQUEST,
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PRECONDITION_FAILED => StatusCode::CONFLICT,
        _ => StatusCode::BAD_GATEWAY,
    }
}

/// Whether a fault is of the service's own backends, of which strangers are told nothing.
fn is_ours(code: Code) -> bool {
    matches!(
        code,
        Code::StoreUnavailable
            | Code::StoreRefused
            | Code::StoreDamaged
            | Code::QueueUnavailable
            | Code::BoardUnavailable
            | Code::DiskFull
            | Code::Internal
    )
}

/// Whether the same request may be answered when it comes again.
fn is_passing(code: Code) -> bool {
    matches!(code, Code::StoreUnavailable | Code::QueueUnavailable | Code::BoardUnavailable)
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        let status =
            if is_passing(fault.code) { StatusCode::SERVICE_UNAVAILABLE } else { class(&fault) };
        if !is_ours(fault.code) {
            return Self::with(status, vec![fault]);
        }
        tracing::error!(code = fault.code.as_str(), reason = %fault.message, "request failed");
        let told = Fault::new(fault.code, "the service cannot do this now")
            .hint("its log says why, under this answer's x-request-id");
        Self::with(status, vec![told])
    }
}

impl From<Vec<Fault>> for Trouble {
    fn from(faults: Vec<Fault>) -> Self {
        match <[Fault; 1]>::try_from(faults) {
            Ok([fault]) => fault.into(),
            Err(faults) => Self::of_run(faults),
        }
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

impl From<Untranslated> for Trouble {
    fn from(error: Untranslated) -> Self {
        match error {
            Untranslated::Refused(refused) => refused.into(),
            Untranslated::Source(error) => error.into(),
        }
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        refusal.into_fault().into()
    }
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        let status = StatusCode::from_u16(refused.class().status());
        let faults = refused.mistakes.iter().map(proto::deriva::engine::Mistake::fault).collect();
        Self::with(status.unwrap_or(StatusCode::BAD_GATEWAY), faults)
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let Self { status, faults, wait } = self;
        let mut told = faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n");
        told.push('\n');
        let mut response = (status, told).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = wait {
            headers.insert(header::RETRY_AFTER, wait.as_secs().into());
        }
        response
    }
}

/// The answer of a path that takes other methods; which, is added to it.
pub(super) async fn no_such_method() -> Trouble {
    let fault = Fault::new(Code::NotFound, "the path takes other methods")
        .hint("the header `Allow` names them");
    Trouble::with(StatusCode::METHOD_NOT_ALLOWED, vec![fault])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_will_not_change_is_never_a_server_error_that_clients_repeat() {
        for code in Code::ALL {
            let status = Trouble::of_run(vec![Fault::new(*code, "no")]).status;
            assert!(![500, 503].contains(&status.as_u16()), "{code}: {status}");
            let status = Trouble::from(Fault::new(*code, "no")).status;
            assert!(status != 500 && (status != 503 || is_passing(*code)), "{code}: {status}");
        }
    }

    #[test]
    fn what_the_catalogue_answers_decides_the_class() {
        let check = |code, message: &str, expected: u16| {
            let status = Trouble::of_run(vec![Fault::new(code, message)]).status;
            assert_eq!(status, expected, "{message}");
        };
        let refused = Code::SourceRefused;
        check(Code::SignedOut, "the source lets nobody in: the secret no longer opens it", 401);
        check(Code::SourceForbidden, "the source forbids: https://a/ answers 403 Forbidden", 403);
        check(refused, "the source refuses: the name \" answers 403 \" is no name", 502);
        check(refused, "the source refuses: https://a/ answers 404 Not Found", 502);
        check(refused, "the source refuses: https://a/ answers 409 Conflict", 502);
        check(Code::AssetMissing, "https://files/x answers 401 Unauthorized", 502);
        check(Code::SignedOut, "nobody is signed in", 401);
        check(Code::SourceUnavailable, "it does not answer", 502);
        check(Code::NotConfigured, "there is none", 409);
        check(Code::Stopped, "it was stopped", 409);
    }

    #[test]
    fn what_backends_say_stays_in_the_log() {
        let trouble = Trouble::from(Fault::new(Code::StoreUnavailable, "CANARY"));
        assert_eq!(trouble.status, 503);
        assert!(!trouble.faults[0].to_string().contains("CANARY"));
    }
}
