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

/// The document, where it is one that is read at all.
pub(super) fn read(json: &str) -> Result<Value, Vec<Fault>> {
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
    serde_json::from_str(json).map_err(|error| {
        vec![
            Fault::new(Code::Unreadable, format!("not JSON: {error}"))
                .at(format!("line {}, column {}", error.line(), error.column()))
                .hint("a comma after the last item, or a quote left open?"),
        ]
    })
}

/// Every place where the shape of a document is not that of a definition.
pub(super) fn mistakes(document: &Value) -> Vec<Fault> {
    let mut faults = SCHEMA.faults(document);
    faults.extend(nothing(document));
    faults
}

/// That nothing is to be made: of that there is a bag alone, where it may be empty.
fn nothing(document: &Value) -> Option<Fault> {
    let has_none = document["outputs"].as_array().is_some_and(Vec::is_empty);
    let may_be_empty = |transport: &Value| {
        let bag = &transport["packer"]["bag"];
        bag.is_object() && bag["strict"] != true
    };
    let transports = document["transports"].as_array();
    let is_meant = transports.is_some_and(|all| all.iter().all(may_be_empty));
    (has_none && !is_meant).then(|| {
        Fault::new(Code::InvalidValue, "there is no output")
            .at("/outputs")
            .hint("say what is to be made; only bags that are not `strict` may hold nothing")
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    const MANUAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/definition.md");

    #[test]
    fn the_committed_schema_is_the_generated_one() {
        let generated = format!("{:#}\n", json_schema());
        let committed = fs::read_to_string(Path::new(ROOT).join("docs/definition.schema.json"));
        if committed.is_ok_and(|committed| committed == generated) {
            return;
        }
        let fresh = Path::new(ROOT).join("target/definition.schema.json");
        fs::create_dir_all(fresh.parent().unwrap()).unwrap();
        fs::write(fresh, generated).unwrap();
        panic!(
            "the types of the definition have changed; in the root of the repository:\n  \
             cp target/definition.schema.json docs/definition.schema.json"
        );
    }

    /// The JSON blocks of the manual that are whole definitions.
    fn examples(manual: &str) -> impl Iterator<Item = &str> {
        let blocks = manual.split("```json\n").skip(1);
        let blocks = blocks.filter_map(|rest| Some(rest.split_once("\n```")?.0));
        blocks.filter(|block| block.starts_with('{') && block.contains("\"outputs\""))
    }

    #[test]
    fn every_example_of_the_manual_is_a_definition() {
        let manual = fs::read_to_string(MANUAL).unwrap();
        assert!(examples(&manual).count() > 0, "the manual has no examples");
        for example in examples(&manual) {
            if let Err(faults) = Definition::parse(example) {
                panic!("{faults:#?} in\n{example}");
            }
        }
    }

    /// Every key of the schema, wherever it stands.
    fn keys(schema: &Value, found: &mut Vec<String>) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            found.extend(properties.keys().cloned());
        }
        let children: Vec<&Value> = match schema {
            Value::Object(map) => map.values().collect(),
            Value::Array(items) => items.iter().collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        };
        for child in children {
            keys(child, found);
        }
    }

    #[test]
    fn every_key_is_in_the_manual() {
        let manual = fs::read_to_string(MANUAL).unwrap();
        let mut found = Vec::new();
        keys(&json_schema(), &mut found);
        let missing: Vec<String> =
            found.into_iter().filter(|key| !manual.contains(&format!("`{key}`"))).collect();
        assert!(missing.is_empty(), "docs/definition.md says nothing of {missing:?}");
    }
}
