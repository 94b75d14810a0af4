//! Where results of the Deriva dialect are brought to and registered: `[deriva] targets` and `[deriva.identifiers]`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use coordinator::api::deriva::Identifiers;
use proto::fault::{Code, Fault};
use proto::target::{S3Target, TargetSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::config::in_file;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct IdentifiersConfig {
    pub(crate) url: String,
    pub(crate) bearer_file: PathBuf,
    pub(crate) pages: bool,
}

impl Default for IdentifiersConfig {
    fn default() -> Self {
        Self { url: String::new(), bearer_file: PathBuf::new(), pages: true }
    }
}

impl IdentifiersConfig {
    /// The service, where one is named, or what is wrong with it.
    pub(super) fn service(&self) -> Result<Option<Identifiers>, Fault> {
        if self.url.is_empty() {
            return Ok(None);
        }
        let refused =
            |why: String| Fault::new(Code::InvalidValue, why).at("deriva.identifiers.url");
        let url: Url = self.url.parse().map_err(|error| refused(format!("{error}")))?;
        let is_plain = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none();
        if !is_plain {
            let why = "a service is http:// or https:// and a host, without credentials";
            return Err(refused(why.to_owned()));
        }
        let bearer_file = in_file(&self.bearer_file).then(|| self.bearer_file.clone());
        Ok(Some(Identifiers { url, bearer_file, has_pages: self.pages }))
    }
}

/// The bucket of a target, or why it is none.
pub(super) fn bucket<'t>(
    name: &str,
    targets: &'t BTreeMap<String, TargetSpec>,
) -> Result<&'t S3Target, String> {
    match targets.get(name) {
        Some(TargetSpec::S3(target)) => Ok(target),
        Some(_) => Err(format!("the target {name:?} is not of kind \"s3\"")),
        None => Err(format!("there is no target {name:?}")),
    }
}
