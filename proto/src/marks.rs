//! Marks: how far an export's incremental outputs have come, one record for each run that succeeded.
//!
//! A plan makes the marks of its run, beside itself; when the run has succeeded they are copied to the
//! export, and the next plan begins from there. So a run that fails moves nothing, and one that is tried
//! again has the plan, and the bytes, that it had.

use serde::{Deserialize, Serialize};

use crate::filter::Operand;
use crate::key::Key;
use crate::plan::Listed;

/// How far a run came; immutable.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    /// The run whose marks it began from; nothing where it began from nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u32>,
    /// The incremental outputs.
    pub outputs: Vec<Mark>,
    /// The numbers of objects of a catalogue that the run left out; the next one has them again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<u64>,
}

/// How far an output came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Where the output goes, which tells it apart from others.
    pub to: String,
    /// SHA-256 of what decides which records are its own and what they are, in hexadecimal: an output
    /// that was changed there begins anew.
    pub of: String,
    /// What it reached; nothing where no record was seen.
    pub reached: Option<Reached>,
    /// The objects of a catalogue that its search found, changed or not, in the order of their numbers; nothing of
    /// other outputs, and of runs of former versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Listed>,
    /// The numbers of objects above its own that the run left out; the next one has them again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub above: Vec<u64>,
}

/// What an output reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// The greatest value of its field.
    Value(Operand),
    /// Its records: their keys and digests, sorted.
    Digests {
        /// Where they lie.
        key: Key,
        /// How many bytes they are.
        len: u64,
    },
}

impl Marks {
    /// What an output reached, where it is the same output still.
    pub fn reached(&self, to: &str, of: &str) -> Option<&Reached> {
        self.mark(to, of)?.reached.as_ref()
    }

    /// The objects that an output's search found, where it is the same output still.
    pub fn found(&self, to: &str, of: &str) -> Option<&Listed> {
        self.mark(to, of)?.found.as_ref()
    }

    /// The objects above its own that an output left out, where it is the same output still.
    pub fn above(&self, to: &str, of: &str) -> &[u64] {
        self.mark(to, of).map_or(&[], |mark| mark.above.as_slice())
    }

    fn mark(&self, to: &str, of: &str) -> Option<&Mark> {
        self.outputs.iter().find(|mark| mark.to == to && mark.of == of)
    }
}

impl Mark {
    /// What lies in the store for the next run: digests, and objects that were found.
    pub fn kept(&self) -> impl Iterator<Item = &Key> {
        let digests = match &self.reached {
            Some(Reached::Digests { key, .. }) => Some(key),
            Some(Reached::Value(_)) | None => None,
        };
        digests.into_iter().chain(self.found.iter().map(|found| &found.key))
    }
}
