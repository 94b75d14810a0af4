//! Files with one JSON object on each line.
//!
//! A line is found by its line end alone, so that a file is cut anywhere without being read: a
//! range holds the records that begin in it. Numbers and nested values keep their spelling.

mod lines;
mod survey;
mod rows;

use std::sync::Arc;

use async_trait::async_trait;
use proto::source::JsonlSpec;
use tokio::sync::mpsc;

pub(crate) use self::lines::{Length, Lines};
use crate::asset::AssetRoot;
use crate::files::{Files, in_thread};
use crate::{Chunk, Context, Holding, Read, Source, SourceError, Survey, Wanted, asset};

/// JSONL files.
pub(crate) struct JsonlSource {
    files: Files,
    assets: Arc<dyn AssetRoot>,
}

impl JsonlSource {
    /// A source of the files of a specification; reads nothing yet.
    pub(crate) fn open(spec: &JsonlSpec, context: &Context) -> Result<Self, SourceError> {
        let files = Files::open(&spec.path, context)?;
        let place = spec.assets.clone().unwrap_or_else(|| files.folder());
        Ok(Self { files, assets: asset::root_at(&place, context)? })
    }
}

#[async_trait]
impl Source for JsonlSource {
    fn kind(&self) -> &'static str {
        "jsonl"
    }

    async fn survey(&self, wanted: &Wanted) -> Result<Survey, SourceError> {
        let listed = self.files.list().await?;
        let (files, wanted) = (self.files.clone(), wanted.clone());
        in_thread(move |stop| survey::survey(&files, &listed, &wanted, &stop)).await
    }

    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        let (files, read) = (self.files.clone(), read.clone());
        in_thread(move |stop| rows::rows(&files, &read, out, &stop)).await
    }

    async fn holdings(&self) -> Result<Vec<Holding>, SourceError> {
        self.files.holdings().await
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        Some(Arc::clone(&self.assets))
    }
}

#[cfg(test)]
mod tests;
