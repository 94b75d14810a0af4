//! Passes: what opens a source's own server to one of its users, for exports that are read with their rights.
//!
//! The store has the newest pass of each user, sealed by a key that coordinators and workers share. Plans,
//! messages and definitions name the user, and nothing that opens anything.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use fabric::link::Keys;
use fabric::record;
use fabric::store::{Store, StoreError, Tag};
use proto::digest::hex;
use proto::id::Owner;
use proto::key::Key;
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::SourceError;

/// The header with the token of a session; in addresses it would stand in every log on the way.
const TOKEN: HeaderName = HeaderName::from_static("x-easydb-token");

/// How often a pass is written while others write it too.
const MOST_TRIES: u32 = 100;

/// What opens a server to a user.
#[derive(Clone)]
pub struct Pass {
    /// Who it is, as the server calls them.
    pub login: String,
    /// The token of their session.
    pub token: Token,
    /// What signs in anew once that has ended.
    pub password: Password,
}

/// What is kept of a user's password.
#[derive(Clone)]
pub enum Password {
    /// It is kept.
    Kept(SecretString),
    /// The user came with a token: one that was kept before stays.
    AsBefore,
    /// It is not kept.
    Forgotten,
}

/// The token of a session, and where the server looks for it.
#[derive(Clone)]
pub struct Token {
    text: SecretString,
    place: Place,
}

/// Where a server looks for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In `X-EasyDB-Token`.
    Easydb,
    /// In `Authorization`, as fylr's clients send it.
    Bearer,
    /// In the cookie `webauthn`, as Deriva's clients send it.
    Webauthn,
}

/// The passes of all users.
#[derive(Clone)]
pub struct Passes {
    store: Arc<dyn Store>,
    keys: Keys,
}

/// Whose rights count, and where their pass is.
#[derive(Clone)]
pub struct Caller {
    source: String,
    owner: Owner,
    passes: Passes,
}

/// A pass as it lies in the store.
#[derive(Serialize, Deserialize)]
struct Record {
    sealed: String,
}

/// What is sealed: for whom it is too, so that a pass that is put in another's place opens nothing.
#[derive(Serialize, Deserialize)]
struct Sealed {
    source: String,
    owner: Owner,
    login: String,
    token: String,
    place: Place,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

/// What lies where a pass does.
struct Found {
    /// The pass, or why it opens nothing here.
    pass: Result<Pass, SourceError>,
    /// The mark that it is replaced by.
    tag: Tag,
}

impl Token {
    /// A token for a place.
    pub fn new(text: impl Into<SecretString>, place: Place) -> Self {
        Self { text: text.into(), place }
    }

    /// The header that it stands in; nothing for a text that cannot stand in one.
    pub(crate) fn header(&self) -> Option<HeaderMap> {
        let (name, text) = match self.place {
            Place::Easydb => (TOKEN, self.text.expose_secret().to_owned()),
            Place::Bearer => (AUTHORIZATION, format!("Bearer {}", self.text.expose_secret())),
            Place::Webauthn => (COOKIE, format!("webauthn={}", self.text.expose_secret())),
        };
        let mut value: HeaderValue = text.parse().ok()?;
        value.set_sensitive(true);
        Some(HeaderMap::from_iter([(name, value)]))
    }

    /// What tells it from others without telling it.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.text.expose_secret()).into()
    }

    /// Its text, for the server that it is of.
    pub(crate) fn text(&self) -> &SecretString {
        &self.text
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("place", &self.place).finish_non_exhaustive()
    }
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pass").field("login", &self.login).finish_non_exhaustive()
    }
}

impl Passes {
    /// Those in a store, sealed by the first of some keys.
    pub fn new(store: Arc<dyn Store>, keys: Keys) -> Self {
        Self { store, keys }
    }

    /// Somebody who reads a source with their own rights.
    pub(crate) fn caller(&self, source: &str, owner: &Owner) -> Caller {
        Caller { source: source.to_owned(), owner: owner.clone(), passes: self.clone() }
    }

