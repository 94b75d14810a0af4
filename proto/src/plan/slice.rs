//! What a batch reads: a part of a source, by whatever the source has to tell parts by.

use serde::{Deserialize, Serialize};

use crate::key::Key;

/// A part of a source that reads the same a second time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slice {
    /// Byte ranges of files, on record bounds or anywhere: see [`FileRange`].
    Files(Vec<FileRange>),
    /// Rows of Parquet files.
    Groups(Vec<GroupRange>),
    /// A range of a key's values.
    Keys(KeyRange),
    /// Pages in a row of an API.
    Pages(PageRange),
    /// Documents that the planner itself has listed.
    Listed(Listed),
}

/// An object in the store with a JSON document on each line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Where it lies.
    pub key: Key,
    /// Its length in bytes.
    pub len: u64,
}

/// A range of a file: the records that begin in it.
///
/// Where the survey knows record bounds, `start` is one. Where it does not (JSONL cut by size), the
/// record under way at `start` belongs to the range before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRange {
    /// The file, relative to the source's root.
    pub path: String,
    /// Length of the whole file in bytes when it was surveyed; another length is `source_changed`.
    pub file_len: u64,
    /// What its content went by when it was surveyed: an object's tag, or when a file on a disk was last
    /// written. Another is `source_changed`; nothing where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// The line number at `start`, from 1, where the survey counted lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// Some rows in a row of one row group of a Parquet file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRange {
    /// The file, relative to the source's root.
    pub path: String,
    /// Length of the whole file in bytes when it was surveyed; another length is `source_changed`.
    pub file_len: u64,
    /// What tells this content from another of the same length, where that is known, as of
    /// [`FileRange`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// CRC-32 of its footer, which tells where everything lies; another one is `source_changed`.
    pub footer: u32,
    /// The row group, from 0.
    pub group: u32,
    /// Its first row, from 0.
    pub start: u64,
    /// The row after its last.
    pub end: u64,
}

/// A range of keys, in the order of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRange {
    /// Keys greater than this, as text; from the first where nothing is given.
    pub after: Option<String>,
    /// Keys up to and including this, as text; to the last where nothing is given.
    pub until: Option<String>,
}

/// Pages in a row: from one up to another. A page is told by what is asked for it: its number, the
/// number of its first record, its cursor or its address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRange {
    /// The first page; the first there is where nothing is given.
    pub start: Option<String>,
    /// The page after the last; to the last there is where nothing is given.
    pub end: Option<String>,
    /// How many records the API said it had in all; another number is `source_changed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// How many records these pages have, where they were counted; another number is
    /// `source_changed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
}
