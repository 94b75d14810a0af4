//! What is asked of an API, and what it says where it gives nothing.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use url::Url;

use crate::SourceError;

/// A question: for what is at a URL, or with a body that is sent there.
#[derive(Clone)]
pub(crate) struct Request {
    /// Where.
    pub(super) url: Url,
    /// The body, and what it is.
    pub(super) body: Option<(&'static str, String)>,
    /// Headers besides those of all questions.
    pub(crate) headers: HeaderMap,
}

impl Request {
    /// Asks for what is at a URL.
    pub(crate) fn get(url: Url) -> Self {
        Self { url, body: None, headers: HeaderMap::new() }
    }

    /// Sends JSON.
    pub(crate) fn json(url: Url, body: String) -> Self {
        Self { url, body: Some(("application/json", body)), headers: HeaderMap::new() }
    }

    /// Sends a form.
    pub(crate) fn form(url: Url, body: String) -> Self {
        let body = Some(("application/x-www-form-urlencoded", body));
        Self { url, body, headers: HeaderMap::new() }
    }
}

/// No answer: why, and what the API says of it.
#[derive(Debug)]
pub(crate) struct Denied {
    /// Why.
    pub(crate) error: SourceError,
    /// The status of what it says, where it says something.
    pub(crate) status: Option<StatusCode>,
    /// The beginning of what it says.
    pub(crate) body: Vec<u8>,
    /// Whether it says more at once than may be read.
    pub(crate) is_too_long: bool,
}

impl From<SourceError> for Box<Denied> {
    fn from(error: SourceError) -> Self {
        Self::new(Denied { error, status: None, body: Vec::new(), is_too_long: false })
    }
}
