//! What an answer of a server means: that it has what it was sent, or may have it later, or never.
//!
//! Little of an answer is read, whatever comes.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};

/// Most of an answer that is read, in bytes.
const MOST_ANSWER: usize = 64 << 10;

/// Most of an answer that is kept, in characters.
const ANSWER_CHARS: usize = 1000;

/// What an answer means.
pub(super) enum Meaning {
    /// It has it; what it says.
    Taken(String),
    /// It may take it later: what it says, and how long it asks to wait.
    Later { what: String, wait: Option<Duration> },
    /// It will not.
    Never(String),
}

impl Meaning {
    /// By an answer, and the statuses that mean success where they are not all of 2xx. Its text is for
    /// people, and for them only.
    pub(super) async fn of(response: Response, success: &[u16], now: Timestamp) -> Self {
        let status = response.status();
        let is_success = match success {
            [] => status.is_success(),
            wanted => wanted.contains(&status.as_u16()),
        };
        let wait = retry_after(response.headers(), now);
        let answer = text(response).await;
        if is_success {
            return Self::Taken(answer);
        }
        let what = format!("it answers {status}: {answer}");
        if status.is_redirection() {
            return Self::Never(format!("it answers {status}, and redirects are not followed"));
        }
        let is_later = status.is_server_error()
            || matches!(
                status,
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
            );
        if is_later { Self::Later { what, wait } } else { Self::Never(what) }
    }
}

/// The beginning of an answer on one line. One that breaks off or never ends is cut.
async fn text(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < MOST_ANSWER
        && let Ok(Some(chunk)) = response.chunk().await
    {
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8_lossy(&bytes);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(ANSWER_CHARS).collect()
}

/// How long the server asks to wait: seconds, or a time (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds).min(Duration::from_hours(24)));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let left = Duration::try_from(at.duration_since(now)).ok()?;
    Some(left.min(Duration::from_hours(24)))
}
