//! Sessions of the dialect: a token that a client draws first and signs in with afterwards.
//!
//! A token that nobody signed in with is kept nowhere. Of one that somebody did, the store has the digest,
//! whose it is and until when.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fabric::record;
use fabric::store::{Store, StoreError};
use jiff::Timestamp;
use proto::id::Owner;
use proto::key::{Key, Prefix};
use serde::{Deserialize, Serialize};

use crate::accept::hex_digest;

/// What session tokens begin with.
const START: &str = "lss_";

/// Length of a token after [`START`]: 256 bits in base64url.
const LETTERS: usize = 43;

/// How many sessions are looked at for ended ones when somebody signs in.
const SWEPT: usize = 20;

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Whose exports it opens.
    pub(crate) owner: Owner,
    /// When they signed in.
    pub(crate) created: Timestamp,
    /// When it ends.
    pub(crate) expires: Timestamp,
    /// The number of their last event then; polling begins after it.
    pub(crate) last_event: u64,
}

/// What a session is made of.
pub(crate) struct NewSession<'a> {
    /// The token that the client drew.
    pub(crate) token: &'a str,
    /// Whose exports it opens.
    pub(crate) owner: Owner,
    /// How long it lasts.
    pub(crate) lifetime: Duration,
    /// The number of their last event.
    pub(crate) last_event: u64,
}

/// A token that nobody has signed in with yet.
pub(crate) fn draw() -> String {
    format!("{START}{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
}

/// Whether a text can be a session's token.
pub(crate) fn is_session(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.strip_prefix(START)
        .is_some_and(|letters| letters.len() == LETTERS && letters.bytes().all(is_letter))
}

impl Session {
    /// Draws a token for somebody who has none.
    pub(crate) fn draw() -> String {
        draw()
    }

    /// Signs in.
    pub(crate) async fn begin(
        store: &dyn Store,
        new: NewSession<'_>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let NewSession { token, owner, lifetime, last_event } = new;
        let session = Self { owner, created: now, expires: now + lifetime, last_event };
        let key = Key::session(&hex_digest(token));
        // Whoever has the token may sign in anew with it, as somebody else too.
        store.delete(std::slice::from_ref(&key)).await?;
        record::create(store, &key, &session).await?;
        sweep(store, now).await?;
        Ok(session)
    }

    /// The session of a token that somebody signed in with and that has not ended.
    pub(crate) async fn find(
        store: &dyn Store,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        if !is_session(token) {
            return Ok(None);
        }
        let session: Option<Self> = record::find(store, &Key::session(&hex_digest(token))).await?;
        Ok(session.filter(|session| now < session.expires))
    }

    /// Signs out.
    pub(crate) async fn end(store: &dyn Store, token: &str) -> Result<(), StoreError> {
        if is_session(token) {
            store.delete(&[Key::session(&hex_digest(token))]).await
        } else {
            Ok(())
        }
    }
}

/// Takes some of the sessions away that have ended, from a place that nobody can foresee.
async fn sweep(store: &dyn Store, now: Timestamp) -> Result<(), StoreError> {
    let from = Key::session(&hex_digest(&draw()));
    let mut ended = Vec::new();
    for entry in store.list(&Prefix::sessions(), Some(&from), SWEPT).await? {
        let session: Option<Session> = record::find(store, &entry.key).await?;
        if session.is_some_and(|session| session.expires <= now) {
            ended.push(entry.key);
        }
    }
    if ended.is_empty() { Ok(()) } else { store.delete(&ended).await }
}

#[cfg(test)]
mod tests {
    use fabric::store::DirectoryStore;

    use super::*;

    #[tokio::test]
    async fn a_session_is_whose_it_is_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::open(folder.path()).unwrap();
        let second = |second| Timestamp::from_second(second).unwrap();
        let (token, owner) = (draw(), Owner::try_from("ann".to_owned()).unwrap());
        assert_eq!(Session::find(&store, &token, second(0)).await.unwrap(), None);
        let lifetime = Duration::from_secs(100);
        let new = NewSession { token: &token, owner, lifetime, last_event: 7 };
        let begun = Session::begin(&store, new, second(0)).await.unwrap();
        assert_eq!(Session::find(&store, &token, second(99)).await.unwrap(), Some(begun));
        assert_eq!(Session::find(&store, &token, second(100)).await.unwrap(), None);
        for other in ["", "lss_", "lss_../../../tokens/x", &draw()] {
            assert_eq!(Session::find(&store, other, second(0)).await.unwrap(), None, "{other}");
        }
        Session::end(&store, &token).await.unwrap();
        assert_eq!(Session::find(&store, &token, second(0)).await.unwrap(), None);
    }
}