    /// Makes a pass the newest one of a user. What it takes over is that of the pass that it replaces.
    pub async fn keep(&self, source: &str, owner: &Owner, pass: Pass) -> Result<(), SourceError> {
        let caller = self.caller(source, owner);
        let key = caller.key();
        let mut tries = 0..MOST_TRIES;
        loop {
            let (pass, before) = caller.follow(&pass).await?;
            let sealed = caller.sealed(&pass);
            let kept = match before {
                Some(before) => self.store.replace(&key, sealed, &before).await,
                None => self.store.put_if_absent(&key, sealed).await,
            };
            match kept {
                Ok(_) => return Ok(()),
                // Somebody else signed in as them at the same moment.
                Err(
                    StoreError::Changed { .. }
                    | StoreError::Exists { .. }
                    | StoreError::Missing { .. },
                ) if tries.next().is_some() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Caller {
    /// Who they are.
    pub(crate) fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Their newest pass, with the mark that it is replaced by; nothing where they never signed in.
    pub(crate) async fn find(&self) -> Result<Option<(Pass, Tag)>, SourceError> {
        let Some(Found { pass, tag }) = self.read().await? else { return Ok(None) };
        Ok(Some((pass?, tag)))
    }

    async fn read(&self) -> Result<Option<Found>, SourceError> {
        match self.passes.store.get(&self.key()).await {
            Ok((bytes, tag)) => Ok(Some(Found { pass: self.unsealed(&bytes), tag })),
            Err(StoreError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn unsealed(&self, bytes: &[u8]) -> Result<Pass, SourceError> {
        let key = self.key();
        let record: Record = record::decode(&key, bytes)?;
        let text = self.passes.keys.unseal(&record.sealed).ok_or_else(|| self.wrong_key())?;
        let damaged = |what: &str| StoreError::Damaged { key: key.clone(), what: what.to_owned() };
        let sealed: Sealed = serde_json::from_str(&text).map_err(|_| damaged("it is no pass"))?;
        if sealed.source != self.source || sealed.owner != self.owner {
            return Err(damaged("it is somebody else's pass").into());
        }
        let Sealed { login, token, place, password, .. } = sealed;
        let token = Token::new(token, place);
        let password = password.map_or(Password::Forgotten, |text| Password::Kept(text.into()));
        Ok(Pass { login, token, password })
    }

    /// A pass with what it takes over from the one before, and the mark that this is replaced by.
    async fn follow(&self, pass: &Pass) -> Result<(Pass, Option<Tag>), SourceError> {
        let (before, tag) = match self.read().await? {
            Some(Found { pass: Ok(before), tag }) => (before.password, Some(tag)),
            // What opens nothing here has nothing to take over. Its own mark goes along, so that one that was
            // kept since is not taken for it.
            Some(Found { pass: Err(_), tag }) => (Password::Forgotten, Some(tag)),
            None => (Password::Forgotten, None),
        };
        let password = match &pass.password {
            Password::AsBefore => before,
            own @ (Password::Kept(_) | Password::Forgotten) => own.clone(),
        };
        Ok((Pass { password, ..pass.clone() }, tag))
    }

    /// Replaces their pass unless they have a newer one.
    pub(crate) async fn renew(&self, pass: &Pass, before: &Tag) -> Result<(), SourceError> {
        match self.passes.store.replace(&self.key(), self.sealed(pass), before).await {
            Ok(_) | Err(StoreError::Changed { .. } | StoreError::Missing { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// That they are to sign in.
    pub(crate) fn signed_out(&self, why: &'static str) -> SourceError {
        let (source, owner) = (self.source.clone(), self.owner.clone());
        SourceError::SignedOut { source_name: source, owner, why }
    }

    fn wrong_key(&self) -> SourceError {
        SourceError::WrongKey { source_name: self.source.clone(), owner: self.owner.clone() }
    }

    fn key(&self) -> Key {
        let text = format!("{}\n{}", self.owner, self.source);
        Key::pass(&hex(&Sha256::digest(text.as_bytes())))
    }

    fn sealed(&self, pass: &Pass) -> Bytes {
        let sealed = Sealed {
            source: self.source.clone(),
            owner: self.owner.clone(),
            login: pass.login.clone(),
            token: pass.token.text.expose_secret().to_owned(),
            place: pass.token.place,
            password: match &pass.password {
                Password::Kept(text) => Some(text.expose_secret().to_owned()),
                Password::AsBefore | Password::Forgotten => None,
            },
        };
        let text = serde_json::to_string(&sealed).expect("texts are JSON");
        record::encode(&Record { sealed: self.passes.keys.seal(&text) })
    }
}

#[cfg(test)]
mod tests;
