//! A JSON API that gives its records in pages.
//!
//! What a slice is follows from what reads the same a second time and loses nothing:
//!
//! - **A key.** Slices are ranges of it, which a few requests find where keys are whole numbers. What is inserted or
//!   deleted meanwhile moves no other record into another slice, so none is lost and none comes twice.
//! - **Numbers and offsets** with a total. Slices are pages in a row, found by counting. An insertion
//!   would move records from page to page, so each answer must tell the total of the plan and each
//!   page be as long as it was; else the source has changed. Without a total nobody knows where pages
//!   end: one slice, read to the first empty page.
//! - **Cursors and links.** A cursor may hold for minutes only, and what it means is the API's
//!   secret; followed once from the beginning it loses nothing. So a table is one slice. Where records
//!   must be counted (`batch_size`, `per`, `assets`), planning follows the chain and notes where
//!   slices begin; a slice whose pages do not lead to the beginning of the next one has changed.
//!
//! An answer counts only when it came whole: JSON that breaks off is asked for again, never taken.

mod pace;
mod unpacked;
mod headers;
mod secrets;
mod request;
mod setback;
mod body;
mod api;
mod asking;
mod answer;
mod place;
mod pager;
mod walk;
mod order;
mod survey;
mod rows;

use std::sync::Arc;

use async_trait::async_trait;
use proto::source::HttpSpec;
use tokio::sync::mpsc;

pub(crate) use self::answer::Answer;
pub(crate) use self::api::{Api, refused};
pub(crate) use self::body::{MAX_PAGE_BYTES, beginning};
pub(crate) use self::pace::Pace;
use self::pager::Pager;
pub(crate) use self::request::{Denied, Request};
pub(crate) use self::setback::{comes_later, retry_after};
use self::walk::Walker;
use crate::asset::{self, AssetRoot, Credentials, Renewal};
use crate::files::in_thread;
use crate::{Chunk, Context, Read, Source, SourceError, Survey, Wanted};

/// An API.
pub(crate) struct HttpSource {
    api: Arc<Api>,
    pager: Pager,
    assets: Option<Arc<dyn AssetRoot>>,
}

impl HttpSource {
    /// Reads the configuration and the files with its secrets; connects to nothing.
    pub(crate) fn open(spec: &HttpSpec, context: &Context) -> Result<Self, SourceError> {
        Self::over(Api::open(spec, context)?, spec, context)
    }

    /// The same without what opens the API: see [`HttpSource::opened_by`].
    pub(crate) fn closed(spec: &HttpSpec, context: &Context) -> Result<Self, SourceError> {
        Self::over(Api::closed(spec, context)?, spec, context)
    }

    fn over(api: Api, spec: &HttpSpec, context: &Context) -> Result<Self, SourceError> {
        let assets =
            spec.assets.as_ref().map(|place| asset::root_at(place, context)).transpose()?;
        let pager = Pager::new(spec, api.url().clone())?;
        Ok(Self { api: Arc::new(api), pager, assets })
    }

    /// The same, opened by what holds for a while.
    pub(crate) fn opened_by(&self, keys: Arc<dyn Renewal>) -> Self {
        let (pager, assets) = (self.pager.clone(), self.assets.clone());
        Self { api: Arc::new(self.api.opened_by(keys)), pager, assets }
    }

    /// The same, asked with parameters besides.
    pub(crate) fn asking(&self, parameters: &[(String, String)]) -> Self {
        let (api, assets) = (Arc::clone(&self.api), self.assets.clone());
        Self { api, pager: self.pager.asking(parameters), assets }
    }

    /// The API itself, for other questions.
    pub(crate) fn api(&self) -> &Api {
        &self.api
    }
}

#[async_trait]
impl Source for HttpSource {
    fn kind(&self) -> &'static str {
        "http"
    }

    async fn survey(&self, wanted: &Wanted) -> Result<Survey, SourceError> {
        let (api, pager, wanted) = (Arc::clone(&self.api), self.pager.clone(), wanted.clone());
        in_thread(move |stop| survey::survey(&Walker::new(&api, &pager, &stop), &wanted)).await
    }

    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        let (api, pager, read) = (Arc::clone(&self.api), self.pager.clone(), read.clone());
        in_thread(move |stop| rows::rows(&Walker::new(&api, &pager, &stop), &read, out)).await
    }

    fn credentials(&self) -> Option<Arc<Credentials>> {
        Some(Arc::clone(self.api.credentials()))
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        self.assets.clone()
    }
}

#[cfg(test)]
mod tests;
