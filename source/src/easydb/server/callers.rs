//! A server that everybody exports from with their own rights: nothing is read as anybody else.
//!
//! Users sign in here, and leave a pass. What one of them sees is a source of its own.

use std::sync::Arc;

use async_trait::async_trait;
use proto::source::EasydbSpec;
use secrecy::SecretString;
use tokio::sync::mpsc;
use url::Origin;

use super::door::{self, Door};
use super::session::{Session, Who};
use super::{ServerSource, origins, page_size};
use crate::asset::{AssetRoot, HttpAssets};
use crate::http::refused;
use crate::pass::{Caller, Pass, Password, Token};
use crate::users::{Seen, Users};
use crate::{Chunk, Context, Read, Source, SourceError, Survey, Wanted};

/// A server, as nobody sees it.
pub(crate) struct CallersSource(Arc<Callers>);

/// Those who read from a server.
struct Callers {
    door: Arc<Door>,
    origins: Vec<Origin>,
    page_size: u32,
    keeps_passwords: bool,
    http: Arc<HttpAssets>,
    /// What the last users see.
    seen: Seen,
}

impl CallersSource {
    /// Judges the address; connects to nothing.
    pub(crate) fn open(spec: &EasydbSpec, context: &Context) -> Result<Self, SourceError> {
        if spec.login.is_some() || spec.password_file.is_some() {
            return Err(refused(
                "an easydb with `rights = \"caller\"` has no `login` and no `password_file`"
                    .to_owned(),
            ));
        }
        let door = Arc::new(Door::open(spec, context)?);
        Ok(Self(Arc::new(Callers {
            origins: origins(spec, &door)?,
            door,
            page_size: page_size(spec)?,
            keeps_passwords: spec.keep_passwords,
            http: Arc::clone(&context.http),
            seen: Seen::default(),
        })))
    }
}

#[async_trait]
impl Users for Callers {
    fn as_caller(&self, caller: Caller) -> Arc<dyn Source> {
        let owner = caller.owner().clone();
        self.seen.of(&owner, || {
            let who = Who::Caller { caller, keeps_passwords: self.keeps_passwords };
            let session = Session::new(Arc::clone(&self.door), self.origins.clone(), who);
            Arc::new(ServerSource::new(session, self.page_size, Arc::clone(&self.http)))
        })
    }

    async fn enter(
        &self,
        login: &str,
        password: &SecretString,
    ) -> Result<Option<Pass>, SourceError> {
        let Ok(entered) = self.door.enter(login, password).await? else { return Ok(None) };
        // As the server calls them, where it says so: `ANN` may be `ann` there.
        let login = door::login(&entered.session).unwrap_or_else(|| login.to_owned());
        let kept = || Password::Kept(password.clone());
        let password = if self.keeps_passwords { kept() } else { Password::Forgotten };
        Ok(Some(Pass { login, token: entered.token, password }))
    }

    async fn whose(&self, token: &Token) -> Result<Option<Pass>, SourceError> {
        let login = self.door.whose(token).await?;
        // One that was kept while passwords were kept is not kept on.
        let password = if self.keeps_passwords { Password::AsBefore } else { Password::Forgotten };
        Ok(login.map(|login| Pass { login, token: token.clone(), password }))
    }
}

#[async_trait]
impl Source for CallersSource {
    fn kind(&self) -> &'static str {
        "easydb"
    }

    async fn survey(&self, _wanted: &Wanted) -> Result<Survey, SourceError> {
        Err(nobody())
    }

    async fn rows(&self, _read: &Read, _out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        Err(nobody())
    }

    fn users(&self) -> Option<Arc<dyn Users>> {
        Some(Arc::clone(&self.0) as Arc<dyn Users>)
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        None
    }
}

fn nobody() -> SourceError {
    refused(
        "it is read with the rights of whoever signs in at a server of Longshore, and nobody can here"
            .to_owned(),
    )
}
