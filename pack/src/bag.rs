//! Bags: a payload beside texts that say what it is and how to check it.
//!
//! The texts of BagIt 1.0 (<https://www.rfc-editor.org/rfc/rfc8493>), line by line and in the order of
//! the calls, so that a manifest of ten million files takes no memory. A path that begins with
//! `data/` belongs to the payload and stands in [`manifest`]s; the texts themselves stand in
//! [`tag_manifest`]s, which are made last and named nowhere.

mod info;
mod line;

use proto::digest::Algorithm;

pub use self::info::{Oxum, info};
pub use self::line::{fetch_line, manifest_line};

/// The path of what makes a folder a bag.
pub const DECLARATION: &str = "bagit.txt";

/// What stands there.
pub const DECLARATION_TEXT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// The path of what people said about the bag; see [`info()`].
pub const INFO: &str = "bag-info.txt";

/// The path of the list of files that are yet to be fetched; see [`fetch_line`].
pub const FETCH: &str = "fetch.txt";

/// The path of a file of the payload, from its path in the export.
pub fn payload(path: &str) -> String {
    format!("data/{path}")
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
