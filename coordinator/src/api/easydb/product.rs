//! Which of the two products is spoken to.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use proto::definition::Generation;
use serde::{Deserialize, Serialize};

use super::Dialect;

/// Where fylr's clients put the token where something before the server takes `Authorization` for itself.
pub(super) const FYLR_AUTHORIZATION: &str = "x-fylr-authorization";

/// What only fylr has.
const OF_FYLR: [&str; 3] = ["/oauth2/token", "/oauth2/revoke", "/user/session"];

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
    /// The product that a request is for: the configured one, or that which signs in as it does. Bearers
    /// and tokens in `access_token` are of fylr, and so are the addresses where these are had, and those that a uuid
    /// opens: who follows a link signs in as nobody.
    pub(super) fn of(dialect: &Dialect, parts: &Parts) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        let path = parts.uri.path();
        let is_fylrs = OF_FYLR.iter().any(|end| path.ends_with(end)) || is_by_uuid(path);
        let told = || if is_fylrs { Self::Fylr } else { Self::told(&parts.headers, query) };
        dialect.settings.product.unwrap_or_else(told)
    }

    pub(super) fn told(headers: &HeaderMap, query: &str) -> Self {
        let is_bearer = |name: &str| headers.get(name).is_some_and(is_bearers);
        let is_fylrs = is_bearer(header::AUTHORIZATION.as_str())
            || is_bearer(FYLR_AUTHORIZATION)
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

/// Whether a path leads to files by the uuid of a transport, as none of easydb's does.
fn is_by_uuid(path: &str) -> bool {
    let rest = path.split_once("/export/").map_or("", |(_, rest)| rest);
    let segments: Vec<&str> = rest.splitn(5, '/').collect();
    matches!(segments[..], [_, "uuid", _, way, ..] if !way.is_empty())
}

/// Whether a header is a bearer's, whatever its token is: who has a broken one is to learn that in fylr's words.
fn is_bearers(value: &HeaderValue) -> bool {
    let scheme = value.as_bytes().split(|byte| *byte == b' ').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case(b"bearer")
}

/// The token of a header, where it is a bearer's.
pub(super) fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_signs_in_as_fylrs_clients_do_is_one() {
        let check =
            |header: Option<(&'static str, &'static str)>, query: &str, expected: Product| {
                let header = header.map(|(name, value)| {
                    (header::HeaderName::from_static(name), HeaderValue::from_static(value))
                });
                let headers: HeaderMap = header.into_iter().collect();
                assert_eq!(Product::told(&headers, query), expected, "{headers:?} {query}");
            };
        check(Some(("authorization", "Bearer t")), "", Product::Fylr);
        check(Some(("x-fylr-authorization", "bearer t")), "", Product::Fylr);
        check(Some(("authorization", "Bearer")), "", Product::Fylr);
        check(None, "limit=1&access_token=t", Product::Fylr);
        check(None, "token=t", Product::Easydb5);
        check(Some(("x-easydb-token", "t")), "", Product::Easydb5);
        // What a proxy asks for, and no token.
        check(Some(("authorization", "Basic dTpw")), "token=t", Product::Easydb5);
    }

    #[test]
    fn what_a_uuid_opens_is_fylrs_and_no_folder_of_that_name() {
        for (path, expected) in [
            ("/api/export/7/uuid/u/zip/", true),
            ("/api/v1/export/7/uuid/u/file/a/b.json", true),
            ("/export/7/uuid/u/zip", true),
            ("/export/7/uuid/u/", false),
            ("/export/7/uuid", false),
            ("/export/7/file/uuid/u/b.json", false),
            ("/export/7/file/export/7/uuid/u/b.json", false),
            ("/export/7", false),
            ("/uuid/7/uuid/u/zip", false),
        ] {
            assert_eq!(is_by_uuid(path), expected, "{path}");
        }
    }
}
