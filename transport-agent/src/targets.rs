//! The targets that a deployment has, by name, as an agent reaches them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proto::target::{TargetSpec, unknown};

use crate::deliver::DeliveryError;

/// The configured targets. Nothing of them is opened before something is delivered there.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    specs: BTreeMap<String, TargetSpec>,
    base: PathBuf,
}

impl Targets {
    /// These targets; relative paths in them are relative to `base`.
    pub fn new(specs: BTreeMap<String, TargetSpec>, base: PathBuf) -> Self {
        Self { specs, base }
    }

    /// A target by its name.
    pub(crate) fn get(&self, name: &str) -> Result<&TargetSpec, DeliveryError> {
        let known = || self.specs.keys().map(String::as_str);
        self.specs.get(name).ok_or_else(|| DeliveryError::Unknown(unknown(name, known())))
    }

    /// A path of a target, resolved.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        self.base.join(path)
    }
}
