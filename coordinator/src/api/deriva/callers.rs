//! Who asks: whoever has a session of the deployment, which its own server is asked about, or an address where
//! nobody needs to sign in.
//!
//! What lets somebody in is kept for their runs, which read with their rights: see [`source::pass`].

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use futures::FutureExt;
use proto::id::Owner;
use source::Source;
use source::pass::{Pass, Password, Place, Token};
use source::users::Session;

use super::Door;
use super::token::token;
use super::trouble::Trouble;
use crate::accept::hex_digest;
use crate::api::easydb::asking::Asking;
use crate::api::easydb::throttle::Throttle;
use crate::api::known_tokens::KnownTokens;

/// What owners without a session are called, before their address.
const ANONYMOUS: &str = "anon";

/// How many hexadecimal digits tell apart those whose names owners cannot have.
const DIGITS: usize = 16;

/// Somebody who asks.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// Whose exports they see.
    pub(super) owner: Owner,
    /// What people call them, where they have a session.
    pub(super) name: Option<String>,
    pub(super) known_by: KnownBy,
}

/// Somebody whom the server knows.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) owner: Owner,
    pub(super) name: String,
}

/// What somebody is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KnownBy {
    /// A token that they sent on purpose.
    Bearer,
    /// A cookie, which a browser sends whoever asks.
    Cookie,
    /// The address that they ask from.
    Address,
    /// Nothing: their address is everybody's.
    Nothing,
}

impl Caller {
    /// Whether they have a session.
    pub(super) fn is_signed_in(&self) -> bool {
        match self.known_by {
            KnownBy::Bearer | KnownBy::Cookie => true,
            KnownBy::Address | KnownBy::Nothing => false,
        }
    }
}

impl Known {
    /// Them, as a request tells.
    pub(super) fn by(self, known_by: KnownBy) -> Caller {
        let Self { owner, name } = self;
        Caller { owner, name: Some(name), known_by }
    }
}

/// Those who asked of late.
#[derive(Default)]
pub(super) struct Callers {
    /// Made-up tokens have no end.
    throttle: Throttle,
    tokens: KnownTokens<Known>,
    /// Whose tokens is being asked.
    asking: Asking<Result<Option<Known>, Trouble>>,
    /// The sessions that are being asked for.
    sessions: Asking<Result<Option<Session>, Trouble>>,
}

impl Door {
    /// Who asks; nobody where they have no session and need one.
    pub(super) async fn caller(&self, parts: &Parts) -> Result<Option<Caller>, Trouble> {
        if let Some((text, place)) = token(&parts.headers)
            && let Some(known) = self.whose(&Token::new(text, place), parts).await?
        {
            let known_by = if place == Place::Webauthn { KnownBy::Cookie } else { KnownBy::Bearer };
            return Ok(Some(known.by(known_by)));
        }
        if !self.settings.anonymous {
            return Ok(None);
        }
        let origin = self.origin(parts);
        let known_by = if origin.is_some() { KnownBy::Address } else { KnownBy::Nothing };
        Ok(nameless(origin).map(|owner| Caller { owner, name: None, known_by }))
    }

    /// Whose a token is, where the server knows it: it is asked once for all requests that come with it meanwhile.
    pub(super) async fn whose(
        &self,
        token: &Token,
        parts: &Parts,
    ) -> Result<Option<Known>, Trouble> {
        let digest = token.digest();
        if let Some(seen) = self.callers.tokens.seen(&digest, self.api.coordinator.ambient.now()) {
            return Ok(seen.whose);
        }
        let (door, token, origin) = (self.clone(), token.clone(), self.origin(parts));
        let ask = || async move { door.entering(&token, origin).await }.boxed();
        self.callers.asking.join(digest, ask).await
    }

    /// Asks whose a token is, and lets them in.
    async fn entering(
        &self,
        token: &Token,
        origin: Option<IpAddr>,
    ) -> Result<Option<Known>, Trouble> {
        let Some(session) = self.asked(token, origin).await? else { return Ok(None) };
        let Session { login, name, .. } = session;
        let Some(owner) = owner_of(&login) else { return Ok(None) };
        self.let_in(&owner, &login, token).await?;
        let (known, now) = (Known { owner, name }, self.api.coordinator.ambient.now());
        self.callers.tokens.remember(token.digest(), Some(known.clone()), now);
        Ok(Some(known))
    }

    /// What the server says of the session of a token.
    pub(super) async fn session(
        &self,
        token: &Token,
        parts: &Parts,
    ) -> Result<Option<Session>, Trouble> {
        let seen = self.callers.tokens.seen(&token.digest(), self.api.coordinator.ambient.now());
        if seen.is_some_and(|seen| seen.whose.is_none()) {
            return Ok(None);
        }
        self.asked(token, self.origin(parts)).await
    }

