//! What a server tells of a file without giving it.

use std::collections::BTreeMap;

use proto::digest::Algorithm;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};

use super::checksum::Checksum;
use super::disposition::file_name;

/// What a server tells of a file. Nothing of it was seen to be true.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Its length in bytes.
    pub len: Option<u64>,
    /// MD5 and SHA-256, those that are told, in hexadecimal.
    pub digests: BTreeMap<Algorithm, String>,
    /// What it is called.
    pub name: Option<String>,
    /// What it is, such as `image/png`.
    pub content_type: Option<String>,
}

impl Header {
    /// What headers tell.
    pub(super) fn told(headers: &HeaderMap) -> Self {
        // An answer to HEAD has no body, so that only this says how long that would be.
        let len =
            headers.get(CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.trim().parse().ok());
        let content_type = headers.get(CONTENT_TYPE).and_then(|told| told.to_str().ok());
        Self {
            len,
            digests: Checksum::digests(headers),
            name: file_name(headers),
            content_type: content_type.map(|told| told.trim().to_owned()),
        }
    }
}
