//! Conditions: what `kubectl wait --for=condition=Done` waits for.

use std::borrow::Cow;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::schema::{moment, plain};

/// Something that holds of a resource, or does not.
///
/// Shaped as the API conventions of Kubernetes want it:
/// <https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What holds or not: Accepted, Scheduled, Progressing, Done, Failed or Followed.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it holds.
    pub status: Truth,
    /// The generation of the resource that this was told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "plain::<i64>")]
    pub observed_generation: Option<i64>,
    /// Since when it holds, or does not.
    #[schemars(schema_with = "moment")]
    pub last_transition_time: Timestamp,
    /// Why, for programs.
    pub reason: String,
    /// Why, for people.
    #[serde(default)]
    pub message: String,
}

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Truth {
    /// It does.
    True,
    /// It does not.
    False,
    /// Nobody knows yet.
    Unknown,
}

impl Truth {
    /// Whether something is known to hold.
    pub fn of(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// By hand, for an enumeration of one type and nothing else.
impl JsonSchema for Truth {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Truth".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": ["True", "False", "Unknown"] })
    }
}

/// Conditions as they are now, each with the time since when it is so.
pub(crate) fn since(before: &[Condition], mut now: Vec<Condition>) -> Vec<Condition> {
    for condition in &mut now {
        let same = |old: &&Condition| old.kind == condition.kind && old.status == condition.status;
        if let Some(old) = before.iter().find(same) {
            condition.last_transition_time = old.last_transition_time;
        }
    }
    now
}
