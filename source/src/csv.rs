//! CSV files: RFC 4180 with a header line. The header names the fields.
//!
//! What is a record, a field and a quote is what the crate `csv-core` says; [`bounds`] finds the
//! same records faster, so that a survey scans at the speed of memory, and a worker parses its
//! slice alone.

mod header;
mod bounds;
mod survey;
mod records;
mod split;
mod columns;
mod rows;

use std::sync::Arc;

use async_trait::async_trait;
use proto::source::{CellType, CsvSpec};
use tokio::sync::mpsc;

use self::columns::Columns;
use crate::asset::AssetRoot;
use crate::files::{Files, in_thread};
use crate::{Chunk, Context, Holding, Read, Source, SourceError, Survey, Wanted, asset};

/// CSV files with a common header.
pub(crate) struct CsvSource {
    table: Arc<Table>,
    assets: Arc<dyn AssetRoot>,
}

/// What is to know of the files before they are read.
#[derive(Debug)]
struct Table {
    files: Files,
    path: String,
    delimiter: u8,
    types: Vec<(String, CellType)>,
}

impl CsvSource {
    /// A source of the files of a specification; reads nothing yet.
    pub(crate) fn open(spec: &CsvSpec, context: &Context) -> Result<Self, SourceError> {
        let delimiter = match spec.delimiter {
            None => b',',
            Some(given) => u8::try_from(given)
                .ok()
                .filter(|byte| byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n'))
                .ok_or_else(|| SourceError::Refused {
                    what: format!(
                        "{given:?} cannot stand between the fields of {}; take one ASCII character",
                        spec.path
                    ),
                })?,
        };
        let files = Files::open(&spec.path, context)?;
        let place = spec.assets.clone().unwrap_or_else(|| files.folder());
        let types = spec.types.iter().map(|(field, cell)| (field.clone(), *cell)).collect();
        let table = Table { files, path: spec.path.clone(), delimiter, types };
        Ok(Self { table: Arc::new(table), assets: asset::root_at(&place, context)? })
    }
}

#[async_trait]
impl Source for CsvSource {
    fn kind(&self) -> &'static str {
        "csv"
    }

    async fn survey(&self, wanted: &Wanted) -> Result<Survey, SourceError> {
        let listed = self.table.files.list().await?;
        let (table, wanted) = (Arc::clone(&self.table), wanted.clone());
        in_thread(move |stop| survey::survey(&table, &listed, &wanted, &stop)).await
    }

    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        let (table, read) = (Arc::clone(&self.table), read.clone());
        in_thread(move |stop| rows::rows(&table, &read, &out, &stop)).await
    }

    async fn holdings(&self) -> Result<Vec<Holding>, SourceError> {
        self.table.files.holdings().await
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        Some(Arc::clone(&self.assets))
    }
}

impl Table {
    /// What of each record is wanted.
    fn columns(
        &self,
        header: &[String],
        fields: Option<&[String]>,
        besides: &[String],
        filter: &proto::filter::Where,
    ) -> Result<Columns, SourceError> {
        if let Some((unknown, _)) = self.types.iter().find(|(name, _)| !header.contains(name)) {
            return Err(columns::unknown(unknown, header));
        }
        Columns::new(header, &self.types, fields.unwrap_or(header), besides, filter)
    }
}

#[cfg(test)]
mod tests;
