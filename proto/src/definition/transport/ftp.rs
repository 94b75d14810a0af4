//! Delivering by FTP, as a definition says it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::{Encrypt, Packer};
use crate::fault::{Code, Fault};
use crate::target::path_mistake;

/// Sent by FTP to a configured target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ftp {
    /// The name of a target of kind `ftp`.
    pub target: String,
    /// Where below the target; left out, in the target itself. Folders are made.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// How the result is packed.
    #[serde(default)]
    pub packer: Packer,
    /// Encrypts the archive, or each file; left out, they are handed over as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypt: Option<Encrypt>,
}

impl Ftp {
    pub(in crate::definition) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mistake = path_mistake(&self.path);
        let fault = |why| Fault::new(Code::InvalidValue, why).at(format!("{place}/path"));
        mistake.map(fault).into_iter().collect()
    }
}
