//! Datasets with their entries, annotations and media: from a folder, from the tables of a database, from a
//! JSON:API.
//!
//! As rows, a record is an entry with everything that belongs to it, so that every format can write datasets. What
//! an entry lacks of it is fetched for many entries at once, never for each.

mod record;
mod joined;
mod medium;
mod references;
mod index;
mod shelf;
mod directory;
mod tables;
mod pages;
mod api;
mod signers;
mod callers;
mod shared;
mod rows;
mod survey;

use std::sync::Arc;

use async_trait::async_trait;
use proto::filter::Where;
use proto::source::{DatasetSpec, Rights};
use tokio::sync::mpsc;

use self::api::Api;
use self::callers::CallersSource;
use self::directory::Directory;
use self::medium::Medium;
use self::references::References;
use self::shared::Shared;
use self::tables::Tables;
use crate::asset::{AssetRoot, Assets, Credentials, root_at};
use crate::datasets::{Datasets, Record, RecordKind};
use crate::http::refused;
use crate::{Chunk, Context, Holding, Read, Source, SourceError, Survey, Wanted};

/// Where the records of datasets are.
#[async_trait]
trait Backing: Send + Sync {
    /// The entries as rows, each with its record in the first cell: at least those that meet conditions on fields of
    /// their own.
    fn entries(&self, own: &Where) -> Entries;

    /// The fields that are asked of it for that; nothing where it gives whole records by itself.
    fn fields(&self) -> Option<Vec<String>>;

    /// A record as it is to be, made of its text there. Errs with what is wrong with it.
    fn record(&self, kind: RecordKind, text: &str) -> Result<Record, String>;

    /// What shows the same content to every batch, given what its entries go by.
    async fn view(&self, entries: Option<String>) -> Result<Option<String>, SourceError>;

    /// What its entries went by in such a view.
    fn entries_view(&self, view: Option<&str>) -> Option<String>;

    /// The ids of all datasets, in an order that stays.
    async fn ids(&self) -> Result<Vec<String>, SourceError>;

    /// The records of a kind in which a field has one of these values, in an order that stays.
    async fn find(
        &self,
        view: Option<&str>,
        kind: RecordKind,
        field: &str,
        values: &[String],
    ) -> Result<Vec<Record>, SourceError>;

    /// At most so many entries of a dataset, those after one; none only where there are no more.
    async fn page(
        &self,
        dataset: &str,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Record>, SourceError>;

    /// What it holds, for those who look around.
    async fn holdings(&self) -> Result<Vec<Holding>, SourceError>;
}

/// Entries that are asked for.
struct Entries {
    /// What gives them.
    source: Arc<dyn Source>,
    /// The conditions that it is told when it is read. It may know others already, and need not know all.
    filter: Where,
}

/// Opens datasets, to be read with the rights that are configured. Reads at most the files with secrets and keys;
/// connects to nothing.
pub(crate) fn open(spec: &DatasetSpec, context: &Context) -> Result<Arc<dyn Source>, SourceError> {
    match &spec.http {
        Some(api) if api.rights == Rights::Caller => {
            Ok(Arc::new(CallersSource::open(spec, api, context)?))
        }
        Some(_) | None => Ok(Arc::new(DatasetSource::open(spec, context)?)),
    }
}

/// A source of datasets.
struct DatasetSource {
    shared: Arc<Shared>,
}

impl DatasetSource {
    /// Reads the configuration and the files with its secrets; connects to nothing.
    fn open(spec: &DatasetSpec, context: &Context) -> Result<Self, SourceError> {
        let root = |place: &str| root_at(place, context);
        let mut assets = spec.assets.as_deref().map(root).transpose()?;
        let mut credentials = None;
        let mut reference = spec.reference.clone();
        let backing: Box<dyn Backing> = match (&spec.directory, &spec.postgres, &spec.http) {
            (Some(folder), None, None) => {
                let folder = folder.trim_end_matches('/');
                if assets.is_none() {
                    assets = Some(root(&format!("{folder}/media"))?);
                }
                Box::new(Directory::open(folder, context)?)
            }
            (None, Some(tables), None) => Box::new(Tables::open(tables, context)?),
            (None, None, Some(spec)) => {
                if spec.token_keys_file.is_some() {
                    return Err(refused(
                        "`token_keys_file` is for `rights = \"caller\"`".to_owned(),
                    ));
                }
                let api = Api::open(spec, context)?;
                credentials = Some(api.credentials());
                reference = reference.or_else(|| Some(api.reference()));
                Box::new(api)
            }
            _ => {
                return Err(refused(
                    "exactly one of `directory`, `postgres` and `http` is wanted".to_owned(),
                ));
            }
        };
        let medium = Medium::new(reference.as_deref())?;
        let assets = Assets { root: assets, http: Arc::clone(&context.http), credentials };
        Ok(Self::over(backing, medium, assets))
    }

    fn over(backing: Box<dyn Backing>, medium: Medium, assets: Assets) -> Self {
        let references = References::default();
        Self { shared: Arc::new(Shared { backing, medium, references, assets }) }
    }
}

#[async_trait]
impl Source for DatasetSource {
    fn kind(&self) -> &'static str {
        "dataset"
    }

    async fn survey(&self, wanted: &Wanted) -> Result<Survey, SourceError> {
        survey::survey(&self.shared, wanted).await
    }

    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        rows::rows(&self.shared, read, &out).await
    }

    async fn holdings(&self) -> Result<Vec<Holding>, SourceError> {
        self.shared.backing.holdings().await
    }

    fn credentials(&self) -> Option<Arc<Credentials>> {
        self.shared.assets.credentials.clone()
    }

    fn datasets(&self) -> Option<Arc<dyn Datasets>> {
        let shared = Arc::clone(&self.shared);
        Some(shared)
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        self.shared.assets.root.clone()
    }
}

#[cfg(test)]
mod tests;
