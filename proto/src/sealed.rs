//! Files that are encrypted one by one: where they lie, and what is known of them.
//!
//! They lie in bundles, for an object each would cost more than the files. Bundles are numbered from 0
//! in the order of the files; whoever goes on after a crash begins after the last one.

use serde::{Deserialize, Serialize};

use crate::key::Key;

/// What is added to the name of whatever is encrypted.
pub const EXTENSION: &str = ".age";

/// All encrypted files of a tree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedTree {
    /// How many bundles there are.
    pub bundles: u32,
    /// Length of all files, encrypted, in bytes.
    pub bytes: u64,
}

/// Some encrypted files, one after another in one object; immutable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// The object.
    pub key: Key,
    /// The files, in the order of the tree.
    pub files: Vec<SealedFile>,
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
