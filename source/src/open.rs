//! From a source's configuration to the source: the list of all kinds.

use std::path::PathBuf;
use std::sync::Arc;

use fabric::store::Store;
use proto::deriva::engine::Credential;
use proto::source::{ErmrestSpec, SourceSpec};

use crate::asset::HttpAssets;
use crate::csv::CsvSource;
use crate::http::HttpSource;
use crate::jsonl::JsonlSource;
use crate::mysql::MysqlSource;
use crate::parquet::ParquetSource;
use crate::postgres::PostgresSource;
use crate::{Source, SourceError, dataset, easydb, ermrest};

/// Every kind of source, in the order the docs list them.
pub const SOURCES: &[&str] =
    &["csv", "jsonl", "parquet", "postgres", "mysql", "http", "easydb", "ermrest", "dataset"];

/// What sources need besides their own configuration.
#[derive(Clone)]
pub struct Context {
    /// What relative paths are relative to.
    pub base: PathBuf,
    /// Opens buckets for `s3://` paths.
    pub buckets: Arc<dyn Buckets>,
    /// Fetches assets by URL.
    pub http: Arc<HttpAssets>,
}

/// Opens buckets of the S3 server that is configured.
pub trait Buckets: Send + Sync {
    /// The bucket as a store whose keys are the object names; nothing where no server is configured.
    fn bucket(&self, name: &str) -> Option<Arc<dyn Store>>;
}

/// A deployment without buckets.
pub struct NoBuckets;

impl Buckets for NoBuckets {
    fn bucket(&self, _name: &str) -> Option<Arc<dyn Store>> {
        None
    }
}

/// Opens a source. Reads at most its configuration's files; connects to nothing.
pub fn open(spec: &SourceSpec, context: &Context) -> Result<Arc<dyn Source>, SourceError> {
    Ok(match spec {
        SourceSpec::Csv(spec) => Arc::new(CsvSource::open(spec, context)?),
        SourceSpec::Jsonl(spec) => Arc::new(JsonlSource::open(spec, context)?),
        SourceSpec::Parquet(spec) => Arc::new(ParquetSource::open(spec, context)?),
        SourceSpec::Postgres(spec) => Arc::new(PostgresSource::open(spec, context)?),
        SourceSpec::Mysql(spec) => Arc::new(MysqlSource::open(spec, context)?),
        SourceSpec::Http(spec) => Arc::new(HttpSource::open(spec, context)?),
        SourceSpec::Easydb(spec) => easydb::open(spec, context)?,
        SourceSpec::Ermrest(spec) => ermrest::open(spec, context)?,
        SourceSpec::Dataset(spec) => dataset::open(spec, context)?,
    })
}

/// Opens a catalogue of Deriva, to be read as whoever a credential is of; it is kept in memory alone. Connects
/// to nothing.
pub fn open_as(
    spec: &ErmrestSpec,
    credential: Credential,
    context: &Context,
) -> Result<Arc<dyn Source>, SourceError> {
    ermrest::open_as(spec, credential, context)
}
