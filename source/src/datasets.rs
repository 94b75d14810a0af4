//! Datasets record by record, as plugins ask for them: a dataset has entries, an entry has annotations and
//! media.
//!
//! Records are handed on as they are written. Conditions mean the same whatever keeps the records: they are judged
//! here, and what a server judges besides only saves the way.

mod filter;
mod time;
mod kind;

use async_trait::async_trait;
use serde_json::value::RawValue;

pub use self::filter::Filter;
pub use self::kind::RecordKind;
pub use self::time::moment;
use crate::SourceError;
use crate::asset::Asset;

/// One record, its text as it was written, on one line.
pub type Record = Box<RawValue>;

/// Most entries that are given or asked about at once.
pub const MOST_ENTRIES: usize = 1000;

/// What keeps datasets.
#[async_trait]
pub trait Datasets: Send + Sync {
    /// All datasets, in an order that stays.
    async fn ids(&self) -> Result<Vec<String>, SourceError>;

    /// A dataset by its id; nothing where there is none.
    async fn dataset(&self, id: &str) -> Result<Option<Record>, SourceError>;

    /// At most [`MOST_ENTRIES`] entries of a dataset that meet the conditions, in an order that stays: the first
    /// ones, or those that come after one, which is named by its id. None only where there are no more.
    async fn entries(
        &self,
        dataset: &str,
        filter: &Filter,
        after: Option<&str>,
    ) -> Result<Vec<Record>, SourceError>;

    /// For each of at most [`MOST_ENTRIES`] entries its annotations that meet the conditions, in an order that stays.
    async fn annotations(
        &self,
        entries: &[String],
        filter: &Filter,
    ) -> Result<Vec<Vec<Record>>, SourceError>;

    /// The same of its media.
    async fn medias(
        &self,
        entries: &[String],
        filter: &Filter,
    ) -> Result<Vec<Vec<Record>>, SourceError>;

    /// Opens the file of a media.
    async fn media(&self, media: &Record) -> Result<Asset, SourceError>;
}
