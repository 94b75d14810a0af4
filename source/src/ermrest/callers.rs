//! A catalogue that everybody exports from with their own rights: nothing is read as anybody else.
//!
//! Whoever comes with a session of the deployment leaves a pass. What they see is a source of its own.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use proto::source::ErmrestSpec;
use secrecy::SecretString;
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::ErmrestSource;
use super::server::{Place, Server};
use super::session::Who;
use crate::asset::{AssetRoot, HttpAssets};
use crate::http::refused;
use crate::pass::{Caller, Pass, Password, Token};
use crate::users::{Seen, Session, Users};
use crate::{Chunk, Context, Read, Source, SourceError, Survey, Wanted};

/// A catalogue, as nobody sees it.
pub(super) struct CallersSource(Arc<Callers>);

/// Those who read from a catalogue.
struct Callers {
    place: Place,
    http: Arc<HttpAssets>,
    /// What the last users see.
    seen: Seen,
}

impl CallersSource {
    /// Judges the address; connects to nothing.
    pub(super) fn open(spec: &ErmrestSpec, context: &Context) -> Result<Self, SourceError> {
        let (place, http) = (Place::open(spec, context)?, Arc::clone(&context.http));
        Ok(Self(Arc::new(Callers { place, http, seen: Seen::default() })))
    }
}

#[async_trait]
impl Users for Callers {
    fn as_caller(&self, caller: Caller) -> Arc<dyn Source> {
        let owner = caller.owner().clone();
        self.seen.of(&owner, || {
            let server = Server::new(self.place.clone(), Who::Caller(caller));
            Arc::new(ErmrestSource::new(server, Arc::clone(&self.http)))
        })
    }

    /// Passwords are for the sign-in of the deployment, which gives a session for them.
    async fn enter(
        &self,
        _login: &str,
        _password: &SecretString,
    ) -> Result<Option<Pass>, SourceError> {
        Ok(None)
    }

    async fn whose(&self, token: &Token) -> Result<Option<Pass>, SourceError> {
        let session = self.place.door().whose(token).await?;
        let pass = |Session { login, .. }| Pass {
            login,
            token: token.clone(),
            password: Password::Forgotten,
        };
        Ok(session.map(pass))
    }
}

#[async_trait]
impl Source for CallersSource {
    fn kind(&self) -> &'static str {
        "ermrest"
    }

    async fn survey(&self, _wanted: &Wanted) -> Result<Survey, SourceError> {
        Err(nobody())
    }

    async fn rows(&self, _read: &Read, _out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        Err(nobody())
    }

    fn takes_queries(&self) -> bool {
        true
    }

    async fn view(&self, _wanted: Option<&str>) -> Result<Option<String>, SourceError> {
        Err(nobody())
    }

    async fn first(
        &self,
        _query: &str,
        _view: Option<&str>,
    ) -> Result<Option<Map<String, Value>>, SourceError> {
        Err(nobody())
    }

    async fn document(&self, _path: &str, _view: Option<&str>) -> Result<Bytes, SourceError> {
        Err(nobody())
    }

    fn users(&self) -> Option<Arc<dyn Users>> {
        Some(Arc::clone(&self.0) as Arc<dyn Users>)
    }

    async fn session(&self, token: &Token) -> Result<Option<Session>, SourceError> {
        self.0.place.door().whose(token).await
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        None
    }
}

fn nobody() -> SourceError {
    refused(
        "it is read with the rights of whoever comes with a session of the deployment, and nobody does here"
            .to_owned(),
    )
}
