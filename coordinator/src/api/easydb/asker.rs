//! Who asks: a session, a token of Longshore, or one of the catalogue, in any of the places where clients put
//! it.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use proto::id::Owner;
use secrecy::SecretString;
use source::pass::{Place, Token};

use super::product::{FYLR_AUTHORIZATION, bearer};
use super::trouble::Trouble;
use super::{Dialect, Product};
use crate::easydb::{Session, is_session};
use crate::token::START;

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
        let (token, place) = token(parts).ok_or(Trouble::NotAuthenticated)?;
        let product = Product::of(dialect, parts);
        let (api, now) = (&dialect.api, dialect.api.coordinator.ambient.now());
        if is_session(&token) {
            let session = Session::find(&*api.coordinator.store, &token, now).await?;
            let Session { owner, last_event, .. } = session.ok_or(Trouble::NotAuthenticated)?;
            return Ok(Self { owner, product, last_event: Some(last_event) });
        }
        let is_ours = token.starts_with(START);
        let token: SecretString = token.into();
        let owner = match api.gate.authenticate(&token, now).await? {
            Some(known) => Some(known.owner),
            // It is of nobody, and none of the catalogue's business.
            None if is_ours => None,
            None => dialect.guest_with(Token::new(token, place), parts, now).await?,
        };
        Ok(Self { owner: owner.ok_or(Trouble::NotAuthenticated)?, product, last_event: None })
    }
}

/// The token of a request, wherever it stands, and where that is.
pub(super) fn token(parts: &Parts) -> Option<(String, Place)> {
    let bearer = || {
        // A proxy that keeps the one for itself may pass on what is its own.
        let names = [FYLR_AUTHORIZATION, AUTHORIZATION.as_str()];
        let token = names.iter().find_map(|name| bearer(parts.headers.get(*name)?))?;
        Some((token.to_owned(), Place::Bearer))
    };
    let query = parts.uri.query().unwrap_or_default();
    let given =
        url::form_urlencoded::parse(query.as_bytes()).find_map(|(key, token)| match &*key {
            "token" => Some((token.into_owned(), Place::Easydb)),
            "access_token" => Some((token.into_owned(), Place::Bearer)),
            _ => None,
        });
    let of_easydb = || {
        let token = parts.headers.get(TOKEN)?.to_str().ok()?;
        Some((token.to_owned(), Place::Easydb))
    };
    given.or_else(of_easydb).or_else(bearer)
}
