//! Delivering to a bucket, as a definition says it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::{Encrypt, Packer};
use crate::fault::{Code, Fault};
use crate::target::path_mistake;

/// Put into a bucket that is configured as a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// The name of a target of kind `s3`.
    pub target: String,
    /// Where below the target's prefix; left out, right below it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// How the result is packed.
    #[serde(default)]
    pub packer: Packer,
    /// Encrypts the archive, or each file; left out, they are handed over as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypt: Option<Encrypt>,
    /// How it is put there.
    #[serde(default)]
    pub options: S3Options,
}

/// How a result is put into a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct S3Options {
    /// Whether an object that is there makes room; otherwise one with other content ends the delivery.
    #[serde(default = "default_overwrite")]
    pub overwrite: bool,
    /// Reads everything once more after it was put, and compares it with what was sent.
    #[serde(default)]
    pub verify: bool,
}

impl Default for S3Options {
    fn default() -> Self {
        Self { overwrite: default_overwrite(), verify: false }
    }
}

fn default_overwrite() -> bool {
    true
}

impl S3 {
    pub(in crate::definition) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mistake = path_mistake(&self.path);
        let fault = |why| Fault::new(Code::InvalidValue, why).at(format!("{place}/path"));
        mistake.map(fault).into_iter().collect()
    }
}
