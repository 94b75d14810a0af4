//! The users of a source's own server, where everybody exports what they may see there.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use proto::id::Owner;
use secrecy::SecretString;

use crate::pass::{Caller, Pass, Token};
use crate::{Source, SourceError};

/// Users that a source knows.
#[async_trait]
pub trait Users: Send + Sync {
    /// The source as somebody sees it. Reads nothing yet.
    fn as_caller(&self, caller: Caller) -> Arc<dyn Source>;

    /// Signs in; nothing where nobody is known by this login and password.
    async fn enter(
        &self,
        login: &str,
        password: &SecretString,
    ) -> Result<Option<Pass>, SourceError>;

    /// The pass of whoever has a token of the server; nothing where it does not know the token.
    async fn whose(&self, token: &Token) -> Result<Option<Pass>, SourceError>;
}

/// A session, as the server says that it is.
#[derive(Clone)]
pub struct Session {
    /// Who is signed in, as the server calls them.
    pub login: String,
    /// What people call them; as the server does, where it tells nothing else.
    pub name: String,
    /// All that it says, which is JSON.
    pub document: String,
}

/// For how many users what they see is kept at hand.
const KEPT: usize = 64;

/// What the last users see of a source.
#[derive(Default)]
pub(crate) struct Seen(Mutex<VecDeque<(Owner, Arc<dyn Source>)>>);

impl Seen {
    /// What somebody sees, made where it is not at hand.
    pub(crate) fn of(
        &self,
        owner: &Owner,
        make: impl FnOnce() -> Arc<dyn Source>,
    ) -> Arc<dyn Source> {
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sources.iter().position(|(known, _)| known == owner);
        if let Some(entry) = known.and_then(|place| sources.remove(place)) {
            let source = Arc::clone(&entry.1);
            sources.push_front(entry);
            return source;
        }
        let source = make();
        sources.truncate(KEPT - 1);
        sources.push_front((owner.clone(), Arc::clone(&source)));
        source
    }
}
