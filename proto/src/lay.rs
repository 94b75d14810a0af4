//! Lays: the ways in which a run's files are laid down, so that an archive is joined from what the
//! batches left and not made again.
//!
//! Every batch leaves the plain ZIP lay, which serves file reads and trees too, and in the same pass
//! one segment more for each further lay that a transport of the definition asks for.

use serde::{Deserialize, Serialize};

use crate::definition::{Bag, BagVersion, Definition, Packer, Transport};
use crate::digest::Algorithm;

/// One way in which files are laid down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Lay {
    /// What is around the files.
    pub container: Container,
    /// What their paths begin with.
    pub root: Root,
}

/// What is around the files, and how the whole of it is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// ZIP entries, each compressed by itself.
    Zip,
    /// tar entries.
    Tar,
    /// tar entries in a gzip stream.
    TarGz,
    /// tar entries in a bzip2 stream.
    TarBz2,
    /// tar entries in zstd frames.
    TarZst,
    /// tar entries in an xz stream.
    TarXz,
}

/// What the paths of files begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Root {
    /// Nothing: the paths of the export.
    Plain,
    /// A folder of the export's name, and in it `data/`, where a bag has its payload.
    Bag,
}

impl Container {
    /// What the name of an archive ends with.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::TarGz => "tar.gz",
            Self::TarBz2 => "tar.bz2",
            Self::TarZst => "tar.zst",
            Self::TarXz => "tar.xz",
        }
    }
}

impl Lay {
    /// What every batch leaves.
    pub const PLAIN_ZIP: Self = Self { container: Container::Zip, root: Root::Plain };

    /// The lay in which the shares of a file are kept for this one. No path is in a share; and a
    /// piece of a gzip stream is what ZIP has.
    #[must_use]
    pub fn of_shares(self) -> Self {
        let container = match self.container {
            Container::TarGz => Container::Zip,
            other @ (Container::Zip
            | Container::Tar
            | Container::TarBz2
            | Container::TarZst
            | Container::TarXz) => other,
        };
        Self { container, root: Root::Plain }
    }
}

/// What all transports of a definition together ask of its batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The lays, each once; the plain ZIP lay is the first.
    pub lays: Vec<Lay>,
    /// What the export is called, after which bags call their folder.
    pub name: String,
    /// The digests of files that are asked for besides SHA-256, which every file has.
    pub algorithms: Vec<Algorithm>,
    /// Whether every transport wants the files uncompressed, so that nothing is deflated only to be
    /// inflated again.
    pub is_stored: bool,
    /// Whether archives are cut between files, so that checksums of parts of a segment are needed.
    pub is_split: bool,
    /// Whether files go into bags, whose readers do not agree on `%` in paths.
    pub is_bagged: bool,
    /// The manifests of each bag.
    pub manifests: Vec<Manifests>,
}

/// The digests that a bag lists its files by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifests {
    /// One manifest for each.
    pub algorithms: Vec<Algorithm>,
    /// Whether one of them is enough for a file: BagIt 0.97 allows that, and 1.0 does not.
    pub may_be_partial: bool,
}

impl Asked {
    /// What the transports of a definition ask for.
    pub fn of(definition: &Definition) -> Self {
        let packers = || definition.transports.iter().map(Transport::packer);
        let mut lays: Vec<Lay> = packers().filter_map(Packer::lay).collect();
        lays.push(Lay::PLAIN_ZIP);
        lays.sort_unstable();
        lays.dedup();
        let bags = || packers().filter_map(Packer::bag);
        let asked = bags().flat_map(|bag| bag.algorithms.iter().copied());
        let mut algorithms: Vec<Algorithm> =
            asked.filter(|algorithm| *algorithm != Algorithm::Sha256).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        Self {
            lays,
            name: definition.name.clone(),
            algorithms,
            is_stored: packers().filter_map(Packer::lay).all(|lay| lay.container == Container::Tar),
            is_split: packers().any(|packer| packer.volume_bytes().is_some()),
            is_bagged: bags().next().is_some(),
            manifests: bags().map(Manifests::of).collect(),
        }
    }

    /// The lays that the shares of a file are kept in, each once; the plain ZIP lay is the first.
    pub fn share_lays(&self) -> Vec<Lay> {
        let mut lays: Vec<Lay> = self.lays.iter().map(|lay| lay.of_shares()).collect();
        lays.sort_unstable();
        lays.dedup();
        lays
    }
}

impl Manifests {
    fn of(bag: &Bag) -> Self {
        let may_be_partial = bag.version == BagVersion::V0_97;
        Self { algorithms: bag.algorithms.clone(), may_be_partial }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(packers: &[&str]) -> Asked {
        let transport = |packer| serde_json::json!({"type": "download", "packer": packer});
        let transports: Vec<_> = packers.iter().map(transport).collect();
        let json = serde_json::json!({
            "name": "x", "outputs": [{"to": "a", "from": "a", "format": "csv"}],
            "transports": transports,
        });
        Asked::of(&Definition::parse(&json.to_string()).unwrap())
    }

    fn check(packers: &[&str], expected: &[Container], shares: &[Container]) {
        let asked = asked(packers);
        let containers = |lays: Vec<Lay>| -> Vec<Container> {
            lays.into_iter().map(|lay| lay.container).collect()
        };
        assert_eq!(containers(asked.share_lays()), shares, "{packers:?}");
        assert_eq!(containers(asked.lays), expected, "{packers:?}");
    }

    #[test]
    fn each_lay_is_asked_for_once_and_plain_zip_always() {
        use Container::{Tar, TarBz2, TarGz, TarXz, Zip};
        check(&["zip"], &[Zip], &[Zip]);
        check(&["none"], &[Zip], &[Zip]);
        check(&["tar_gz", "zip_10mb", "tar_gz"], &[Zip, TarGz], &[Zip]);
        check(&["tar_bz2", "tar", "tar_gz"], &[Zip, Tar, TarGz, TarBz2], &[Zip, Tar, TarBz2]);
        check(&["tar_xz"], &[Zip, TarXz], &[Zip, TarXz]);
    }

    #[test]
    fn nothing_is_compressed_where_nobody_wants_it_so() {
        for packers in [&["none"][..], &["none", "tar"], &["tar"]] {
            assert!(asked(packers).is_stored, "{packers:?}");
        }
        for packers in [&["zip"][..], &["none", "zip"], &["tar_zst"], &["tar", "tar_gz"]] {
            assert!(!asked(packers).is_stored, "{packers:?}");
        }
    }
}
