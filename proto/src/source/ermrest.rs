//! A catalogue of a Deriva deployment: where it is, and how one gets in.

use std::num::NonZeroU32;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Rights;

/// A catalogue of `ERMrest`, the data service of Deriva, with the objects of the Hatrac beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErmrestSpec {
    /// Where the server is, without `/ermrest`, such as `https://deriva.example.org`; nothing secret.
    pub url: String,
    /// The catalogue: its id (`1`), which each run reads as it is when the run is planned, or with a snapshot
    /// (`1@361-FY5J-NNKT`), which stays.
    pub catalog: String,
    /// What outputs read that name no query of their own, such as `/entity/isa:dataset`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// With whose rights the server is read.
    #[serde(default, skip_serializing_if = "Rights::is_usual")]
    pub rights: Rights,
    /// A file that holds the value of the cookie `webauthn`. It is read anew when a session has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookie_file: Option<PathBuf>,
    /// A file that holds a token: `Authorization: Bearer …`. It is read anew when the token holds no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer_file: Option<PathBuf>,
    /// The user of basic authorization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A file that holds the user's password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// Servers besides the catalogue's own that get the credentials too when files are fetched, such as
    /// `https://hatrac.example.org`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials_to: Vec<String>,
    /// Most rows that are asked for at once.
    #[serde(default = "default_page_size")]
    pub page_size: NonZeroU32,
    /// Most requests in a second by one process; any number unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<NonZeroU32>,
    /// How often a page is asked for before its batch is put off.
    #[serde(default = "default_tries")]
    pub tries: NonZeroU32,
}

fn default_page_size() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(9_999)
}

fn default_tries() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(4)
}
