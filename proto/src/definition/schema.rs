//! The JSON Schema of definitions, and the check against it that finds every mistake at once.

use std::sync::LazyLock;

use serde_json::Value;

use super::Definition;
use crate::fault::{Code, Fault};
use crate::schema::Schema;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::of_types(&json_schema(), "docs/definition.md"));

/// The JSON Schema (2020-12) of [`Definition`].
pub fn json_schema() -> Value {
    schemars::schema_for!(Definition).to_value()
}

/// The document, when its shape is that of a definition.
pub(super) fn validated(json: &str) -> Result<Value, Vec<Fault>> {
    if json.len() > Definition::MAX_BYTES {
        return Err(vec![Fault::new(
            Code::TooLarge,
            format!(
                "the definition has {} bytes, and at most {} are read",
                json.len(),
                Definition::MAX_BYTES
            ),
        )]);
    }
    let value: Value = serde_json::from_str(json).map_err(|error| {
        vec![
            Fault::new(Code::Unreadable, format!("not JSON: {error}"))
                .at(format!("line {}, column {}", error.line(), error.column()))
                .hint("a comma after the last item, or a quote left open?"),
        ]
    })?;
    let faults = SCHEMA.faults(&value);
    if faults.is_empty() { Ok(value) } else { Err(faults) }
}
