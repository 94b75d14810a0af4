//! Transports and packers: how a result leaves, and in what it is wrapped.
//!
//! A new transport or packer is a variant here; the compiler then names every place that must know
//! it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One way the result leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transport {
    /// How it is handed over.
    #[serde(rename = "type")]
    pub kind: TransportKind,
    /// How it is packed.
    #[serde(default)]
    pub packer: Packer,
}

/// How the result is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransportKind {
    /// A signed, expiring, revocable link.
    Download,
}

/// How the result is packed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Packer {
    /// One ZIP archive, ZIP64 where needed.
    #[default]
    Zip,
    /// No archive: the files as a tree.
    None,
}
