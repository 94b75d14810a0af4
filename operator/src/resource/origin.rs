//! Where a definition is: in the resource itself, or in a ConfigMap beside it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The key that is read unless another one is named.
const KEY: &str = "definition.json";

/// A key of a ConfigMap in the namespace of the resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigMapKey {
    /// The ConfigMap.
    pub config_map: String,
    /// The key with the definition, as JSON.
    #[serde(default = "usual_key")]
    pub key: String,
}

/// Where a resource says that its definition is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Origin<'r> {
    /// In the resource.
    Inline(&'r Map<String, Value>),
    /// In a ConfigMap.
    ConfigMap(&'r ConfigMapKey),
    /// In both places.
    Both,
    /// In neither.
    Nowhere,
}

impl<'r> Origin<'r> {
    /// Where it is, by the two keys that can say so.
    pub(super) fn of(
        definition: Option<&'r Map<String, Value>>,
        named: Option<&'r ConfigMapKey>,
    ) -> Self {
        match (definition, named) {
            (Some(definition), None) => Self::Inline(definition),
            (None, Some(named)) => Self::ConfigMap(named),
            (Some(_), Some(_)) => Self::Both,
            (None, None) => Self::Nowhere,
        }
    }
}

fn usual_key() -> String {
    KEY.to_owned()
}
