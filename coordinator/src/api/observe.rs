//! What the log says of a request: method, the path's pattern, status, time. Never the path itself
//! or the query, for they may hold a signed link.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::Api;

/// Names the request in the answer and in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id and a span, and says how it was answered.
pub(super) async fn observe(State(api): State<Api>, request: Request, next: Next) -> Response {
    let id = api.coordinator.ambient.id().simple().to_string();
    let path = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
    let method = request.method().as_str();
    let span = tracing::info_span!(
        "request", request.id = %id, method, path, otel.name = %format!("{method} {path}"),
        otel.kind = "server", otel.status_code = Empty, http.response.status_code = Empty,
        trace_id = Empty,
    );
    fabric::trace::describe(&span, "http.request.method", method);
    fabric::trace::describe(&span, "http.route", path);
    fabric::trace::tell(&span);
    async {
        let began = Instant::now();
        let mut response = next.run(request).await;
        let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let status = response.status();
        tracing::info!(status = status.as_u16(), elapsed_ms, "request answered");
        let span = Span::current();
        span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            span.record("otel.status_code", "error");
        }
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }
    .instrument(span)
    .await
}
