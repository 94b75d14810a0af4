//! Files that are encrypted one by one: where they lie, and what is known of them.
//!
//! They lie in bundles, for an object each would cost more than the files. Bundles are numbered from 0
//! in the order of the files; whoever goes on after a crash begins after the last one. Where a
//! passphrase opens them, the first bundle is a key that it opens, and the key opens all others.

use serde::{Deserialize, Serialize};

use crate::key::Key;

/// What is added to the name of whatever is encrypted.
pub const EXTENSION: &str = ".age";

/// All encrypted files of a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedTree {
    /// How many bundles there are.
    pub bundles: u32,
    /// Length of all files, encrypted, in bytes.
    pub bytes: u64,
    /// The path of the file, among these, that a passphrase opens and that has the key of all others;
    /// nothing where recipients open each with keys of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// Some encrypted files, one after another in one object; immutable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// The object.
    pub key: Key,
    /// The files, in the order of the tree.
    pub files: Vec<SealedFile>,
    /// Whom all files of later bundles are encrypted for, where the only file of this one is the key
    /// that opens them: the public half of it. Nobody has the other but whoever opens that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
}

/// An encrypted file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedFile {
    /// Its path below the place it goes to.
    pub path: String,
    /// Where it begins in the object, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub len: u64,
    /// CRC-32 of it.
    pub crc32: u32,
    /// SHA-256 of it, in hexadecimal.
    pub sha256: String,
}
