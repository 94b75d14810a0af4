//! That there is nothing yet: when to ask again, for programs, and a page that does so by itself, for people.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;
use proto::run::Head;

use crate::api::page;

/// The shortest time after which it is asked again.
const SOONEST: Duration = Duration::from_secs(40);

/// The longest one.
const LATEST: Duration = Duration::from_mins(15);

/// What the page may load and do: nothing but be shown, and load itself again.
const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; form-action 'none'");

/// What browsers are shown. What was waited for comes by the same address.
const PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\">\
    <meta name=\"robots\" content=\"noindex\"><meta http-equiv=\"refresh\" content=\"1\">\
    <title>Export under way</title></head>\n<body><h1>The export is under way</h1>\n\
    <p>It is downloaded here as soon as it is ready. This page may stay open.</p></body></html>\n";

/// When a run that has taken so long is asked for again.
///
/// Clients ask ten times more. That the last of these comes after more than an hour, and the first of a short run
/// soon, the time grows with that of the run: whoever waits, waits for three quarters longer than it takes, and
/// for a quarter of an hour longer at most.
pub(super) fn retry_after(age: Duration) -> Duration {
    (age * 3 / 4).clamp(SOONEST, LATEST)
}

/// The answer while the run of an export goes on.
pub(super) fn answer(head: &Head, now: Timestamp, headers: &HeaderMap) -> Response {
    let began = head.start.as_ref().map_or(head.created, |start| start.at);
    let age = Duration::try_from(now.duration_since(began)).unwrap_or_default();
    let mut response = if page::is_wanted(headers) {
        let mut response = Html(PAGE).into_response();
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
        response
    } else {
        let mut response = "the export is under way: ask again\n".into_response();
        let plain = HeaderValue::from_static("text/plain");
        response.headers_mut().insert(header::CONTENT_TYPE, plain);
        response
    };
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, retry_after(age).as_secs().into());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How old a run is that is asked for the last time, where each answer is held for so long.
    fn last(hold: Duration) -> Duration {
        // The request that makes the export is held too.
        let mut age = hold;
        for _ in 0..10 {
            age += hold;
            age += retry_after(age);
        }
        age + hold
    }

    #[test]
    fn ten_more_questions_reach_over_an_hour() {
        for hold in [0, 10, 50] {
            let last = last(Duration::from_secs(hold));
            assert!(last > Duration::from_hours(1), "{hold}: {last:?}");
        }
        assert!(last(Duration::from_secs(50)) < Duration::from_hours(3));
    }

    #[test]
    fn nobody_waits_much_longer_than_a_run_takes() {
        assert_eq!(retry_after(Duration::ZERO), SOONEST);
        assert_eq!(retry_after(Duration::from_mins(4)), Duration::from_mins(3));
        assert_eq!(retry_after(Duration::from_hours(9)), LATEST);
    }
}
