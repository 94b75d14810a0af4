//! What becomes of an export whose resource is deleted.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// What becomes of the export when its resource is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnDelete {
    /// Its run is stopped and its schedules rest; what it made stays until it expires.
    #[default]
    Stop,
    /// It is deleted with everything it made.
    Delete,
    /// Nothing: it goes on.
    Keep,
}

/// By hand, for an enumeration of one type and nothing else.
impl JsonSchema for OnDelete {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OnDelete".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": ["Stop", "Delete", "Keep"] })
    }
}
