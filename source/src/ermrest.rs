//! A catalogue of `ERMrest`, the data service of Deriva, and the objects of its Hatrac.
//!
//! A run reads one snapshot, pinned by the first output that is planned, so that no batch sees what another
//! does not, whenever it reads. Rows are put in order by their key, and a batch is so many of them after
//! one, counted when the plan is made: a page begins after a key and is never found by counting. Another
//! number of rows, or another last one, is a changed source.
//!
//! Pages come as JSON, of which each is taken whole or not at all; how many rows are asked for at once decides
//! nothing of what comes out.

mod spelling;
mod border;
mod query;
mod catalog;
mod secrets;
mod session;
mod server;
mod header;
mod stride;
mod pages;
mod survey;
mod rows;
mod tables;
mod callers;

use std::sync::Arc;

use async_trait::async_trait;
use proto::source::{ErmrestSpec, Rights};
use tokio::sync::mpsc;

use self::callers::CallersSource;
use self::pages::Pages;
use self::query::Query;
use self::secrets::Secrets;
use self::server::{Place, Server};
use self::session::Who;
use crate::asset::{Asset, AssetRoot, Credentials, HttpAssets};
use crate::files::in_thread;
use crate::http::refused;
use crate::{Chunk, Context, Holding, Peek, Read, Source, SourceError, Survey, Wanted};

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

impl ErmrestSource {
    fn new(server: Server, http: Arc<HttpAssets>) -> Self {
        let server = Arc::new(server);
        let files = Arc::new(Files { server: Arc::clone(&server), http });
        Self { server, files }
    }

    /// The query of an output, or the one that is configured.
    fn query(&self, of_output: Option<&String>) -> Result<Query, SourceError> {
        let text = of_output.map(String::as_str).or(self.server.query());
        let text = text.ok_or_else(|| {
            refused(
                "neither the output nor the source says what is read, such as \"query\": \"/entity/isa:dataset\""
                    .to_owned(),
            )
        })?;
        Query::parse(text)
    }
}

#[async_trait]
impl Source for ErmrestSource {
    async fn survey(&self, wanted: &Wanted) -> Result<Survey, SourceError> {
        let query = self.query(wanted.query.as_ref())?;
        let view = self.server.view(wanted.view.as_deref()).await?;
        let (server, wanted) = (Arc::clone(&self.server), wanted.clone());
        let survey = in_thread(move |stop| {
            survey::survey(&Pages::new(&server, Some(view.as_str()), &stop), &query, &wanted)
        });
        let survey = survey.await?;
        self.server.is_held().await?;
        Ok(survey)
    }

    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        let query = self.query(read.query.as_ref())?;
        let (server, read) = (Arc::clone(&self.server), read.clone());
        let rows = in_thread(move |stop| {
            let pages = Pages::new(&server, read.view.as_deref(), &stop);
            rows::rows(&pages, &query, &read, out)
        });
        rows.await?;
        self.server.is_held().await
    }

    fn takes_queries(&self) -> bool {
        true
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
        let url = self.server.url().join(reference).map_err(|error| SourceError::AssetMissing {
            reference: crate::asset::shown(reference),
            why: format!("it is no address: {error}"),
        })?;
        self.http.open(url.as_str(), Some(self.server.credentials())).await
    }
}

#[cfg(test)]
mod tests;
