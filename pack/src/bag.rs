//! Bags: a payload beside texts that say what it is and how to check it.
//!
//! The texts of BagIt 1.0 (<https://www.rfc-editor.org/rfc/rfc8493>) and of 0.97 before it, line by
//! line and in the order of the calls, so that a manifest of ten million files takes no memory. A path
//! that begins with `data/` belongs to the payload and stands in [`manifest`]s; the texts themselves
//! stand in [`tag_manifest`]s, which are made last and named nowhere.

mod info;
mod line;
mod research_object;

use proto::definition::BagVersion;
use proto::digest::Algorithm;
use proto::lay::{Asked, Root};

pub use self::info::{Facts, Order, Oxum, info};
pub use self::line::{fetch_line, manifest_line};
pub use self::research_object::ResearchText;
use crate::name::sanitise;

/// The path of what makes a folder a bag.
pub const DECLARATION: &str = "bagit.txt";

/// What stands there.
pub fn declaration(version: BagVersion) -> String {
    format!("BagIt-Version: {}\nTag-File-Character-Encoding: UTF-8\n", version.name())
}

/// The path of what people said about the bag; see [`info()`].
pub const INFO: &str = "bag-info.txt";

/// The path of what the bag says for programs of who made what; see [`ResearchText`].
pub const RESEARCH_OBJECT: &str = "metadata/manifest.json";

/// The path of the list of files that are yet to be fetched; see [`fetch_line`].
pub const FETCH: &str = "fetch.txt";

/// The path of a file of the payload, from its path in the export.
pub fn payload(path: &str) -> String {
    format!("data/{path}")
}

/// The folder that an export's bag is, within its archive: a bag is never serialised without it
/// (RFC 8493, 4.1). Also what archives are called, before their extension.
pub fn folder(name: &str) -> String {
    sanitise(&name.replace(['/', '\\'], "_"))
}

/// What the paths of files begin with under a root, in an export of a name.
pub fn prefix(root: Root, name: &str) -> String {
    match root {
        Root::Plain => String::new(),
        Root::Bag => format!("{}/data/", folder(name)),
    }
}

/// The path of a file of an export, from what its records and definition say.
///
/// Where bags are asked for, a `%` becomes `_`: manifests must escape it, and bagit.py, which most
/// of the world's validators are, does not read the escape.
pub fn path(asked: &Asked, path: &str) -> String {
    if asked.is_bagged { sanitise(&path.replace('%', "_")) } else { sanitise(path) }
}

/// The path of the payload's digests by one algorithm: a [`manifest_line`] for each file, those
/// included that are to be fetched.
pub fn manifest(algorithm: Algorithm) -> String {
    format!("manifest-{}.txt", algorithm.name())
}

/// The path of the digests of everything else: a [`manifest_line`] for each text of the bag but the
/// ones whose names begin like this.
pub fn tag_manifest(algorithm: Algorithm) -> String {
    format!("tagmanifest-{}.txt", algorithm.name())
}

#[cfg(test)]
mod readers;
