//! People whom the catalogue's own server knows: they sign in with the password that they have there, or
//! come with a token of it.
//!
//! Where exports are read with the rights of whoever makes them, what lets somebody in is kept for their
//! runs: see [`source::pass`].

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use futures::FutureExt;
use jiff::Timestamp;
use proto::id::Owner;
use secrecy::{ExposeSecret, SecretString};
use source::pass::{Pass, Token};
use source::users::Users;

use super::asking::Asking;
use super::throttle::{Attempt, Throttle};
use super::trouble::Trouble;
use super::{Dialect, Passwords};
use crate::api::known_tokens::KnownTokens;

/// What is known of those who come from the catalogue.
#[derive(Default)]
pub(super) struct Guests {
    throttle: Throttle,
    /// Whose tokens are.
    tokens: KnownTokens<Owner>,
    /// Whose tokens is being asked.
    asking: Asking<Result<Option<Owner>, Trouble>>,
}

impl Dialect {
    /// Begins an attempt to sign in, unless there were too many of late that failed.
    pub(super) async fn attempt(
        &self,
        login: Option<&str>,
        origin: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Attempt<'_>, Trouble> {
        let attempt = self.guests.throttle.begin(login, origin, now).await;
        let whole = |wait: Duration| wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        attempt.map_err(|wait| Trouble::TooManyAttempts { wait: whole(wait) })
    }

    /// Whom the catalogue's own server knows by a login and a password, where it is asked.
    pub(super) async fn guest(
        &self,
        login: &Owner,
        password: &SecretString,
    ) -> Result<Option<Owner>, Trouble> {
        if self.settings.passwords == Passwords::Tokens || password.expose_secret().is_empty() {
            return Ok(None);
        }
        let source = self.api.coordinator.catalog.get(&self.settings.instance.source)?;
        if let Some(users) = source.users() {
            let pass = users.enter(login.as_str(), password).await;
            return match pass.map_err(|error| error.fault())? {
                Some(pass) => self.let_in(pass).await,
                None => Ok(None),
            };
        }
        let Some(catalogue) = source.catalogue() else { return Ok(None) };
        let known = catalogue.knows(login.as_str(), password).await;
        let is_known = known.map_err(|error| error.fault())? == Some(true);
        Ok(is_known.then(|| login.clone()))
    }

    /// Whose a token is that is none of Longshore, where the catalogue's server is asked: once of all requests
    /// that come with it meanwhile.
    pub(super) async fn guest_with(
        &self,
        token: Token,
        parts: &Parts,
        now: Timestamp,
    ) -> Result<Option<Owner>, Trouble> {
        let Some(users) = self.users()? else { return Ok(None) };
        let digest = token.digest();
        if let Some(seen) = self.guests.tokens.seen(&digest, now) {
            return Ok(seen.whose);
        }
        let (dialect, origin) = (self.clone(), self.origin(parts));
        let ask = || async move { dialect.whose(&*users, &token, origin, now).await }.boxed();
        self.guests.asking.join(digest, ask).await
    }

    /// Asks the catalogue's server whose a token is.
    async fn whose(
        &self,
        users: &dyn Users,
        token: &Token,
        origin: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Option<Owner>, Trouble> {
        let attempt = self.attempt(None, origin, now).await?;
        let pass = users.whose(token).await.map_err(|error| error.fault())?;
        let owner = match pass {
            Some(pass) => self.let_in(pass).await?,
            None => None,
        };
        if owner.is_none() {
            attempt.failed();
        }
        self.guests.tokens.remember(token.digest(), owner.clone(), now);
        Ok(owner)
    }

    /// Where a request comes from, where that can be told.
    pub(super) fn origin(&self, parts: &Parts) -> Option<IpAddr> {
        self.api.settings.proxies.origin(parts)
    }

    /// The users of the catalogue, where exports are read with their rights.
    fn users(&self) -> Result<Option<Arc<dyn Users>>, Trouble> {
        if self.settings.passwords == Passwords::Tokens {
            return Ok(None);
        }
        let source = self.api.coordinator.catalog.get(&self.settings.instance.source)?;
        Ok(source.users())
    }

    /// Keeps what lets somebody in for their runs. Nobody is let in whose name no owner can have.
    async fn let_in(&self, pass: Pass) -> Result<Option<Owner>, Trouble> {
        let Ok(owner) = Owner::try_from(pass.login.clone()) else { return Ok(None) };
        if let Some(passes) = self.api.coordinator.catalog.passes() {
            let kept = passes.keep(&self.settings.instance.source, &owner, pass).await;
            kept.map_err(|error| error.fault())?;
        }
        Ok(Some(owner))
    }
}
