//! Keys of what the Deriva dialect alone keeps of a run: the identifiers of its outputs.

use super::Key;
use crate::id::RunId;

impl Key {
    /// The identifiers of all outputs of a run.
    pub fn identifiers(run: RunId) -> Self {
        Self(format!("runs/{run}/identifiers.json"))
    }

    /// The identifier of an output of a run.
    pub fn identifier(run: RunId, output: usize) -> Self {
        Self(format!("runs/{run}/identifiers/{output}.json"))
    }

    /// That an identifier was asked for.
    pub fn asked_identifier(run: RunId, output: usize) -> Self {
        Self(format!("runs/{run}/identifiers/{output}-asked.json"))
    }
}
