//! How an exporter may be run in parts, and what makes one result of them.
//!
//! Whether the parts make what one process would have made cannot be known from outside: running
//! totals and numbers handed out across datasets are wrong in each part. So only an exporter that says
//! so, or whose operator does, is run in parts; `longshore plugin verify` compares.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an exporter is run: its `self.shard` in Ruby, `shard` of `described`, or the configuration's,
/// which counts before the exporter's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// What one process is run for.
    pub by: By,
    /// What makes one result of theirs; left out, they leave nothing.
    #[serde(default)]
    pub merge: Merge,
}

/// What one process is run for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Each dataset has a process, on any worker.
    Dataset,
    /// One process for everything, also where the exporter says otherwise.
    #[default]
    None,
}

/// What makes one result of the parts', in the order of the datasets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Merge {
    /// Each part is a file with a JSON array; the result is an array of all their elements.
    JsonArray,
    /// Each part is a folder; the result has the files of all. A path that several have is kept once
    /// where its bytes are the same in all, and told apart otherwise.
    Files,
    /// Each part is a file with JSON lines; the result has all their lines.
    Jsonl,
    /// Each part is a ZIP file; the result has the files of all. A path that several have is kept once where its bytes
    /// are the same in all, and is an error otherwise.
    Zip,
    /// The parts leave nothing: what they do is done elsewhere.
    #[default]
    None,
}

/// From where each part numbers its datasets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering {
    /// From 0 in each part: what comes first in a file, and what follows a comma, is decided by it.
    Local,
    /// From the dataset's place among all: files of different parts are called by it.
    Global,
}

/// A rule by which the files of all parts become one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OneFile {
    /// An array of all elements.
    JsonArray,
    /// All lines.
    Jsonl,
    /// A ZIP file with the files of all.
    Zip,
}

impl Merge {
    /// From where each part numbers its datasets.
    pub fn numbering(self) -> Numbering {
        match self {
            Self::JsonArray | Self::Jsonl => Numbering::Local,
            Self::Files | Self::Zip | Self::None => Numbering::Global,
        }
    }

    /// How the files of all parts become one; nothing where what they leave stands side by side.
    pub fn one_file(self) -> Option<OneFile> {
        match self {
            Self::JsonArray => Some(OneFile::JsonArray),
            Self::Jsonl => Some(OneFile::Jsonl),
            Self::Zip => Some(OneFile::Zip),
            Self::Files | Self::None => None,
        }
    }
}

impl Numbering {
    /// What the datasets of a part are numbered from, which is the one at `index` of all.
    pub fn offset(self, index: usize) -> usize {
        match self {
            Self::Local => 0,
            Self::Global => index,
        }
    }
}

impl Shard {
    /// Whether each dataset has a process.
    pub fn is_by_dataset(self) -> bool {
        match self.by {
            By::Dataset => true,
            By::None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: serde_json::Value) -> Result<Shard, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn a_declaration_is_read_as_ruby_writes_it() {
        let merges = [
            ("json_array", Merge::JsonArray),
            ("jsonl", Merge::Jsonl),
            ("files", Merge::Files),
            ("zip", Merge::Zip),
            ("none", Merge::None),
        ];
        for (name, merge) in merges {
            let shard = read(json!({"by": "dataset", "merge": name})).unwrap();
            assert_eq!(shard, Shard { by: By::Dataset, merge });
            assert!(shard.is_by_dataset());
        }
    }

    #[test]
    fn parts_of_arrays_and_lines_are_numbered_from_0_and_others_through_all() {
        let offset = |merge: Merge| merge.numbering().offset(7);
        assert_eq!([Merge::JsonArray, Merge::Jsonl].map(offset), [0, 0]);
        assert_eq!([Merge::Files, Merge::Zip, Merge::None].map(offset), [7, 7, 7]);
    }

    #[test]
    fn an_operator_keeps_an_exporter_whole() {
        let shard = read(json!({"by": "none"})).unwrap();
        assert_eq!(shard, Shard::default());
        assert!(!shard.is_by_dataset());
    }

    #[test]
    fn what_nobody_knows_is_refused() {
        assert!(read(json!({"by": "entry", "merge": "files"})).unwrap_err().contains("entry"));
        assert!(read(json!({"by": "dataset", "merge": "csv"})).unwrap_err().contains("csv"));
        assert!(read(json!({"by": "dataset", "size": 2})).unwrap_err().contains("size"));
        assert!(read(json!({"merge": "files"})).unwrap_err().contains("by"));
    }
}
