//! An easydb catalogue: where it is, and how one gets in.

use std::num::NonZeroU32;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A catalogue of easydb 5 or fylr: a server that is asked through `/api/v1`, or a folder with answers of
/// its search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EasydbSpec {
    /// A folder with answers of `/api/v1/search` in the format `long` or `full` (`*.json`), a `catalogue.json` that
    /// tells what its fields are. `s3://bucket/folder` reads from the store's S3 server. Either this or
    /// `url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Where the files lie that saved objects name by relative paths; the folder unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<String>,
    /// Where the server is, such as `https://easydb.example.org`; nothing secret. Either this or `path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// With whose rights the server is read.
    #[serde(default, skip_serializing_if = "Rights::is_usual")]
    pub rights: Rights,
    /// Who signs in: what this user may see is exported. Only with the rights of this login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// A file that holds the user's password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// What a fylr knows whoever asks it for tokens as, such as a client of its `fylr.yml`; its own pages
    /// (`fylr-web-frontend`) unless given. An easydb does not ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// A file that holds the secret of that client, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_file: Option<PathBuf>,
    /// Whether the passwords of those who sign in are kept, encrypted, so that runs that come later or last
    /// longer than a session sign in anew. Only with the rights of the caller.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_passwords: bool,
    /// How many objects are asked for at once, from 2 to 1,000; fewer of long ones, where an answer would have more
    /// than 64 MiB, or where many do not come in time.
    #[serde(default = "default_page_size")]
    pub page_size: NonZeroU32,
    /// Most requests in a second by one process; any number unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<NonZeroU32>,
    /// How often a page is asked for before its batch is put off.
    #[serde(default = "default_tries")]
    pub tries: NonZeroU32,
    /// Servers besides the catalogue's own that get its session's token when files are fetched, such as
    /// `https://eas.example.org`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials_to: Vec<String>,
}

/// With whose rights a catalogue is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rights {
    /// Those of the configured login, whoever makes the export.
    #[default]
    Login,
    /// Those of the user whose export it is.
    Caller,
}

impl Rights {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    pub(super) fn is_usual(&self) -> bool {
        *self == Self::Login
    }
}

fn default_page_size() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(999)
}

fn default_tries() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_as_large_as_easydb_gives_them() {
        let spec: EasydbSpec =
            serde_json::from_str(r#"{"url": "https://easydb.example.org"}"#).unwrap();
        assert_eq!(spec.page_size.get(), 1000);
    }
}