    /// The same, once for all who ask for it at the same time.
    async fn asked(
        &self,
        token: &Token,
        origin: Option<IpAddr>,
    ) -> Result<Option<Session>, Trouble> {
        let (door, asked) = (self.clone(), token.clone());
        let ask = || async move { door.ask(&asked, origin).await }.boxed();
        self.callers.sessions.join(token.digest(), ask).await
    }

    /// Asks the server, unless too many came from there of late that it did not know.
    async fn ask(&self, token: &Token, origin: Option<IpAddr>) -> Result<Option<Session>, Trouble> {
        let Some(source) = self.server()? else { return Ok(None) };
        let Callers { throttle, tokens, .. } = &*self.callers;
        let (digest, now) = (token.digest(), self.api.coordinator.ambient.now());
        if tokens.seen(&digest, now).is_some_and(|seen| seen.whose.is_some()) {
            return Ok(source.session(token).await?);
        }
        let attempt = throttle.begin(None, origin, now).await.map_err(Trouble::too_many)?;
        let session = source.session(token).await?;
        if session.is_none() {
            attempt.failed();
            tokens.remember(digest, None, now);
        }
        Ok(session)
    }

    /// Where a request comes from, where that can be told.
    fn origin(&self, parts: &Parts) -> Option<IpAddr> {
        self.api.settings.proxies.origin(parts)
    }

    /// The server of the catalogues, as nobody sees it.
    fn server(&self) -> Result<Option<Arc<dyn Source>>, Trouble> {
        let Some(first) = self.settings.catalogs.first() else { return Ok(None) };
        Ok(Some(self.api.coordinator.catalog.get(&first.source)?))
    }

    /// Keeps what lets somebody in, for their runs.
    async fn let_in(&self, owner: &Owner, login: &str, token: &Token) -> Result<(), Trouble> {
        let catalog = &self.api.coordinator.catalog;
        let Some(passes) = catalog.passes() else { return Ok(()) };
        for served in &self.settings.catalogs {
            if catalog.get(&served.source)?.users().is_some() {
                let pass = Pass {
                    login: login.to_owned(),
                    token: token.clone(),
                    password: Password::Forgotten,
                };
                passes.keep(&served.source, owner, pass).await?;
            }
        }
        Ok(())
    }
}

/// Where a request comes from, as far as the connection tells.
pub(super) fn address(door: &Door, parts: &Parts) -> Option<IpAddr> {
    let peer = || {
        let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(peer.ip().to_canonical())
    };
    door.origin(parts).or_else(peer)
}

/// The owner that a client of the deployment is: the last part of its id, and a digest of all of it where that does
/// not tell it from others, or is what somebody else is called here.
fn owner_of(id: &str) -> Option<Owner> {
    let is_nameless = id == ANONYMOUS || id.starts_with(&format!("{ANONYMOUS}-"));
    let is_digested = id.rsplit_once('.').is_some_and(|(_, digest)| {
        digest.len() == DIGITS && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    if !is_nameless
        && !is_digested
        && let Ok(owner) = Owner::try_from(id.to_owned())
    {
        return Some(owner);
    }
    let last = id.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let fits = |c: &char| c.is_ascii_alphanumeric() || "._@-".contains(*c);
    let last: String = last.chars().filter(fits).take(64).collect();
    let digest = hex_digest(id);
    Owner::try_from(format!("{last}.{}", &digest[..DIGITS])).ok()
}

/// The owner that somebody without a session is.
fn nameless(origin: Option<IpAddr>) -> Option<Owner> {
    let name = match origin {
        Some(address) => format!("{ANONYMOUS}-{}", address.to_string().replace(':', "_")),
        None => ANONYMOUS.to_owned(),
    };
    Owner::try_from(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_any_id_are_owners_and_never_one_another() {
        let name = |id: &str| owner_of(id).unwrap().to_string();
        assert_eq!(name("ann@example.org"), "ann@example.org");
        let ids = [
            "https://auth.globus.org/3b5e",
            "https://auth.example.org/3b5e",
            "3b5e",
            "3b5e/",
            "anon",
            "anon-10.0.0.1",
            "anon.10.0.0.1",
            "\u{e4}",
            "",
        ];
        let posed = name(ids[0]);
        assert_ne!(name(&posed), posed);
        let names: std::collections::BTreeSet<String> = ids.iter().map(|id| name(id)).collect();
        assert_eq!(names.len(), ids.len(), "{names:?}");
        assert!(name(ids[0]).starts_with("3b5e."), "{names:?}");
        for address in
            [None, Some("10.0.0.1".parse().unwrap()), Some("2001:db8::1".parse().unwrap())]
        {
            assert!(!names.contains(nameless(address).unwrap().as_str()));
        }
        assert_eq!(
            nameless(Some("2001:db8::1".parse().unwrap())).unwrap().as_str(),
            "anon-2001_db8__1"
        );
    }
}
