//! Assets that stay where they are, as a definition says it.
//!
//! Such a file is in no archive. A bag can name it all the same, with all that is needed to fetch and
//! to check it, so that an archive of a few kilobytes stands for terabytes; and so can a list, which is a file
//! of the result. Nothing else can.

mod mistakes;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) use self::mistakes::mistakes;
use crate::digest::Algorithm;

/// The fields of a record that tell how its file is checked once it is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remote {
    /// The field with the file's length in bytes; needed unless servers are asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<String>,
    /// The field with its MD5 in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
    /// The field with its SHA-1 in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    /// The field with its SHA-256 in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The field with its SHA-512 in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha512: Option<String>,
    /// The field with what the file is, such as `image/png`; only lists of files say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Asks the file's server (HEAD) for its length and for MD5 and SHA-256 where its record does not tell
    /// enough.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ask: bool,
}

impl Remote {
    /// The digests that servers are asked for.
    pub const ASKED: [Algorithm; 2] = [Algorithm::Md5, Algorithm::Sha256];

    /// The field of a digest, where one is named.
    pub fn digest(&self, algorithm: Algorithm) -> Option<&str> {
        match algorithm {
            Algorithm::Md5 => self.md5.as_deref(),
            Algorithm::Sha1 => self.sha1.as_deref(),
            Algorithm::Sha256 => self.sha256.as_deref(),
            Algorithm::Sha512 => self.sha512.as_deref(),
        }
    }

    /// The digests that fields are named for, with the fields.
    pub fn digests(&self) -> impl Iterator<Item = (Algorithm, &str)> {
        let all = Algorithm::ALL.iter();
        all.filter_map(|&algorithm| Some((algorithm, self.digest(algorithm)?)))
    }

    /// The fields that tell of the file, in the order in which rows carry them.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        let digests = self.digests().map(|(_, field)| field);
        self.length.as_deref().into_iter().chain(digests).chain(self.content_type.as_deref())
    }

    /// Whether a digest may be known of each file.
    fn may_tell(&self, algorithm: Algorithm) -> bool {
        self.digest(algorithm).is_some() || (self.ask && Self::ASKED.contains(&algorithm))
    }
}
