//! How a source is configured: in the server's configuration under a name, or in a definition that
//! is run locally. What reads them is the crate `source`.

mod http;
mod easydb;
mod ermrest;
mod dataset;

use std::path::PathBuf;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::dataset::{DatasetApi, DatasetSpec, DatasetTable, DatasetTables};
pub use self::easydb::{EasydbSpec, Rights};
pub use self::ermrest::ErmrestSpec;
pub use self::http::{
    CursorPages, HttpSpec, KeyedPages, LinkedPages, NumberedPages, OffsetPages, Pages,
};

/// A place to read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SourceSpec {
    /// Comma-separated files with a header line.
    Csv(CsvSpec),
    /// Files with one JSON object on each line.
    Jsonl(JsonlSpec),
    /// Parquet files.
    Parquet(ParquetSpec),
    /// A table or query of a PostgreSQL database.
    Postgres(PostgresSpec),
    /// A table or query of a MySQL or MariaDB database.
    Mysql(MysqlSpec),
    /// A JSON API that gives its records in pages.
    Http(HttpSpec),
    /// A catalogue of easydb 5 or fylr.
    Easydb(EasydbSpec),
    /// A catalogue of a Deriva deployment.
    Ermrest(ErmrestSpec),
    /// Datasets with entries, annotations and media.
    Dataset(DatasetSpec),
}

/// CSV files: RFC 4180 with a header line, UTF-8, with or without byte order mark. Newlines may
/// stand in quoted fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CsvSpec {
    /// A file, or a glob (`flights-*.csv`) whose files are read in the order of their names and share
    /// one header. `s3://bucket/key` reads from the store's S3 server.
    pub path: String,
    /// The character between fields; `,` unless given. One ASCII character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// What columns hold where it is not text, so that JSON and XML show it so.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub types: IndexMap<String, CellType>,
    /// Where the records' relative asset references lie; the folder of `path` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<String>,
}

/// What the cells of a CSV column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CellType {
    /// Text; an empty cell is the empty text.
    Text,
    /// A number, kept as it is written; an empty cell, or `NA`, is NULL.
    Number,
    /// `true` or `false`; an empty cell, or `NA`, is NULL.
    Boolean,
    /// A JSON value; an empty cell is NULL.
    Json,
}

/// Files with one JSON object on each line, UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonlSpec {
    /// A file, or a glob whose files are read in the order of their names. `s3://bucket/key` reads
    /// from the store's S3 server.
    pub path: String,
    /// Where the records' relative asset references lie; the folder of `path` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<String>,
}

/// Parquet files, which all have the same columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParquetSpec {
    /// A file, or a glob whose files are read in the order of their names. `s3://bucket/key` reads
    /// from the store's S3 server.
    pub path: String,
    /// Where the records' relative asset references lie; the folder of `path` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<String>,
}

/// A table or a query of a PostgreSQL database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostgresSpec {
    /// `postgresql://user@host:port/database`, without a password.
    pub url: String,
    /// A file that holds the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// How connections are encrypted; not at all unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSpec>,
    /// The table, `schema.table` or `table`. Either this or `query`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// A `SELECT` without parameters. Either this or `table`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The column that is unique, never NULL, and orders the records: an integer, text or uuid.
    pub key: String,
    /// Whether all batches must see the database at one moment.
    #[serde(default)]
    pub consistency: Consistency,
    /// Where the records' relative asset references lie. Without it, only URLs can be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<String>,
}

/// A table or a query of a MySQL or MariaDB database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MysqlSpec {
    /// `mysql://user@host:port/database`, without a password.
    pub url: String,
    /// A file that holds the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// How connections are encrypted; not at all unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSpec>,
    /// The table, `database.table` or `table`. Either this or `query`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// A `SELECT` without parameters. Either this or `table`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The column that is unique, never NULL, and orders the records: a whole number, a text, bytes or
    /// a time.
    pub key: String,
    /// Where the records' relative asset references lie. Without it, only URLs can be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<String>,
}

/// How connections to a database are encrypted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsSpec {
    /// A PEM file with the authorities that may have signed the server's certificate; those that are
    /// publicly trusted unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// What is asked of the server's certificate.
    #[serde(default)]
    pub verify: Verify,
}

/// What is asked of a server's certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verify {
    /// That an authority has signed it, for the host of the URL.
    #[default]
    Full,
    /// Nothing: nobody listens, but anybody may answer.
    None,
}

/// What the batches of a run see of a database that changes meanwhile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Consistency {
    /// Each batch sees what is committed when it reads.
    #[default]
    None,
    /// All batches see one exported snapshot, taken when the run was planned.
    Snapshot,
}
