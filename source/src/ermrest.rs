//! A catalogue of `ERMrest`, the data service of Deriva, and the objects of its Hatrac.
//!
//! A run reads one snapshot, pinned by the first output that is planned, so that no batch sees what another
//! does not, whenever it reads. Rows are put in order by their key, and a batch is so many of them after
//! one, counted when the plan is made: a page begins after a key and is never found by counting. Another
//! number of rows, or another last one, is a changed source.
//!
//! Pages come as JSON, of which each is taken whole or not at all; how many rows are asked for at once decides
//! nothing of what comes out.

mod border;
mod query;
mod question;
mod catalog;
mod secrets;
mod session;
mod server;
mod header;
mod stride;
mod pages;
mod survey;
mod rows;
mod verbatim;
mod object;
mod tables;
mod callers;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use proto::definition::Verbatim;
use proto::deriva::engine::Credential;
use proto::source::{ErmrestSpec, Rights};
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use self::callers::CallersSource;
use self::pages::Pages;
use self::query::Order;
use self::question::Question;
use self::secrets::Secrets;
use self::server::{Missed, Place, Server};
use self::session::Who;
use crate::asset::{Asset, AssetRoot, Credentials, HttpAssets};
use crate::files::in_thread;
use crate::http::refused;
use crate::pass::Token;
use crate::users::Session;
use crate::{Chunk, Context, Holding, Peek, Read, Source, SourceError, Survey, TextStream, Wanted};

/// A catalogue, read as one of its users.
struct ErmrestSource {
    server: Arc<Server>,
    files: Arc<Files>,
}

/// Opens a catalogue, to be read with the rights that are configured. Reads at most the file with the secret,
/// and judges the address; connects to nothing.
pub(crate) fn open(spec: &ErmrestSpec, context: &Context) -> Result<Arc<dyn Source>, SourceError> {
    let who = match (Secrets::of(spec, &context.base)?, spec.rights) {
        (Some(secrets), Rights::Login) => Who::Secrets(secrets),
        (None, Rights::Login) => Who::Nobody,
        (None, Rights::Caller) => return Ok(Arc::new(CallersSource::open(spec, context)?)),
        (Some(_), Rights::Caller) => {
            return Err(refused(
                "a catalogue with `rights = \"caller\"` has no credentials of its own".to_owned(),
            ));
        }
    };
    let server = Server::new(Place::open(spec, context)?, who);
    Ok(Arc::new(ErmrestSource::new(server, Arc::clone(&context.http))))
}

/// Opens a catalogue, to be read as whoever a credential is of; it is written nowhere. Judges the address;
/// connects to nothing.
pub(crate) fn open_as(
    spec: &ErmrestSpec,
    credential: Credential,
    context: &Context,
) -> Result<Arc<dyn Source>, SourceError> {
    let who = Who::Secrets(Secrets::given(credential)?);
    let server = Server::new(Place::open(spec, context)?, who);
    Ok(Arc::new(ErmrestSource::new(server, Arc::clone(&context.http))))
}

impl ErmrestSource {
    fn new(server: Server, http: Arc<HttpAssets>) -> Self {
        let server = Arc::new(server);
        let files = Arc::new(Files { server: Arc::clone(&server), http });
        Self { server, files }
    }

    /// The query of an output, or the one that is configured.
    fn question(&self, of_output: Option<&String>) -> Result<Question, SourceError> {
        let text = of_output.map(String::as_str).or(self.server.query());
        let text = text.ok_or_else(|| {
            refused(
                "neither the output nor the source says what is read, such as \"query\": \"/entity/isa:dataset\""
                    .to_owned(),
            )
        })?;
        Question::parse(text)
    }
}

