//! Parquet files: row groups of columns, of which only those are read that are wanted.
//!
//! The footer says where everything lies. It and all that follows is judged before it is believed:
//! a file may claim any size, and costs no more memory than it has bytes. A worker has one page of
//! each wanted column in memory, with its dictionary ([`pages`] has the limits), and the values of
//! some rows.

mod thrift;
mod footer;
mod form;
mod moment;
mod decimal;
mod value;
mod shape;
mod bounds;
mod survey;
mod flow;
mod pages;
mod delta;
mod leaf;
mod record;
mod rows;

use std::sync::Arc;

use async_trait::async_trait;
use proto::source::ParquetSpec;
use tokio::sync::mpsc;

use crate::asset::AssetRoot;
use crate::files::{Files, in_thread};
use crate::{Chunk, Context, Holding, Read, Source, SourceError, Survey, Wanted, asset};

/// Parquet files with the same columns.
pub(crate) struct ParquetSource {
    files: Files,
    assets: Arc<dyn AssetRoot>,
}

impl ParquetSource {
    /// A source of the files of a specification; reads nothing yet.
    pub(crate) fn open(spec: &ParquetSpec, context: &Context) -> Result<Self, SourceError> {
        let files = Files::open(&spec.path, context)?;
        let place = spec.assets.clone().unwrap_or_else(|| files.folder());
        Ok(Self { files, assets: asset::root_at(&place, context)? })
    }
}

#[async_trait]
impl Source for ParquetSource {
    fn kind(&self) -> &'static str {
        "parquet"
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
