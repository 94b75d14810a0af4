//! Why there is no page: it may be there later, or it will not be there.

use std::time::{Duration, SystemTime};

use fabric::retry::asked;
use jiff::Timestamp;
use reqwest::StatusCode;
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

/// Whether an answer says that what was asked for may come later.
pub(crate) fn comes_later(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
        )
}

/// How long a server asks to wait.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let now = Timestamp::try_from(SystemTime::now()).ok()?;
    asked(headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}
