//! A JSON API: how it is asked, and how one page leads to the next.

use std::num::NonZeroU32;
use std::path::PathBuf;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A JSON API that gives its records in pages, by `GET`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpSpec {
    /// Where the first page is, with everything that each request asks for in its query, such as
    /// `https://api.example.org/objects?status=public&limit=500`; nothing secret.
    pub url: String,
    /// Where an answer has its list of records, as a JSON pointer such as `/data/items`; unless given,
    /// the answer is the list.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub records: String,
    /// How one page leads to the next; without it there is one page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<Pages>,
    /// Headers of every request; nothing secret.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<String, String>,
    /// Headers of every request whose values are secret, each with the file that holds it.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub header_files: IndexMap<String, PathBuf>,
    /// A file that holds a token: `Authorization: Bearer …`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer_file: Option<PathBuf>,
    /// The user of basic authorization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A file that holds the user's password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// Servers besides the API's own that get the headers and credentials too when files are fetched, such
    /// as `https://media.example.org`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials_to: Vec<String>,
    /// Most requests in a second by one process; any number unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<NonZeroU32>,
    /// How often a page is asked for before its batch is put off.
    #[serde(default = "default_tries")]
    pub tries: NonZeroU32,
    /// Where the records' relative asset references lie. Without it, only URLs can be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<String>,
}

fn default_tries() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(4)
}

/// How one page leads to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Pages {
    /// Pages have numbers.
    Number(NumberedPages),
    /// Pages begin at the number of a record.
    Offset(OffsetPages),
    /// Records rise by a key, and a page begins after one.
    Key(KeyedPages),
    /// Each page names the next in its body, by something that is sent back.
    Cursor(CursorPages),
    /// Each page names the next by its address.
    Link(LinkedPages),
}

/// Pages that have numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberedPages {
    /// The parameter of the query with the number of the page.
    #[serde(default = "default_page")]
    pub parameter: String,
    /// The number of the first page.
    #[serde(default = "default_first")]
    pub first: u64,
    /// Where an answer says how many records there are in all: a JSON pointer such as `/meta/total`,
    /// or the name of a header such as `X-Total-Count`. With it, workers share the pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
}

fn default_page() -> String {
    "page".to_owned()
}

fn default_first() -> u64 {
    1
}

/// Pages that begin at the number of a record, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OffsetPages {
    /// The parameter of the query with how many records are passed over.
    #[serde(default = "default_offset")]
    pub parameter: String,
    /// As for pages that have numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
}

fn default_offset() -> String {
    "offset".to_owned()
}

/// Records that rise by a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyedPages {
    /// The field of the records that is the key: whole numbers, or texts in the order of their bytes,
    /// each greater than the one before.
    pub key: String,
    /// The parameter of the query with the key that the page begins after.
    #[serde(default = "default_after")]
    pub parameter: String,
}

fn default_after() -> String {
    "after".to_owned()
}

/// Pages that name the next by something that is sent back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CursorPages {
    /// Where an answer has the cursor of the next page, as a JSON pointer; the last page has none
    /// there, `null`, `false` or the empty text.
    pub next: String,
    /// The parameter of the query with the cursor.
    #[serde(default = "default_cursor")]
    pub parameter: String,
}

fn default_cursor() -> String {
    "cursor".to_owned()
}

/// Pages that name the next by its address, on the same server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkedPages {
    /// Where an answer has the address of the next page, as a JSON pointer; unless given, in its
    /// `Link` header with `rel="next"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
