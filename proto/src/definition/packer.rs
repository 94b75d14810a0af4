//! Packers: in what a result is wrapped.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the result is packed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Packer {
    /// One ZIP archive, ZIP64 where needed.
    #[default]
    Zip,
    /// No archive: the files as a tree.
    None,
}
