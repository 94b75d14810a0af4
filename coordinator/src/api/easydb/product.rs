//! Which of the two products is spoken to.

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use proto::definition::Generation;
use serde::{Deserialize, Serialize};

use super::Dialect;

/// A product whose clients are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Product {
    /// easydb 5.
    Easydb5,
    /// fylr.
    Fylr,
}

impl Product {
    /// The product that a request is for: the configured one, or that which signs in as it does. Tokens
    /// in `Authorization` and in `access_token` are of fylr.
    pub(super) fn of(dialect: &Dialect, parts: &Parts) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        dialect.settings.product.unwrap_or_else(|| Self::told(&parts.headers, query))
    }

    pub(super) fn told(headers: &HeaderMap, query: &str) -> Self {
        let is_fylrs = headers.contains_key(header::AUTHORIZATION)
            || query.split('&').any(|pair| pair.starts_with("access_token="));
        if is_fylrs { Self::Fylr } else { Self::Easydb5 }
    }

    /// How columns of tables are called.
    pub(super) fn generation(self) -> Generation {
        match self {
            Self::Easydb5 => Generation::Easydb,
            Self::Fylr => Generation::Fylr,
        }
    }
}
