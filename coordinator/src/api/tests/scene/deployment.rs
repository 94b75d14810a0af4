//! The server of a Deriva deployment, as the door to it needs it: it knows two sessions, and a row for variables.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use proto::deriva::engine::Host;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use source::asset::AssetRoot;
use source::pass::{Caller, Pass, Place, Token};
use source::users::{Session, Users};
use source::{Chunk, Read, Source, SourceError, Survey, Wanted};
use tokio::sync::mpsc;

use crate::api::deriva::{ServedCatalog, Settings};

/// What the sessions of Ann and Bob begin with.
pub(in crate::api::tests) const SESSION: &str = "session-of-";

/// Whose session the server never tells of.
pub(in crate::api::tests) const UNTOLD: &str = "eve";

/// The catalogue 1, for those who are signed in and for everybody, and the catalogue 2 for the former alone.
pub(super) fn settings() -> Settings {
    let served = |source: &str, id: &str| ServedCatalog {
        source: source.to_owned(),
        host: Host::parse("https://deriva.example").unwrap(),
        id: id.to_owned(),
    };
    Settings {
        catalogs: vec![served("own", "1"), served("open", "1"), served("own", "2")],
        hold: Duration::ZERO,
        asking: Duration::from_secs(45),
        anonymous: true,
        buckets: std::collections::BTreeMap::new(),
        identifiers: None,
    }
}

/// A catalogue of it.
#[derive(Clone)]
pub(super) struct Deployment {
    /// Whether it is read with the rights of whoever asks.
    pub(super) has_users: bool,
    /// How often it was asked for a session.
    pub(super) asked: Arc<AtomicUsize>,
}

#[async_trait]
impl Source for Deployment {
    async fn survey(&self, _wanted: &Wanted) -> Result<Survey, SourceError> {
        Err(nothing())
    }

    async fn rows(&self, _read: &Read, _out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        Err(nothing())
    }

    fn takes_queries(&self) -> bool {
        true
    }

    async fn view(&self, wanted: Option<&str>) -> Result<Option<String>, SourceError> {
        Ok(Some(wanted.unwrap_or("3A5-NOW").to_owned()))
    }

    async fn first(
        &self,
        query: &str,
        view: Option<&str>,
    ) -> Result<Option<Map<String, Value>>, SourceError> {
        if query.contains("forbidden") {
            let what = "https://deriva.example/ answers 403 Forbidden: no".to_owned();
            return Err(SourceError::Forbidden { what });
        }
        Ok(json!({"title": format!("Plain {}", view.unwrap_or_default())}).as_object().cloned())
    }

    /// Never comes.
    async fn document(&self, _path: &str, _view: Option<&str>) -> Result<Bytes, SourceError> {
        std::future::pending().await
    }

    fn users(&self) -> Option<Arc<dyn Users>> {
        self.has_users.then(|| Arc::new(self.clone()) as Arc<dyn Users>)
    }

    async fn session(&self, token: &Token) -> Result<Option<Session>, SourceError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        // Others may ask meanwhile.
        tokio::task::yield_now().await;
        let is_of = |name: &&str| {
            let known = Token::new(format!("{SESSION}{name}"), Place::Webauthn);
            known.digest() == token.digest()
        };
        if is_of(&UNTOLD) {
            return std::future::pending().await;
        }
        Ok(["ann", "bob"].into_iter().find(is_of).map(|name| Session {
            login: name.to_owned(),
            name: format!("{name} of Example"),
            document: json!({"client": {"id": name}}).to_string(),
        }))
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        None
    }
}

#[async_trait]
impl Users for Deployment {
    fn as_caller(&self, _caller: Caller) -> Arc<dyn Source> {
        Arc::new(self.clone())
    }

    async fn enter(
        &self,
        _login: &str,
        _password: &SecretString,
    ) -> Result<Option<Pass>, SourceError> {
        Ok(None)
    }

    async fn whose(&self, _token: &Token) -> Result<Option<Pass>, SourceError> {
        Ok(None)
    }
}

fn nothing() -> SourceError {
    SourceError::Refused { what: "nothing is read here".to_owned() }
}
