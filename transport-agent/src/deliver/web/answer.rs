//! What a server answers, and what that means where it is no success.

use std::time::Duration;

use fabric::retry::asked;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};

use crate::deliver::said::one_line;

/// Most of an answer that is read, in bytes.
const MOST_ANSWER: usize = 64 << 10;

/// Longest wait that is believed.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// What an answer means for what was asked.
pub(in crate::deliver) enum Meaning<T> {
    Taken(T),
    Later {
        what: String,
        wait: Option<Duration>,
    },
    /// No space is left there; somebody may make some.
    Full(String),
    Never(String),
    /// It does not prove who it is.
    Untrusted(String),
}

/// An answer, whose body is for people, and for them only, unless the protocol says otherwise.
pub(in crate::deliver) struct Answer {
    pub(in crate::deliver) status: StatusCode,
    pub(in crate::deliver) headers: HeaderMap,
    /// The beginning of the body. One that breaks off or never ends is cut.
    pub(in crate::deliver) body: Vec<u8>,
    now: Timestamp,
}

impl Answer {
    pub(super) async fn read(mut response: Response, now: Timestamp) -> Self {
        let mut body = Vec::new();
        while body.len() < MOST_ANSWER
            && let Ok(Some(chunk)) = response.chunk().await
        {
            body.extend_from_slice(&chunk);
        }
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, body, now }
    }

    /// The beginning of the body on one line.
    pub(in crate::deliver) fn text(&self) -> String {
        one_line(&self.body)
    }

    /// What it means, as it is no success.
    pub(in crate::deliver) fn refusal<T>(&self) -> Meaning<T> {
        let (status, what) = (self.status, format!("it answers {}: {}", self.status, self.text()));
        if status.is_redirection() {
            return Meaning::Never(format!("it answers {status}, and redirects are not followed"));
        }
        if status == StatusCode::INSUFFICIENT_STORAGE {
            return Meaning::Full(what);
        }
        let is_later = status.is_server_error()
            || matches!(
                status,
                StatusCode::REQUEST_TIMEOUT
                    | StatusCode::LOCKED
                    | StatusCode::TOO_EARLY
                    | StatusCode::TOO_MANY_REQUESTS
            );
        if is_later {
            return Meaning::Later { what, wait: retry_after(&self.headers, self.now) };
        }
        Meaning::Never(what)
    }
}

/// How long the server asks to wait.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    Some(asked(text, now)?.min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_believed_that_asks_for_seconds_or_for_a_time_up_to_a_day() {
        let check = |text: &str, expected: Option<u64>| {
            let now = "1994-11-06T08:49:00Z".parse().unwrap();
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), expected.map(Duration::from_secs), "{text}");
        };
        check("120", Some(120));
        check(" 0 ", Some(0));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(37));
        check("99999999", Some(24 * 60 * 60));
        check("Sat, 06 Nov 2094 08:49:37 GMT", Some(24 * 60 * 60));
        check("Sun, 06 Nov 1994 08:48:59 GMT", None);
        check("soon", None);
        check("-1", None);
        assert_eq!(retry_after(&HeaderMap::new(), Timestamp::UNIX_EPOCH), None);
    }
}
