//! Schemas as the API server takes them: structural ones, without what may be null.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The schema of a type, for a field that is left out where there is nothing.
pub(super) fn plain<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    T::json_schema(generator)
}

/// A moment.
pub(super) fn moment(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date-time" })
}

/// An object whose keys are others' to know. The cluster keeps no order of them.
pub(super) fn any_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}
