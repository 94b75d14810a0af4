//! What an exporter left for one dataset, where the files of all datasets become one.
//!
//! It is kept beside the commit records, for it is no file of the result: the batch that makes the one file
//! reads it. Written with put-if-absent; the first counts.

use serde::{Deserialize, Serialize};

use crate::commit::{Segment, Warning};

/// A part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What the exporter called its file.
    pub name: String,
    /// Its bytes; nothing where it is empty.
    pub object: Option<Segment>,
    /// How many entries the exporter was given.
    pub records: u64,
    /// What is to be told of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}
