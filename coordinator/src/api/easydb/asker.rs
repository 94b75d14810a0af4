//! Who asks: a session, or a token of Longshore, in any of the places where clients put it.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use proto::id::Owner;

use super::trouble::Trouble;
use super::{Dialect, Product};
use crate::easydb::{Session, is_session};

/// Where easydb's own clients put the token besides the query.
const TOKEN: &str = "x-easydb-token";

/// Whoever is signed in.
pub(super) struct Asker {
    pub(super) owner: Owner,
    pub(super) product: Product,
    /// The number of their last event when they signed in; nothing for tokens, which never do.
    pub(super) last_event: Option<u64>,
}

impl FromRequestParts<Dialect> for Asker {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, dialect: &Dialect) -> Result<Self, Trouble> {
        let token = token(parts).ok_or(Trouble::NotAuthenticated)?;
        let product = Product::of(dialect, parts);
        let (api, now) = (&dialect.api, dialect.api.coordinator.ambient.now());
        if is_session(&token) {
            let session = Session::find(&*api.coordinator.store, &token, now).await?;
            let Session { owner, last_event, .. } = session.ok_or(Trouble::NotAuthenticated)?;
            return Ok(Self { owner, product, last_event: Some(last_event) });
        }
        let known = api.gate.authenticate(&token.into(), now).await?;
        let owner = known.ok_or(Trouble::NotAuthenticated)?.owner;
        Ok(Self { owner, product, last_event: None })
    }
}

/// The token of a request, wherever it stands.
pub(super) fn token(parts: &Parts) -> Option<String> {
    let header = |name: &str| parts.headers.get(name)?.to_str().ok();
    let bearer = header(AUTHORIZATION.as_str()).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    let query = parts.uri.query().unwrap_or_default();
    let given = url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "token" || key == "access_token")
        .map(|(_, token)| token.into_owned());
    given.or_else(|| header(TOKEN).map(str::to_owned)).or(bearer)
}
