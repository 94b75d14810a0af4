//! Who asks: whoever has a token of ours, or one of the IDAH deployment where the source knows its users.
//!
//! What lets users of the deployment in is kept for their runs, which read with their rights: see [`source::pass`].

use axum::http::request::Parts;
use jiff::Timestamp;
use proto::id::Owner;
use source::pass::{Pass, Place, Token};
use tokio::sync::Semaphore;

use super::Door;
use super::trouble::Trouble;
use crate::api::caller::bearer;
use crate::api::known_tokens::KnownTokens;

/// How many tokens are asked about at once: made-up ones have no end.
const AT_ONCE: usize = 16;

/// Those who asked of late with a token of the deployment.
pub(super) struct Callers {
    tokens: KnownTokens<Owner>,
    asking: Semaphore,
}

impl Default for Callers {
    fn default() -> Self {
        Self { tokens: KnownTokens::default(), asking: Semaphore::new(AT_ONCE) }
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
        if let Some(seen) = self.callers.tokens.seen(&digest, now) {
            return Ok(seen.whose);
        }
        let _turn = self.callers.asking.acquire().await;
        // Another request may have come with it, and have asked meanwhile.
        if let Some(seen) = self.callers.tokens.seen(&digest, now) {
            return Ok(seen.whose);
        }
        let owner = match users.whose(token).await? {
            Some(pass) => self.let_in(pass).await?,
            None => None,
        };
        self.callers.tokens.remember(digest, owner.clone(), now);
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
