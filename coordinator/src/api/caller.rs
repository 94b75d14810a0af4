//! Who asks: the owner of the token in `Authorization: Bearer`.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use proto::fault::{Code, Fault};
use proto::id::Owner;

use super::Api;
use super::problem::{Refusal, no_such_path};
use crate::token::{Rights, Token};

/// Whoever has a valid token.
pub(super) struct Caller(pub(super) Owner);

/// Whoever may look after the fleet; for all others there is nothing at such paths.
pub(super) struct Admin;

impl FromRequestParts<Api> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        Ok(Self(token(parts, api).await?.owner))
    }
}

impl FromRequestParts<Api> for Admin {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        match token(parts, api).await?.rights {
            Rights::Admin => Ok(Self),
            Rights::Owner => Err(no_such_path().await),
        }
    }
}

async fn token(parts: &Parts, api: &Api) -> Result<Token, Refusal> {
    let token = match bearer(&parts.headers) {
        Some(text) => api.gate.authenticate(&text.into(), api.coordinator.ambient.now()).await?,
        None => None,
    };
    token.ok_or_else(|| {
        Fault::new(Code::Unauthenticated, "a valid token is needed")
            .hint("send `Authorization: Bearer lsh_…`; `longshore token new` makes one")
            .into()
    })
}

/// The token that a request is signed by.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
