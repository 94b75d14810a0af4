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
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::SourceError;

/// The header with the token of a session; in addresses it would stand in every log on the way.
const TOKEN: HeaderName = HeaderName::from_static("x-easydb-token");

/// How often a pass is written while others write it too.
const MOST_TRIES: u32 = 10;

/// What opens a server to a user.
#[derive(Clone)]
pub struct Pass {
    /// Who it is, as the server calls them.
    pub login: String,
    /// The token of their session.
    pub token: Token,
    /// What signs in anew once that has ended; nothing where it is not kept.
    pub password: Option<SecretString>,
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

    /// Makes a pass the newest one of a user. Where it has no password, one that was kept before stays.
    pub async fn keep(&self, source: &str, owner: &Owner, pass: Pass) -> Result<(), SourceError> {
        let (caller, mut pass) = (self.caller(source, owner), pass);
        let key = caller.key();
        let mut tries = 0..MOST_TRIES;
        loop {
            if pass.password.is_none()
                && let Ok(Some((before, _))) = caller.find().await
            {
                pass.password = before.password;
            }
            let sealed = caller.sealed(&pass);
            let kept = match self.store.head(&key).await {
                Ok(before) => self.store.replace(&key, sealed, &before.tag).await,
                Err(StoreError::Missing { .. }) => self.store.put_if_absent(&key, sealed).await,
                Err(error) => Err(error),
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
        let key = self.key();
        let (bytes, tag) = match self.passes.store.get(&key).await {
            Ok(found) => found,
            Err(StoreError::Missing { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let record: Record = record::decode(&key, &bytes)?;
        let text = self.passes.keys.unseal(&record.sealed).ok_or_else(|| self.wrong_key())?;
        let damaged = |what: &str| StoreError::Damaged { key: key.clone(), what: what.to_owned() };
        let sealed: Sealed = serde_json::from_str(&text).map_err(|_| damaged("it is no pass"))?;
        if sealed.source != self.source || sealed.owner != self.owner {
            return Err(damaged("it is somebody else's pass").into());
        }
        let Sealed { login, token, place, password, .. } = sealed;
        let token = Token::new(token, place);
        Ok(Some((Pass { login, token, password: password.map(Into::into) }, tag)))
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
            password: pass.password.as_ref().map(|text| text.expose_secret().to_owned()),
        };
        let text = serde_json::to_string(&sealed).expect("texts are JSON");
        record::encode(&Record { sealed: self.passes.keys.seal(&text) })
    }
}

#[cfg(test)]
mod tests {
    use fabric::store::DirectoryStore;

    use super::*;

    fn passes(folder: &std::path::Path, key: u8) -> Passes {
        let store = Arc::new(DirectoryStore::open(folder).unwrap());
        Passes::new(store, Keys::new(vec![vec![key; 32]]).unwrap())
    }

    fn owner(name: &str) -> Owner {
        Owner::try_from(name.to_owned()).unwrap()
    }

    fn pass(token: &str, password: Option<&str>) -> Pass {
        let token = Token::new(token, Place::Easydb);
        Pass { login: "ann".to_owned(), token, password: password.map(Into::into) }
    }

    #[tokio::test]
    async fn the_newest_pass_counts_and_a_kept_password_stays() {
        let folder = tempfile::tempdir().unwrap();
        let passes = passes(folder.path(), 1);
        let ann = passes.caller("museum", &owner("ann"));
        assert!(ann.find().await.unwrap().is_none());
        passes.keep("museum", &owner("ann"), pass("first", Some("secret"))).await.unwrap();
        let (_, before) = ann.find().await.unwrap().unwrap();
        passes.keep("museum", &owner("ann"), pass("second", None)).await.unwrap();
        // A worker that signs in anew meanwhile comes too late.
        ann.renew(&pass("late", None), &before).await.unwrap();
        let (found, _) = ann.find().await.unwrap().unwrap();
        assert_eq!(found.token.text.expose_secret(), "second");
        assert_eq!(found.password.unwrap().expose_secret(), "secret");
        for other in [passes.caller("museum", &owner("bob")), passes.caller("town", &owner("ann"))]
        {
            assert!(other.find().await.unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn a_pass_opens_nothing_in_anothers_place_or_by_another_key() {
        let folder = tempfile::tempdir().unwrap();
        let ours = passes(folder.path(), 1);
        ours.keep("museum", &owner("ann"), pass("canary", Some("canary"))).await.unwrap();
        let (ann, bob) =
            (ours.caller("museum", &owner("ann")), ours.caller("museum", &owner("bob")));
        let (bytes, _) = ours.store.get(&ann.key()).await.unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("canary"));
        ours.store.put_if_absent(&bob.key(), bytes).await.unwrap();
        let error = bob.find().await.err().unwrap();
        assert!(matches!(error, SourceError::Store(StoreError::Damaged { .. })), "{error}");
        let theirs = passes(folder.path(), 2);
        let error = theirs.caller("museum", &owner("ann")).find().await.err().unwrap();
        assert_eq!(error.fault().code, proto::fault::Code::WrongKey);
        // Whoever signs in anew replaces it.
        theirs.keep("museum", &owner("ann"), pass("new", None)).await.unwrap();
        assert!(theirs.caller("museum", &owner("ann")).find().await.unwrap().is_some());
        let told = format!("{:?} {:?}", pass("canary", Some("canary")), pass("canary", None).token);
        assert!(!told.contains("canary"), "{told}");
    }
}
