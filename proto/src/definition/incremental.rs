//! Incremental outputs: only what is new or changed since the last run that succeeded.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an output knows what changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Incremental {
    /// By what a change is known.
    pub by: By,
    /// The field that tells records apart, for `digest` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub key: Option<String>,
    /// How long records may take to be seen, for `field` only: those younger are left to the next run.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "humantime_serde")]
    #[schemars(with = "Option<String>")]
    pub lag: Option<Duration>,
}

/// By what a change is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A field that grows with each change of a record, such as the time of it.
    Field(String),
    /// A field with a whole number from a sequence, drawn anew with each change of a record.
    Sequence(String),
    /// The content: a digest of each record is kept from run to run.
    Digest,
}

impl By {
    /// The field that grows, where there is one.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Field(field) | Self::Sequence(field) => Some(field),
            Self::Digest => None,
        }
    }
}

impl Incremental {
    /// The field that tells records apart, where their digests are kept.
    pub fn digest_key(&self) -> Option<&str> {
        match self.by {
            By::Digest => self.key.as_deref(),
            By::Field(_) | By::Sequence(_) => None,
        }
    }
}
