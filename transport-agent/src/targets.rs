//! The targets that a deployment has, by name, as an agent reaches them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fabric::link::Keys;
use fabric::secret::in_file;
use fabric::store::S3Config;
use proto::easydb::FreeHosts;
use proto::target::{TargetSpec, unknown};

use crate::deliver::DeliveryError;

/// The configured targets. Nothing of them is opened before something is delivered there.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    specs: BTreeMap<String, TargetSpec>,
    base: PathBuf,
    own: Option<S3Config>,
    free: Option<Free>,
}

/// Hosts that documents of the easydb dialect may lead to besides, and what opens the passwords in these.
#[derive(Debug, Clone)]
pub(crate) struct Free {
    pub(crate) hosts: FreeHosts,
    pub(crate) keys: Keys,
}

impl Targets {
    /// These targets; relative paths in them are relative to `base`. `own` is the bucket of the store,
    /// where it is one: what goes to a bucket beside it is copied by the server.
    pub fn new(specs: BTreeMap<String, TargetSpec>, base: PathBuf, own: Option<S3Config>) -> Self {
        Self { specs, base, own, free: None }
    }

    /// The same, besides hosts that documents may lead to with a password of their own, which was sealed by these
    /// keys.
    #[must_use]
    pub fn with_free(self, hosts: FreeHosts, keys: Keys) -> Self {
        Self { free: Some(Free { hosts, keys }), ..self }
    }

    pub(crate) fn free(&self) -> Option<&Free> {
        self.free.as_ref()
    }

    pub(crate) fn own_bucket(&self) -> Option<&S3Config> {
        self.own.as_ref()
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

    /// The secret in a file of a target, without the line end that editors put there.
    pub(crate) fn secret(&self, target: &str, file: &Path) -> Result<String, DeliveryError> {
        let file = self.path(file);
        match std::fs::read_to_string(&file) {
            Ok(text) => Ok(in_file(&text).to_owned()),
            Err(error) => Err(DeliveryError::Unusable {
                target: target.to_owned(),
                what: format!("{}: {error}", file.display()),
            }),
        }
    }
}
