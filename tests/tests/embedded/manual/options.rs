//! Which options there are, by the schema, and which of them a document uses. An option is a key of an
//! object (`Output.format`), a word that may stand for a value (`Format csv`), or an alternative.

use std::collections::BTreeSet;

use serde_json::Value;

/// All options of a schema.
pub(super) fn offered(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(schema, "", &mut found);
    found
}

/// The options that a document uses.
pub(super) fn shown(schema: &Value, document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    Walk { schema }.walk(schema, "", document, &mut found);
    found
}

fn collect(node: &Value, place: &str, found: &mut BTreeSet<String>) {
    for key in properties(node) {
        found.insert(step(place, key));
    }
    for word in words(node) {
        found.insert(format!("{place} {word}"));
    }
    match node {
        Value::Object(map) => {
            for (key, child) in map {
                collect(child, &step(place, key), found);
            }
        }
        Value::Array(items) => {
            for child in items {
                collect(child, &alternative(place, child), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Holds a schema against a document.
struct Walk<'s> {
    schema: &'s Value,
}

impl<'s> Walk<'s> {
    fn walk(&self, node: &'s Value, place: &str, value: &Value, found: &mut BTreeSet<String>) {
        if let Some((definition, name)) = self.referred(node) {
            self.walk(definition, name, value, found);
        }
        for word in words(node).into_iter().filter(|word| value.as_str() == Some(word)) {
            found.insert(format!("{place} {word}"));
        }
        if let Some(object) = value.as_object() {
            for (key, value) in object {
                let child = &node["properties"][key];
                if !child.is_null() {
                    found.insert(step(place, key));
                    self.walk(child, &step(place, key), value, found);
                }
                let others = &node["additionalProperties"];
                self.walk(others, &step(place, "additionalProperties"), value, found);
            }
        }
        for item in value.as_array().into_iter().flatten() {
            self.walk(&node["items"], &step(place, "items"), item, found);
        }
        if !node["if"].is_null() {
            let key = if self.fits(&node["if"], value) { "then" } else { "else" };
            self.walk(&node[key], &step(place, key), value, found);
        }
        for key in ["oneOf", "anyOf"] {
            let place = step(place, key);
            for child in node[key].as_array().into_iter().flatten() {
                if self.fits(child, value) {
                    self.walk(child, &alternative(&place, child), value, found);
                }
            }
        }
    }

    /// Whether an alternative is the one that a value was written for.
    fn fits(&self, node: &'s Value, value: &Value) -> bool {
        if let Some((definition, _)) = self.referred(node) {
            return self.fits(definition, value);
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(alternatives) = node[key].as_array() {
                return alternatives.iter().any(|child| self.fits(child, value));
            }
        }
        let words = words(node);
        if !words.is_empty() {
            return words.iter().any(|word| value.as_str() == Some(word));
        }
        if let Some(object) = value.as_object() {
            let needed = node["required"].as_array().into_iter().flatten();
            let has_all = needed.filter_map(Value::as_str).all(|key| object.contains_key(key));
            let is_tagged = |key: &String| {
                let words = words_of_tag(&node["properties"][key]);
                words.is_empty() || words.iter().any(|word| object[key].as_str() == Some(word))
            };
            return has_all
                && object.keys().all(is_tagged)
                && (node["type"] == "object" || node["type"].is_null());
        }
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let is_it = |word: &Value| word == kind || (word == "integer" && kind == "number");
        let kinds = &node["type"];
        kinds.is_null() || is_it(kinds) || kinds.as_array().is_some_and(|all| all.iter().any(is_it))
    }

    /// What a reference leads to, and its name.
    fn referred(&self, node: &'s Value) -> Option<(&'s Value, &'s str)> {
        let name = node["$ref"].as_str()?.strip_prefix("#/$defs/")?;
        Some((&self.schema["$defs"][name], name))
    }
}

fn properties(node: &Value) -> Vec<&String> {
    node["properties"].as_object().map(|all| all.keys().collect()).unwrap_or_default()
}

/// The words that a value may be.
fn words(node: &Value) -> Vec<&str> {
    let listed = node["enum"].as_array().into_iter().flatten();
    listed.chain([&node["const"]]).filter_map(Value::as_str).collect()
}

/// The word that tells one tagged alternative from another.
fn words_of_tag(node: &Value) -> Vec<&str> {
    node["const"].as_str().into_iter().collect()
}

/// How a place within a node is called: types by their names, and nothing of what is between.
fn step(place: &str, key: &str) -> String {
    match key {
        "$defs"
        | "properties"
        | "oneOf"
        | "anyOf"
        | "then"
        | "else"
        | "items"
        | "additionalProperties" => place.to_owned(),
        _ if place.is_empty() => key.to_owned(),
        _ => format!("{place}.{key}"),
    }
}

/// An alternative is called by its tag, where it has one, such as `SourceSpec csv`.
fn alternative(place: &str, node: &Value) -> String {
    let tags = ["kind", "type", "by"].map(|tag| &node["properties"][tag]["const"]);
    match tags.into_iter().find_map(Value::as_str) {
        Some(tag) => format!("{place} {tag}"),
        None => place.to_owned(),
    }
}
