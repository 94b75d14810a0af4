//! How far a resource is.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::{moment, plain};
use super::{Condition, Progress, Truth};

/// How far a resource is. The operator alone writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The generation of the resource that was seen last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "plain::<i64>")]
    pub observed_generation: Option<i64>,
    /// All in one word: that of the last run, or new, submitting, refused or gone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// The export on the server, once it is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "plain::<String>")]
    pub export: Option<String>,
    /// The version of its definition on the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "plain::<i64>")]
    pub version: Option<i64>,
    /// SHA-256 of the definition that was sent last, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "plain::<String>")]
    pub digest: Option<String>,
    /// When the next run is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "moment")]
    pub next: Option<Timestamp>,
    /// The last due time that was seen to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "moment")]
    pub last: Option<Timestamp>,
    /// The last due time for which no run was started, because one was under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "moment")]
    pub skipped: Option<Timestamp>,
    /// The last run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "plain::<Progress>")]
    pub run: Option<Progress>,
    /// What holds and what does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

impl Status {
    /// A condition by its type.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.kind == kind)
    }

    /// Whether a condition is known to hold.
    pub fn holds(&self, kind: &str) -> bool {
        self.condition(kind).is_some_and(|condition| condition.status == Truth::True)
    }
}
