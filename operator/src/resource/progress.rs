//! How far the last run is, as far as a resource shows it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::{moment, plain};

/// The last run. Numbers are as large as a cluster's are: 64 bits with a sign.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Which run, from 1.
    pub number: i64,
    /// How far it is, in the words of the API: pending, processing, done …
    pub state: String,
    /// When it was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "moment")]
    pub started: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "moment")]
    pub ended: Option<Timestamp>,
    /// How many batches it has, once planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "plain::<i64>")]
    pub batches: Option<i64>,
    /// How many records there are to read, as far as the source can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "plain::<i64>")]
    pub records: Option<i64>,
    /// What is finished.
    pub finished: Finished,
    /// Why it failed: the first faults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Trouble>,
    /// What can be downloaded without a token by whoever can read this, until the links expire: the first files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub downloads: Vec<Download>,
}

/// What a run has finished.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finished {
    /// Batches.
    pub batches: i64,
    /// Records read.
    pub records: i64,
    /// Bytes of records and assets, unpacked.
    pub bytes: i64,
    /// What was left out.
    pub warnings: i64,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// What, for programs; each code has a page in the manual.
    pub code: String,
    /// What, for people.
    pub message: String,
    /// Where.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// A file that a link opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Download {
    /// Its name; empty for a list of files.
    pub name: String,
    /// The signed link.
    pub url: String,
    /// Its length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "plain::<i64>")]
    pub bytes: Option<i64>,
    /// Its SHA-256 in hexadecimal, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "plain::<String>")]
    pub sha256: Option<String>,
    /// When the link ends.
    #[schemars(schema_with = "moment")]
    pub expires: Timestamp,
}
