//! What is refused, in the words of `ERMrest` and Hatrac.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// An answer that is not what was asked for.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    /// What is the matter in this case.
    detail: String,
}

impl Refusal {
    /// The address is not understood, or cannot be followed.
    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, detail: detail.into() }
    }

    /// The catalogue is not as the address assumes.
    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::CONFLICT, detail: detail.into() }
    }

    /// There is no such thing.
    pub(super) fn missing(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, detail: detail.into() }
    }

    /// The user may not; whoever has not signed in is asked to.
    pub(super) fn forbidden(user: Option<&str>, detail: impl Into<String>) -> Self {
        let status = match user {
            Some(_) => StatusCode::FORBIDDEN,
            None => StatusCode::UNAUTHORIZED,
        };
        Self { status, detail: detail.into() }
    }

    /// The database took longer than it may.
    pub(super) fn out_of_time() -> Self {
        Self::malformed("Query run time limit exceeded.")
    }

    /// What is said of every refusal of its kind.
    fn description(&self) -> &'static str {
        match self.status.as_u16() {
            400 => "Request malformed.",
            401 => "Access requires authentication.",
            403 => "Access forbidden.",
            404 => "Resource not found.",
            _ => "Request conflicts with state of server.",
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let text = format!("{} Detail: {}\n", self.description(), self.detail);
        (self.status, [(header::CONTENT_TYPE, "text/plain")], text).into_response()
    }
}
