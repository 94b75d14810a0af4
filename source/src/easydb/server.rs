//! The server of an easydb or a fylr, asked through `/api/v1` as one of its users.
//!
//! What the user may not see is not there. A page is a search for the numbers from one on, so that none is
//! far from the beginning, however many there are before it; no page is asked for by its offset.

mod door;
mod session;
mod callers;
mod abilities;
mod question;
mod pages;
mod survey;
mod held;
mod about;
mod schema;
mod provided;
mod image_mappings;
mod catalogue;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use proto::source::{EasydbSpec, Rights};
use tokio::sync::mpsc;
use url::{Origin, Url};

use self::abilities::Abilities;
use self::callers::CallersSource;
use self::door::Door;
use self::held::Held;
use self::pages::Pages;
use self::question::Question;
use self::session::{Session, Who};
use super::rows::{Sending, range};
use crate::asset::{Asset, AssetRoot, Credentials, HttpAssets};
use crate::catalogue::{About, Catalogue, UserNames};
use crate::feed::Receiver;
use crate::files::in_thread;
use crate::http::refused;
use crate::page::Kind;
use crate::{Chunk, Context, Greatest, Read, Sought, Source, SourceError, Survey, Wanted};

/// Most objects that a server gives at once (`elasticsearch/max_limit`).
const MOST: u32 = 1000;

/// The field with the moment of an object's last change.
const CHANGED: &str = "_last_modified";

/// A server as a source.
struct ServerSource {
    server: Arc<Server>,
    assets: Arc<Files>,
}

/// A server, and a session with it.
struct Server {
    session: Arc<Session>,
    files: Arc<Files>,
    page_size: u32,
    /// How many whole objects are asked for by their numbers at once: as many as last had room in an answer.
    at_once: AtomicUsize,
    abilities: Abilities,
    about: Held<About>,
    user_names: Held<UserNames>,
}

/// Opens a server, to be read with the rights that are configured. Reads at most the files with secrets, and
/// judges the address; connects to nothing.
pub(super) fn open(spec: &EasydbSpec, context: &Context) -> Result<Arc<dyn Source>, SourceError> {
    if spec.assets.is_some() {
        return Err(refused(
            "an easydb with a `url` has its files there, and no `assets`".to_owned(),
        ));
    }
    Ok(match spec.rights {
        Rights::Login => Arc::new(ServerSource::open(spec, context)?),
        Rights::Caller => Arc::new(CallersSource::open(spec, context)?),
    })
}

/// How many objects are asked for at once.
fn page_size(spec: &EasydbSpec) -> Result<u32, SourceError> {
    let page_size = spec.page_size.get();
    if !(2..=MOST).contains(&page_size) {
        return Err(refused(format!("`page_size` is from 2 to {MOST}, and not {page_size}")));
    }
    Ok(page_size)
}

/// The servers that get the token of a session.
fn origins(spec: &EasydbSpec, door: &Door) -> Result<Vec<Origin>, SourceError> {
    let mut origins = vec![door.url().origin()];
    for host in &spec.credentials_to {
        let host = Url::parse(host)
            .map_err(|error| refused(format!("{host:?} in `credentials_to`: {error}")))?;
        origins.push(host.origin());
    }
    Ok(origins)
}

impl ServerSource {
    /// A server as the user of the configuration sees it.
    fn open(spec: &EasydbSpec, context: &Context) -> Result<Self, SourceError> {
        if spec.keep_passwords {
            return Err(refused("`keep_passwords` is for `rights = \"caller\"`".to_owned()));
        }
        let needed = |name: &str| refused(format!("an easydb with a `url` has a `{name}`"));
        let login = spec.login.clone().ok_or_else(|| needed("login"))?;
        let file = spec.password_file.as_ref().ok_or_else(|| needed("password_file"))?;
        let password = door::secret(file, context)?;
        let door = Arc::new(Door::open(spec, context)?);
        let origins = origins(spec, &door)?;
        let session = Session::new(door, origins, Who::Login { login, password });
        Ok(Self::new(session, page_size(spec)?, Arc::clone(&context.http)))
    }

