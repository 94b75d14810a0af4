//! Packers: in what a result is wrapped.

mod bag;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) use self::bag::unknown_outputs;
pub use self::bag::{Bag, BagArchive, BagVersion, Contributor, Profile, ResearchObject, Values};
use crate::fault::Fault;
use crate::lay::{Container, Lay, Root};

/// How the result is packed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Packer {
    /// One ZIP archive, ZIP64 where needed.
    #[default]
    Zip,
    /// ZIP archives of files that have 10 MB together, each an archive of its own.
    #[serde(rename = "zip_10mb")]
    Zip10mb,
    /// ZIP archives of files that have 2 GB together, each an archive of its own.
    #[serde(rename = "zip_2gb")]
    Zip2gb,
    /// One tar archive.
    Tar,
    /// One tar archive, compressed by gzip.
    TarGz,
    /// One tar archive, compressed by bzip2.
    TarBz2,
    /// One tar archive, compressed by zstd.
    TarZst,
    /// One tar archive, compressed by xz.
    TarXz,
    /// No archive: the files as a tree.
    None,
    /// A bag: the files as payload, with digests to check them by and texts about them.
    Bag(Bag),
}

impl Packer {
    /// The lay that the archive is joined from; nothing where there is no archive.
    pub fn lay(&self) -> Option<Lay> {
        let container = match self {
            Self::Zip | Self::Zip10mb | Self::Zip2gb => Container::Zip,
            Self::Tar => Container::Tar,
            Self::TarGz => Container::TarGz,
            Self::TarBz2 => Container::TarBz2,
            Self::TarZst => Container::TarZst,
            Self::TarXz => Container::TarXz,
            Self::None => return None,
            Self::Bag(bag) => return Some(Lay { container: bag.container()?, root: Root::Bag }),
        };
        Some(Lay { container, root: Root::Plain })
    }

    /// How many bytes of files go into a volume, where there may be several; a file that is longer
    /// has a volume of its own. Decimal, so that a volume is no longer than what either of the two
    /// meanings of a megabyte allows.
    pub fn volume_bytes(&self) -> Option<u64> {
        match self {
            Self::Zip10mb => Some(10_000_000),
            Self::Zip2gb => Some(2_000_000_000),
            Self::Zip
            | Self::Tar
            | Self::TarGz
            | Self::TarBz2
            | Self::TarZst
            | Self::TarXz
            | Self::None
            | Self::Bag(_) => None,
        }
    }

    /// The bag that is asked for.
    pub fn bag(&self) -> Option<&Bag> {
        match self {
            Self::Bag(bag) => Some(bag),
            Self::Zip
            | Self::Zip10mb
            | Self::Zip2gb
            | Self::Tar
            | Self::TarGz
            | Self::TarBz2
            | Self::TarZst
            | Self::TarXz
            | Self::None => None,
        }
    }

    /// What the schema cannot say of it.
    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        self.bag().map(|bag| bag.mistakes(&format!("{place}/bag"))).unwrap_or_default()
    }
}
