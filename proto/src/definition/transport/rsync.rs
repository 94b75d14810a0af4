//! Delivering by rsync, as a definition says it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::{Encrypt, Packer};
use crate::exclusion::Exclusion;
use crate::fault::{Code, Fault};
use crate::target::path_mistake;

/// Sent by rsync to a configured target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rsync {
    /// The name of a target of kind `rsync`.
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
    /// What rsync is told besides.
    #[serde(default)]
    pub options: RsyncOptions,
}

/// What rsync is told besides; whatever is not here is refused.
#[expect(clippy::struct_excessive_bools, reason = "they are switches of rsync, each for itself")]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RsyncOptions {
    /// Keeps rights and, where the other side lets it, owners of files as they are here.
    #[serde(default)]
    pub archive: bool,
    /// Whether what was cut off waits on the other side to be continued; left out, it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<bool>,
    /// Compresses what travels; for trees over slow lines.
    #[serde(default)]
    pub compress: bool,
    /// Compares files that are there by their content instead of length and time.
    #[serde(default)]
    pub checksum: bool,
    /// Compares everything by its content once more after it was sent.
    #[serde(default)]
    pub verify: bool,
    /// Takes away what is below `path` and not in the tree; needs `"packer": "none"` and a `path`.
    #[serde(default)]
    pub delete: bool,
    /// Files and folders that stay away: names joined by `/`, with `*` for any part of a name; one that
    /// begins with `/` is meant from the root of the tree, one that ends in `/` is a folder. Needs
    /// `"packer": "none"`. What is like them at the target is left alone, by `delete` too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub exclude: Vec<String>,
    /// Most KiB a second that are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub bwlimit: Option<u32>,
    /// The rights of files and folders there, such as `D755,F644`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[DF]?[0-7]{3,4}(,[DF]?[0-7]{3,4})*$"), length(max = 100))]
    pub chmod: Option<String>,
}

impl Rsync {
    pub(in crate::definition) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        if let Some(why) = path_mistake(&self.path) {
            faults.push(Fault::new(Code::InvalidValue, why).at(format!("{place}/path")));
        }
        if self.options.delete && (self.packer.lay().is_some() || self.path.is_empty()) {
            let why = "`delete` needs a tree and a path of its own";
            faults.push(
                Fault::new(Code::InvalidValue, why)
                    .at(format!("{place}/options/delete"))
                    .hint("set \"packer\": \"none\" and a `path`, or leave `delete` out"),
            );
        }
        if !self.options.exclude.is_empty() && self.packer != Packer::None {
            faults.push(
                Fault::new(Code::InvalidValue, "`exclude` needs a tree")
                    .at(format!("{place}/options/exclude"))
                    .hint("set \"packer\": \"none\", or leave `exclude` out"),
            );
        }
        for (index, pattern) in self.options.exclude.iter().enumerate() {
            if let Err(why) = Exclusion::parse(pattern) {
                faults.push(
                    Fault::new(Code::InvalidValue, why)
                        .at(format!("{place}/options/exclude/{index}"))
                        .hint("name files or folders, such as *.tmp, /logs/ or media/*.raw"),
                );
            }
        }
        faults
    }
}
