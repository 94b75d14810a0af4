//! Tokens: who may use the API.
//!
//! The store keeps only SHA-256 digests, so that whoever reads it learns no token. A revoked token
//! is refused at once where it was revoked, and by other coordinators within [`TRUST`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fabric::record::{self, Created};
use fabric::store::{Store, StoreError};
use futures::TryStreamExt;
use jiff::Timestamp;
use proto::digest::hex;
use proto::id::Owner;
use proto::key::{Key, Prefix};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What every token begins with, so that leaked ones are found by scanners.
pub const START: &str = "lsh_";

/// How long a token that was found in the store is believed without looking again.
pub const TRUST: Duration = Duration::from_mins(1);

/// Most tokens remembered at once; beyond, all are looked up anew.
const REMEMBERED: usize = 10_000;

/// Length of a token after [`START`]: 256 bits in base64url.
const LETTERS: usize = 43;

/// What is kept of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Whose exports it opens.
    pub owner: Owner,
    /// What it opens besides.
    pub rights: Rights,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends; nothing for one that lasts until it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// What a token opens besides its owner's exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rights {
    /// Nothing.
    Owner,
    /// What concerns the fleet: parked messages.
    Admin,
}

impl Rights {
    /// The rights as they are written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
        }
    }
}

/// Makes a token of 256 random bits that lasts until it is revoked. It is told this once: the store
/// keeps its digest.
pub async fn create(
    store: &dyn Store,
    owner: Owner,
    rights: Rights,
    now: Timestamp,
) -> Result<SecretString, StoreError> {
    let token = Token { owner, rights, created: now, expires: None };
    keep(store, &token, rand::random()).await
}

/// Keeps a token made of `random` bits.
pub async fn keep(
    store: &dyn Store,
    token: &Token,
    random: [u8; 32],
) -> Result<SecretString, StoreError> {
    let text = format!("{START}{}", URL_SAFE_NO_PAD.encode(random));
    let key = Key::token(&digest(&text));
    match record::create(store, &key, token).await? {
        Created::Now => Ok(text.into()),
        Created::Before => Err(StoreError::Exists { key }),
    }
}

/// Ends a token, told by its id as listed; whether there was one.
pub async fn revoke(store: &dyn Store, id: &str) -> Result<bool, StoreError> {
    let key = Key::token(id);
    if !is_id(id) || !record::exists(store, &key).await? {
        return Ok(false);
    }
    store.delete(&[key]).await?;
    Ok(true)
}

/// Every token with its id, which is the SHA-256 of the token in hexadecimal.
pub async fn list(store: &Arc<dyn Store>) -> Result<Vec<(String, Token)>, StoreError> {
    let mut listed = Vec::new();
    let mut keys = record::keys(store, Prefix::tokens());
    while let Some(key) = keys.try_next().await? {
        let name = key.as_str().strip_prefix(Prefix::tokens().as_str());
        let Some(id) = name.and_then(|name| name.strip_suffix(".json")) else { continue };
        // One that was revoked between the listing and now is no longer one.
        if let Some(token) = record::find(&**store, &key).await? {
            listed.push((id.to_owned(), token));
        }
    }
    Ok(listed)
}

/// The token of this text, as the store knows it at `now`; nothing for one that is unknown or has
/// ended.
///
/// A token is looked up by its digest and never compared, so that the time it takes tells nothing
/// about other tokens.
pub async fn authenticate(
    store: &dyn Store,
    text: &SecretString,
    now: Timestamp,
) -> Result<Option<Token>, StoreError> {
    let text = text.expose_secret();
    if !has_shape(text) {
        return Ok(None);
    }
    let token: Option<Token> = record::find(store, &Key::token(&digest(text))).await?;
    Ok(token.filter(|token| token.holds(now)))
}

impl Token {
    fn holds(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}

/// Authenticates, and remembers for a while.
#[derive(Clone)]
pub(crate) struct Gate {
    store: Arc<dyn Store>,
    /// By id, with the time of asking.
    known: Arc<Mutex<HashMap<String, (Token, Timestamp)>>>,
}

impl Gate {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, known: Arc::default() }
    }

    /// As [`authenticate`], asking the store only where it was not asked within [`TRUST`].
    pub(crate) async fn authenticate(
        &self,
        text: &SecretString,
        now: Timestamp,
    ) -> Result<Option<Token>, StoreError> {
        let id = digest(text.expose_secret());
        if let Some(token) = self.remembered(&id, now) {
            return Ok(Some(token).filter(|token| token.holds(now)));
        }
        let token = authenticate(&*self.store, text, now).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        match &token {
            Some(token) => known.insert(id, (token.clone(), now)),
            None => known.remove(&id),
        };
        Ok(token)
    }

    fn remembered(&self, id: &str, now: Timestamp) -> Option<Token> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (token, asked) = known.get(id)?;
        // A clock that was set back makes nothing last longer.
        (*asked <= now && now < *asked + TRUST).then(|| token.clone())
    }
}

fn has_shape(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.strip_prefix(START)
        .is_some_and(|letters| letters.len() == LETTERS && letters.bytes().all(is_letter))
}

/// Whether a text can be a token's id: 64 hexadecimal digits. It becomes part of a store key.
fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use fabric::store::DirectoryStore;

    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn store() -> (tempfile::TempDir, Arc<dyn Store>) {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::open(folder.path()).unwrap();
        (folder, Arc::new(store))
    }

    #[tokio::test]
    async fn a_token_opens_until_it_ends() {
        let (_folder, store) = store();
        let owner = Owner::try_from("ann".to_owned()).unwrap();
        let token =
            Token { owner, rights: Rights::Owner, created: second(0), expires: Some(second(100)) };
        let text = keep(&*store, &token, [7; 32]).await.unwrap();
        let gate = Gate::new(store);
        for _ in 0..2 {
            assert_eq!(gate.authenticate(&text, second(99)).await.unwrap().as_ref(), Some(&token));
        }
        assert_eq!(gate.authenticate(&text, second(100)).await.unwrap(), None);
        let text = text.expose_secret();
        for unknown in ["", "lsh_", "lsh_../../x", &text[1..], &text.replace('B', "C")] {
            assert_eq!(
                gate.authenticate(&unknown.into(), second(0)).await.unwrap(),
                None,
                "{unknown:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_revoked_token_is_believed_for_a_minute_at_most() {
        let (_folder, store) = store();
        let owner = Owner::try_from("ann".to_owned()).unwrap();
        let text = create(&*store, owner, Rights::Admin, second(0)).await.unwrap();
        let gate = Gate::new(Arc::clone(&store));
        assert!(gate.authenticate(&text, second(0)).await.unwrap().is_some());
        let (id, token) = list(&store).await.unwrap().remove(0);
        assert_eq!(token.rights.as_str(), "admin");
        assert!(!revoke(&*store, "../x").await.unwrap());
        assert!(revoke(&*store, &id).await.unwrap());
        assert!(!revoke(&*store, &id).await.unwrap());
        assert!(gate.authenticate(&text, second(59)).await.unwrap().is_some());
        assert_eq!(gate.authenticate(&text, second(60)).await.unwrap(), None);
    }
}
