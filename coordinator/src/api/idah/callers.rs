//! Who asks: whoever has a token of ours, or one of the IDAH deployment where the source knows its users.
//!
//! What lets users of the deployment in is kept for their runs, which read with their rights: see [`source::pass`].

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use jiff::Timestamp;
use proto::id::Owner;
use source::pass::{Pass, Place, Token};
use tokio::sync::Semaphore;

use super::Door;
use super::trouble::Trouble;

/// How long a token that the deployment knew is believed without asking it again.
const TRUST: Duration = Duration::from_mins(1);

/// How long one that it did not know is not asked for again.
const MISTRUST: Duration = Duration::from_secs(10);

/// Most tokens remembered at once; beyond, all are asked for anew.
const REMEMBERED: usize = 10_000;

/// How many tokens are asked about at once: made-up ones have no end.
const AT_ONCE: usize = 16;

/// Those who asked of late with a token of the deployment.
pub(super) struct Callers {
    tokens: Mutex<HashMap<[u8; 32], Seen>>,
    asking: Semaphore,
}

/// What the deployment said of a token.
#[derive(Clone)]
struct Seen {
    /// Whose it is; nothing of one that it does not know.
    owner: Option<Owner>,
    until: Timestamp,
}

impl Default for Callers {
    fn default() -> Self {
        Self { tokens: Mutex::default(), asking: Semaphore::new(AT_ONCE) }
    }
}

impl Door {
    /// Who asks.
    pub(super) async fn caller(&self, parts: &Parts) -> Result<Owner, Trouble> {
        let text = bearer(&parts.headers).ok_or_else(Trouble::unauthenticated)?;
        let now = self.api.coordinator.ambient.now();
        if let Some(token) = self.api.gate.authenticate(&text.into(), now).await? {
            return Ok(token.owner);
        }
        let owner = self.guest(&Token::new(text, Place::Bearer), now).await?;
        owner.ok_or_else(Trouble::unauthenticated)
    }

    /// Whose a token is that is none of ours, where the deployment knows it.
    async fn guest(&self, token: &Token, now: Timestamp) -> Result<Option<Owner>, Trouble> {
        let source = self.api.coordinator.catalog.get(&self.settings.source)?;
        let Some(users) = source.users() else { return Ok(None) };
        let digest = token.digest();
        if let Some(seen) = self.callers.seen(&digest, now) {
            return Ok(seen.owner);
        }
        let _turn = self.callers.asking.acquire().await;
        // Another request may have come with it, and have asked meanwhile.
        if let Some(seen) = self.callers.seen(&digest, now) {
            return Ok(seen.owner);
        }
        let owner = match users.whose(token).await? {
            Some(pass) => self.let_in(pass).await?,
            None => None,
        };
        self.callers.remember(digest, owner.clone(), now);
        Ok(owner)
    }

    /// Keeps what lets somebody in for their runs. Nobody is let in whose name no owner can have.
    async fn let_in(&self, pass: Pass) -> Result<Option<Owner>, Trouble> {
        let Ok(owner) = Owner::try_from(pass.login.clone()) else { return Ok(None) };
        if let Some(passes) = self.api.coordinator.catalog.passes() {
            passes.keep(&self.settings.source, &owner, pass).await?;
        }
        Ok(Some(owner))
    }
}

impl Callers {
    fn seen(&self, digest: &[u8; 32], now: Timestamp) -> Option<Seen> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(digest).filter(|seen| now < seen.until).cloned()
    }

    fn remember(&self, digest: [u8; 32], owner: Option<Owner>, now: Timestamp) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= REMEMBERED {
            // Those that nobody knows go first: a flood of them makes nobody else ask anew.
            tokens.retain(|_, seen| seen.owner.is_some() && now < seen.until);
        }
        if tokens.len() >= REMEMBERED {
            tokens.clear();
        }
        let until = now + if owner.is_some() { TRUST } else { MISTRUST };
        tokens.insert(digest, Seen { owner, until });
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
