//! A field by its name in searches, and what objects have there.

use std::collections::HashSet;

use serde_json::Value;

use super::Sight;

/// Names that searches have for what objects call otherwise.
const OTHERWISE: &[(&str, &str)] = &[
    ("_changelog.date_last_updated", "_last_modified"),
    ("_changelog.date_created", "_created"),
    ("_changelog.date_create", "_created"),
];

/// What stands before the fields of all files of an object.
const ASSETS: &str = "_linked._asset.";

/// A field: the way to it, key by key.
#[derive(Debug)]
pub(super) struct Field {
    name: String,
    of_assets: bool,
}

impl Field {
    /// The field of a name such as `bild._nested:bild__schlagworte.bemerkung`.
    pub(super) fn new(name: &str) -> Self {
        let other = OTHERWISE.iter().find(|(known, _)| *known == name);
        let name = other.map_or(name, |(_, own)| own).replace("__nested:", "_nested:");
        match name.strip_prefix(ASSETS) {
            Some(rest) => Self { name: rest.to_owned(), of_assets: true },
            None => Self { name, of_assets: false },
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether any of its single values is one.
    pub(super) fn any(
        &self,
        sight: &Sight<'_>,
        languages: &[String],
        is_one: &mut dyn FnMut(&Value) -> bool,
    ) -> bool {
        self.each(sight, &mut |value| any_single(value, languages, is_one))
    }

    /// Whether any of its values is one, dates and their ranges as they are.
    pub(super) fn spans(&self, sight: &Sight<'_>, is_one: &mut dyn FnMut(&Value) -> bool) -> bool {
        self.each(sight, is_one)
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self, sight: &Sight<'_>) -> bool {
        !self.each(sight, &mut |value| match value {
            Value::Null => false,
            Value::Array(list) => !list.is_empty(),
            Value::Object(map) => map.values().any(|value| !value.is_null()),
            Value::String(text) => !text.is_empty(),
            Value::Bool(_) | Value::Number(_) => true,
        })
    }

    /// The rows that are there.
    pub(super) fn rows<'o>(&self, sight: &Sight<'o>) -> Vec<&'o Value> {
        let mut rows = Vec::new();
        let (from, rest) = self.start(sight);
        walk(from, rest, &mut |value| {
            rows.push(value);
            false
        });
        rows
    }

    fn each(&self, sight: &Sight<'_>, is_one: &mut dyn FnMut(&Value) -> bool) -> bool {
        if self.of_assets {
            let assets = assets(sight.object);
            return assets.into_iter().any(|asset| walk(asset, &self.name, is_one));
        }
        let (from, rest) = self.start(sight);
        walk(from, rest, is_one)
    }

    /// Where the way begins: at the row that a nested search is at, where the field is one of the row.
    fn start<'o>(&self, sight: &Sight<'o>) -> (&'o Value, &str) {
        let of_row = sight.row.and_then(|(path, row)| {
            let rest = self.name.strip_prefix(path)?.strip_prefix('.')?;
            Some((row, rest))
        });
        of_row.unwrap_or((sight.object, &self.name))
    }
}

/// Goes the way from a value, through all rows of lists; whether any value at its end is one.
fn walk<'o>(from: &'o Value, way: &str, is_one: &mut dyn FnMut(&'o Value) -> bool) -> bool {
    if let Value::Array(list) = from {
        return list.iter().any(|item| walk(item, way, is_one));
    }
    if way.is_empty() {
        return is_one(from);
    }
    let Value::Object(map) = from else { return false };
    // Keys may have dots in them, as those of metadata do.
    if let Some(value) = map.get(way) {
        return walk(value, "", is_one);
    }
    let Some((key, rest)) = way.split_once('.') else { return false };
    map.get(key).is_some_and(|value| walk(value, rest, is_one))
}

/// Whether any single value is one: of texts in several languages those that are wanted, of dates what is
/// written.
fn any_single(value: &Value, languages: &[String], is_one: &mut dyn FnMut(&Value) -> bool) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| {
            let is_wanted = match key.as_str() {
                "value" => true,
                "from" | "to" => value.is_string(),
                // A language.
                key => {
                    value.is_string()
                        && (languages.is_empty() || languages.iter().any(|one| one == key))
                }
            };
            is_wanted && is_one(value)
        }),
        Value::Array(list) => list.iter().any(|item| any_single(item, languages, is_one)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => is_one(value),
    }
}

/// The files of an object, wherever they are in it.
pub(super) fn assets(object: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    let mut left = vec![object];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(map) if map.contains_key("class") && map.contains_key("versions") => {
                found.push(value);
            }
            // Those that stand for an object are in its fields too, and a linked object's are not its own.
            Value::Object(map) => {
                let own =
                    map.iter().filter(|(key, _)| !matches!(key.as_str(), "_standard" | "_path"));
                left.extend(own.map(|(_, value)| value));
            }
            Value::Array(list) => left.extend(list),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

/// Whether an object links to one of some objects of a type; `_pool` is any pool that it is in.
pub(super) fn linked(object: &Value, to: &str, with_path: bool, ids: &HashSet<i64>) -> bool {
    let (marker, inner) = match to {
        "_pool" => ("_basetype", "pool"),
        other => ("_objecttype", other),
    };
    let is_one = |value: &Value| value[inner]["_id"].as_i64().is_some_and(|id| ids.contains(&id));
    let mut left: Vec<&Value> =
        object.as_object().map(|map| map.values().collect()).unwrap_or_default();
    while let Some(value) = left.pop() {
        match value {
            Value::Object(map) => {
                if map.get(marker).and_then(Value::as_str) == Some(inner) {
                    let path = map.get("_path").and_then(Value::as_array).filter(|_| with_path);
                    if is_one(value) || path.is_some_and(|path| path.iter().any(is_one)) {
                        return true;
                    }
                }
                left.extend(map.iter().filter(|(key, _)| *key != "_path").map(|(_, value)| value));
            }
            Value::Array(list) => left.extend(list),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    false
}
