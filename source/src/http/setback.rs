//! Why there is no page: it may be there later, or it will not be there.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::request::Denied;
use crate::SourceError;

/// Why there is no page.
pub(super) enum Setback {
    /// It may be there later; after so long, where the API says so.
    Later { what: SourceError, wait: Option<Duration> },
    /// It will not be there.
    Never(Box<Denied>),
}

impl Setback {
    /// It may be there later; the API does not say when.
    pub(super) fn later(what: SourceError) -> Self {
        Self::Later { what, wait: None }
    }

    /// It will not be there.
    pub(super) fn never(error: SourceError) -> Self {
        Self::Never(error.into())
    }
}

/// How long the API asks to wait: seconds, or up to a time (RFC 9110, 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let now = Timestamp::try_from(SystemTime::now()).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO))
}
