//! The operator of a Kubernetes cluster: `[operator]`.

use std::path::PathBuf;
use std::time::Duration;

use operator::Settings;
use proto::fault::{Code, Fault};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

/// Shortest time between two looks at a run. Each is a request to the API.
const SHORTEST: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OperatorConfig {
    #[schemars(with = "String")]
    pub(crate) url: Url,
    pub(crate) token_file: PathBuf,
    pub(crate) namespace: String,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) interval: Duration,
}

impl Default for OperatorConfig {
    fn default() -> Self {
        Self {
            url: Url::parse("http://127.0.0.1:8080/").expect("a URL"),
            token_file: PathBuf::new(),
            namespace: String::new(),
            interval: Duration::from_secs(10),
        }
    }
}

impl OperatorConfig {
    /// What the operator is told.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            url: self.url.clone(),
            token_file: self.token_file.clone(),
            namespace: self.namespace.clone(),
            interval: self.interval,
        }
    }

    /// What is wrong with it beyond its shape.
    pub(super) fn mistakes(&self) -> Vec<Fault> {
        let refuse = |key: &str, why: &str| {
            Fault::new(Code::InvalidValue, why).at(format!("operator.{key}"))
        };
        let mut faults = Vec::new();
        if !matches!(self.url.scheme(), "http" | "https") {
            faults.push(refuse("url", "this is neither http nor https"));
        }
        if self.interval < SHORTEST {
            faults.push(refuse("interval", "runs are looked at every 100ms at the most"));
        }
        faults
    }
}
