//! Datasets as IDAH keeps them: where their records and their media are.

use std::num::NonZeroU32;
use std::path::PathBuf;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Consistency, Rights, TlsSpec};

/// Datasets with their entries, and of each entry its annotations and media. Exactly one of `directory`,
/// `postgres` and `http` is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetSpec {
    /// A folder with `datasets.jsonl`, `entries.jsonl`, `annotations.jsonl` and `medias.jsonl`, a record on
    /// each line, and the media in `media`. `s3://bucket/prefix` reads from the store's S3 server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// Tables of a PostgreSQL database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<Box<DatasetTables>>,
    /// A JSON:API like that of IDAH's services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<Box<DatasetApi>>,
    /// Where the media lie; `media` in the `directory` unless given. Without it, only URLs can be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<String>,
    /// What a media is found by, a path below `assets` or a URL, with fields of its record in braces. Unless
    /// given, the first of `path`, `url` and `filename` that it has; of an API,
    /// `{id}/download` below the address of its media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Tables of a PostgreSQL database that hold datasets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetTables {
    /// `postgresql://user@host:port/database`, without a password.
    pub url: String,
    /// A file that holds the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// How connections are encrypted; not at all unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSpec>,
    /// Whether all batches must see the database at one moment.
    #[serde(default)]
    pub consistency: Consistency,
    /// The table of the datasets.
    #[serde(default, skip_serializing_if = "DatasetTable::is_usual")]
    pub datasets: DatasetTable,
    /// The table of the entries.
    #[serde(default, skip_serializing_if = "DatasetTable::is_usual")]
    pub entries: DatasetTable,
    /// The table of the annotations.
    #[serde(default, skip_serializing_if = "DatasetTable::is_usual")]
    pub annotations: DatasetTable,
    /// The table of the media.
    #[serde(default, skip_serializing_if = "DatasetTable::is_usual")]
    pub medias: DatasetTable,
}

/// A table, and what its columns are called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetTable {
    /// The table or view, `schema.table` or `table`; it has the name of its records unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Fields of records whose columns have other names, each with its column.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub columns: IndexMap<String, String>,
}

impl DatasetTable {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// A JSON:API that gives datasets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetApi {
    /// What the addresses below begin with, such as `https://idah.example.org/api/v1`; nothing secret.
    pub url: String,
    /// Where the datasets are.
    #[serde(default = "datasets")]
    pub datasets: String,
    /// Where the entries are.
    #[serde(default = "entries")]
    pub entries: String,
    /// Where the annotations are.
    #[serde(default = "annotations")]
    pub annotations: String,
    /// Where the media are.
    #[serde(default = "medias")]
    pub medias: String,
    /// With whose rights it is read.
    #[serde(default, skip_serializing_if = "Rights::is_usual")]
    pub rights: Rights,
    /// A file that holds a token: `Authorization: Bearer …`. Not with the rights of the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer_file: Option<PathBuf>,
    /// A file that holds the public keys that tokens of the deployment are signed by (`ES256`), in PEM. Only with
    /// the rights of the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_keys_file: Option<PathBuf>,
    /// Where such a token says whose it is, as a JSON pointer.
    #[serde(default = "login", skip_serializing_if = "is_usual_login")]
    pub login: String,
    /// Servers besides the API's own that get the token too when media are fetched, such as
    /// `https://media.example.org`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials_to: Vec<String>,
    /// Most records that are asked for at once.
    #[serde(default = "default_page_size")]
    pub page_size: NonZeroU32,
    /// Most ids that are named in one request.
    #[serde(default = "default_ids")]
    pub ids: NonZeroU32,
    /// Most requests in a second by one process; any number unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<NonZeroU32>,
    /// How often a page is asked for before its batch is put off.
    #[serde(default = "default_tries")]
    pub tries: NonZeroU32,
}

fn datasets() -> String {
    "datasets".to_owned()
}

fn entries() -> String {
    "entries".to_owned()
}

fn annotations() -> String {
    "annotations".to_owned()
}

fn medias() -> String {
    "medias".to_owned()
}

fn login() -> String {
    "/u/id".to_owned()
}

fn is_usual_login(place: &str) -> bool {
    place == login()
}

fn default_page_size() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(999)
}

fn default_ids() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(99)
}

fn default_tries() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(4)
}
