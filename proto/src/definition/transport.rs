//! Transports: how a result leaves.
//!
//! A new transport is a variant of [`Transport`] with a struct of its own; the compiler then names
//! every place that must know it. Every one says how the result is packed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::packer::Packer;

/// One way the result leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Transport {
    /// A signed, expiring, revocable link.
    Download(Download),
}

/// A transport without its details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransportKind {
    /// A link.
    Download,
}

/// A signed, expiring, revocable link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// How the result is packed.
    #[serde(default)]
    pub packer: Packer,
}

impl Transport {
    /// Which transport it is.
    pub fn kind(&self) -> TransportKind {
        match self {
            Self::Download(_) => TransportKind::Download,
        }
    }

    /// How the result is packed.
    pub fn packer(&self) -> &Packer {
        match self {
            Self::Download(download) => &download.packer,
        }
    }
}

impl TransportKind {
    /// The transport as definitions name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Download => "download",
        }
    }
}