    /// A server as the user of a session sees it.
    fn new(session: Session, page_size: u32, http: Arc<HttpAssets>) -> Self {
        let session = Arc::new(session);
        let assets = Arc::new(Files { session: Arc::clone(&session), http });
        let files = Arc::clone(&assets);
        let (about, user_names) = (Held::new(), Held::new());
        let at_once = AtomicUsize::new(page_size as usize);
        let abilities = Abilities::new(page_size);
        let server = Server { session, files, page_size, at_once, abilities, about, user_names };
        Self { server: Arc::new(server), assets }
    }
}

#[async_trait]
impl Source for ServerSource {
    fn kind(&self) -> &'static str {
        "easydb"
    }

    async fn survey(&self, wanted: &Wanted) -> Result<Survey, SourceError> {
        let (server, wanted) = (Arc::clone(&self.server), wanted.clone());
        in_thread(move |stop| {
            survey::survey(&Pages::new(&server, &stop), server.page_size, &wanted)
        })
        .await
    }

    /// Only the moment of the last change is told without reading all objects.
    async fn greatest(&self, sought: &Sought) -> Result<Option<Greatest>, SourceError> {
        if sought.field != CHANGED || !sought.filter.is_empty() {
            return Ok(None);
        }
        let question = Question::new(sought.search.as_ref(), &sought.filter);
        let newest = question.newest(sought.until);
        let answer = self.server.session.search(newest).await?;
        let records = answer.records("/objects")?;
        let Some(record) = records.first() else { return Ok(Some(Greatest::Nothing)) };
        let object: serde_json::Value = serde_json::from_str(record).map_err(|error| {
            refused(format!("{} gives a broken object: {error}", answer.told()))
        })?;
        Ok(Some(match object.get(CHANGED).and_then(serde_json::Value::as_str) {
            Some(text) => Greatest::Value { kind: Kind::Text, text: text.to_owned() },
            None => Greatest::Null,
        }))
    }

    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        let (server, read) = (Arc::clone(&self.server), read.clone());
        in_thread(move |stop| {
            let Some(mut sending) = Sending::new(&read, out) else { return Ok(()) };
            let question = Question::new(read.search.as_ref(), &read.filter);
            let pages = Pages::new(&server, &stop);
            let mut goes_on = true;
            let besides = read.besides.iter().chain(read.filter.keys());
            let asked = match &read.fields {
                Some(fields) => question.with(fields.iter().chain(besides), server.page_size),
                None => question.whole(besides, server.page_size),
            };
            pages.walk(&asked, range(&read)?, |place, _, object| {
                let place = || (place.to_owned(), None);
                goes_on = sending.send(object.as_bytes(), place)? == Receiver::Listens;
                Ok(goes_on)
            })?;
            if goes_on {
                sending.finish();
            }
            Ok(())
        })
        .await
    }

    fn credentials(&self) -> Option<Arc<Credentials>> {
        Some(Arc::clone(self.server.session.credentials()))
    }

    fn catalogue(&self) -> Option<Arc<dyn Catalogue>> {
        Some(Arc::clone(&self.server) as Arc<dyn Catalogue>)
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        Some(Arc::clone(&self.assets) as Arc<dyn AssetRoot>)
    }
}

/// The files of a server: its addresses are relative to its own where they are no URLs.
struct Files {
    session: Arc<Session>,
    http: Arc<HttpAssets>,
}

#[async_trait]
impl AssetRoot for Files {
    async fn open(&self, reference: &str) -> Result<Asset, SourceError> {
        let url =
            self.session.url().join(reference).map_err(|error| SourceError::AssetMissing {
                reference: crate::asset::shown(reference),
                why: format!("it is no address: {error}"),
            })?;
        self.http.open(url.as_str(), Some(self.session.credentials())).await
    }
}
