//! Transports: how a result leaves.
//!
//! A new transport is a variant of [`Transport`] with a struct of its own; the compiler then names
//! every place that must know it. Every one says how the result is packed.

mod rsync;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::rsync::{Rsync, RsyncOptions};
use super::packer::Packer;
use crate::fault::Fault;

/// One way the result leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Transport {
    /// A signed, expiring, revocable link.
    Download(Download),
    /// Sent by rsync to a configured target.
    Rsync(Rsync),
}

/// A transport without its details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransportKind {
    /// A link.
    Download,
    /// rsync.
    Rsync,
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
            Self::Rsync(_) => TransportKind::Rsync,
        }
    }

    /// How the result is packed.
    pub fn packer(&self) -> &Packer {
        match self {
            Self::Download(download) => &download.packer,
            Self::Rsync(rsync) => &rsync.packer,
        }
    }

    /// The name of the target it delivers to; nothing where it needs none.
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Download(_) => None,
            Self::Rsync(rsync) => Some(&rsync.target),
        }
    }

    /// What is wrong with it beyond its shape, below the place where it stands.
    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        match self {
            Self::Download(_) => Vec::new(),
            Self::Rsync(rsync) => rsync.mistakes(place),
        }
    }
}

impl TransportKind {
    /// The transport as definitions name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Rsync => "rsync",
        }
    }
}
