//! What is asked of an API, and what it says where it gives nothing.

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
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
    /// What opens the API, where files hold it. Headers of all questions count before these.
    pub(super) secrets: HeaderMap,
    /// What the answer is to be.
    pub(super) content: Content,
}

/// What an answer is to be: what is something else counts as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// One JSON value.
    Json,
    /// Any text.
    Text,
    /// Anything, or nothing: the status says all.
    Any,
}

impl Request {
    /// Asks for what is at a URL.
    pub(crate) fn get(url: Url) -> Self {
        let (headers, secrets) = (HeaderMap::new(), HeaderMap::new());
        Self { url, body: None, headers, secrets, content: Content::Json }
    }

    /// Asks for what is at a URL as a text of a type, such as `text/csv`.
    pub(crate) fn text(url: Url, of_type: &'static str) -> Self {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(of_type))]);
        Self { headers, content: Content::Text, ..Self::get(url) }
    }

    /// The same with these secrets.
    pub(super) fn with(&self, secrets: &HeaderMap) -> Self {
        Self { secrets: secrets.clone(), ..self.clone() }
    }

    /// Sends JSON.
    pub(crate) fn json(url: Url, body: String) -> Self {
        Self { body: Some(("application/json", body)), ..Self::get(url) }
    }

    /// Sends a form.
    pub(crate) fn form(url: Url, body: String) -> Self {
        let body = Some(("application/x-www-form-urlencoded", body));
        Self { body, ..Self::get(url) }
    }

    /// The same, of which the status says all: the answer may have any body, or none.
    pub(crate) fn for_status_alone(self) -> Self {
        Self { content: Content::Any, ..self }
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
    /// Whether it came in none of the tries, and nothing says when it would: less of it might.
    pub(crate) is_slow: bool,
}

impl Denied {
    /// The error, and whether it is about who asks.
    pub(crate) fn explained(self) -> SourceError {
        let SourceError::Refused { what } = self.error else { return self.error };
        match self.status {
            Some(StatusCode::FORBIDDEN) => SourceError::Forbidden { what },
            Some(_) | None => SourceError::Refused { what },
        }
    }
}

impl From<SourceError> for Box<Denied> {
    fn from(error: SourceError) -> Self {
        let (is_too_long, is_slow) = (false, false);
        Self::new(Denied { error, status: None, body: Vec::new(), is_too_long, is_slow })
    }
}