#[async_trait]
impl Source for ErmrestSource {
    fn kind(&self) -> &'static str {
        "ermrest"
    }

    async fn survey(&self, wanted: &Wanted) -> Result<Survey, SourceError> {
        let question = self.question(wanted.query.as_ref())?;
        let view = self.server.view(wanted.view.as_deref()).await?;
        let (server, wanted) = (Arc::clone(&self.server), wanted.clone());
        let survey = in_thread(move |stop| {
            let pages = Pages::new(&server, Some(view.as_str()), &stop);
            match &question {
                Question::Rows(query) => survey::survey(&pages, query, &wanted),
                Question::Document(_) => survey::of_document(&pages, &wanted),
            }
        });
        let survey = survey.await?;
        self.server.is_held().await?;
        Ok(survey)
    }

    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        let question = self.question(read.query.as_ref())?;
        let (server, read) = (Arc::clone(&self.server), read.clone());
        let rows = in_thread(move |stop| {
            let pages = Pages::new(&server, read.view.as_deref(), &stop);
            match &question {
                Question::Rows(query) => rows::rows(&pages, query, &read, out),
                Question::Document(document) => rows::of_document(&pages, document, &read, out),
            }
        });
        rows.await?;
        self.server.is_held().await
    }

    fn takes_queries(&self) -> bool {
        true
    }

    async fn verbatim(
        &self,
        read: &Read,
        form: Verbatim,
    ) -> Result<Option<TextStream>, SourceError> {
        let question = self.question(read.query.as_ref())?;
        Ok(Some(verbatim::texts(Arc::clone(&self.server), question, read.clone(), form)))
    }

    async fn view(&self, wanted: Option<&str>) -> Result<Option<String>, SourceError> {
        self.server.view(wanted).await.map(Some)
    }

    async fn first(
        &self,
        query: &str,
        view: Option<&str>,
    ) -> Result<Option<Map<String, Value>>, SourceError> {
        let view = self.server.named_view(view)?;
        let found = match Question::parse(query)? {
            Question::Document(document) => {
                object::first(&self.server.document(view, document.path()).await?, None)
            }
            Question::Rows(query) => {
                let order = query.order();
                let rows = query.rows(order.as_ref(), None);
                let answer = self.server.rows(view, &rows, Some(1)).await.map_err(Missed::error)?;
                object::first(&answer, order.as_ref().and_then(Order::hidden))
            }
        }?;
        self.server.is_held().await?;
        Ok(found)
    }

    async fn document(&self, path: &str, view: Option<&str>) -> Result<Bytes, SourceError> {
        let view = self.server.named_view(view)?;
        let Question::Document(document) = Question::parse(path)? else {
            return Err(refused(format!("{path:?} is no document, but a query of rows")));
        };
        let answer = self.server.document(view, document.path()).await?;
        self.server.is_held().await?;
        Ok(Bytes::copy_from_slice(answer.body().as_bytes()))
    }

    async fn holdings(&self) -> Result<Vec<Holding>, SourceError> {
        tables::all(&self.server).await
    }

    async fn peek(&self, table: &str, most: usize) -> Result<Option<Peek>, SourceError> {
        tables::peek(&self.server, table, most).await.map(Some)
    }

    fn credentials(&self) -> Option<Arc<Credentials>> {
        Some(Arc::clone(self.server.credentials()))
    }

    async fn session(&self, token: &Token) -> Result<Option<Session>, SourceError> {
        self.server.whose(token).await
    }

    async fn own_session(&self) -> Result<Option<Session>, SourceError> {
        self.server.own_session().await
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        Some(Arc::clone(&self.files) as Arc<dyn AssetRoot>)
    }
}

/// The files of a deployment: rows have the paths of objects on the catalogue's own server.
struct Files {
    server: Arc<Server>,
    http: Arc<HttpAssets>,
}

#[async_trait]
impl AssetRoot for Files {
    async fn open(&self, reference: &str) -> Result<Asset, SourceError> {
        let url = self.url(reference).unwrap_or_else(|| reference.to_owned());
        self.http.open(&url, Some(self.server.credentials())).await
    }

    fn url(&self, reference: &str) -> Option<String> {
        let scheme = reference.split_once("://").map(|(scheme, _)| scheme);
        if scheme.is_some_and(|scheme| !scheme.contains('/')) {
            return None;
        }
        // Two slashes would lead to another server.
        let path = reference.trim_start_matches('/');
        Some(format!("{}/{path}", self.server.url().origin().ascii_serialization()))
    }
}

#[cfg(test)]
mod tests;
