//! A request with who sent it.

use std::collections::BTreeMap;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use super::Shared;
use super::token::decoded;

/// A request.
pub(super) struct Call {
    pub(super) method: Method,
    /// As it was sent, with its percent signs.
    pub(super) path: String,
    /// What comes after the question mark, as it was sent.
    pub(super) options: BTreeMap<String, String>,
    pub(super) headers: HeaderMap,
    pub(super) user: Option<String>,
}

impl Call {
    /// The one of a request.
    pub(super) fn new(shared: &Shared, parts: &Parts) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = query.split(['&', ';']).filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Self {
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            options: pairs.map(|(key, value)| (decoded(key), value.to_owned())).collect(),
            headers: parts.headers.clone(),
            user: shared.sessions.user(&parts.headers),
        }
    }

    /// An option without its percent signs.
    pub(super) fn option(&self, key: &str) -> Option<String> {
        self.options.get(key).map(|value| decoded(value))
    }

    /// The text of a header; empty where there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// What forms the client takes.
    pub(super) fn accepted(&self) -> &str {
        self.header("accept")
    }
}
