//! Records as texts: their fields, looked up and put together without a tree of the values.

use indexmap::IndexMap;
use serde_json::value::RawValue;

use crate::datasets::Record;
use crate::json::{self, on_one_line};
use crate::page::Kind;

/// The fields of a record in its order, each as it is written.
pub(super) type Fields<'r> = IndexMap<String, &'r RawValue>;

/// The fields of a record. Errs with what is wrong with it.
pub(super) fn fields(text: &str) -> Result<Fields<'_>, String> {
    if json::is_too_deep(text) {
        return Err(format!("the record is nested deeper than {}", json::MAX_DEPTH));
    }
    serde_json::from_str(text).map_err(|error| format!("the record is no JSON object: {error}"))
}

/// A text as a record, where it is one.
pub(super) fn whole(text: &str) -> Result<Record, String> {
    fields(text)?;
    made(on_one_line(text.trim()).into_owned())
}

/// What a field holds, as text; nothing where it is missing or NULL.
pub(super) fn text(fields: &Fields<'_>, field: &str) -> Option<String> {
    let found = json::decoded(fields.get(field)?.get()).ok()?;
    (found.kind != Kind::Null).then(|| found.text.into_owned())
}

/// What a field of a record holds, as text.
pub(super) fn text_of(record: &RawValue, field: &str) -> Option<String> {
    text(&fields(record.get()).ok()?, field)
}

/// A record of JSON:API (<https://jsonapi.org/format/#document-resource-objects>) as its attributes after its id;
/// any other as it is.
pub(super) fn flat(text: &str) -> Result<Record, String> {
    let record = fields(text)?;
    let Some(attributes) = record.get("attributes").map(|raw| raw.get()) else {
        return whole(text);
    };
    let attributes = fields(attributes)?;
    let id = record.get("id").map(|id| ("id", id.get()));
    let others = attributes.iter().filter(|(name, _)| *name != "id" || id.is_none());
    object(id.into_iter().chain(others.map(|(name, value)| (name.as_str(), value.get()))))
}

/// A record whose columns become fields: those of the list by the names there, all others by their own.
pub(super) fn renamed(text: &str, columns: &IndexMap<String, String>) -> Result<Record, String> {
    if columns.is_empty() {
        return whole(text);
    }
    let record = fields(text)?;
    let named = record.iter().filter_map(|(column, value)| {
        let field = columns.iter().find(|(_, named)| *named == column).map(|(field, _)| field);
        // A column that is called as a field which another one gives would hide it.
        let is_hidden = field.is_none() && columns.contains_key(column);
        (!is_hidden).then(|| (field.unwrap_or(column).as_str(), value.get()))
    });
    object(named)
}

/// An object of these fields.
pub(super) fn object<'f>(
    fields: impl Iterator<Item = (&'f str, &'f str)>,
) -> Result<Record, String> {
    let mut text = String::from("{");
    for (name, value) in fields {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&quoted(name));
        text.push(':');
        text.push_str(&on_one_line(value));
    }
    text.push('}');
    made(text)
}

/// A text as a string of JSON.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn made(text: String) -> Result<Record, String> {
    RawValue::from_string(text).map_err(|error| format!("the record is not valid JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_stand_beside_the_id_and_keep_their_spelling() {
        let check = |text: &str, expected: &str| assert_eq!(flat(text).unwrap().get(), expected);
        let resource =
            "{\"id\": \"7\", \"type\": \"entries\", \"attributes\": {\"id\": 7,\n \"n\": 1.0}}";
        check(resource, r#"{"id":"7","n":1.0}"#);
        check(r#" {"id": 7, "name": "a"}"#, r#"{"id": 7, "name": "a"}"#);
        assert!(flat("[1]").is_err());
    }

    #[test]
    fn columns_become_fields() {
        let columns = IndexMap::from([("entry_id".to_owned(), "entry".to_owned())]);
        let renamed = renamed(r#"{"id":1,"entry":2,"entry_id":3}"#, &columns).unwrap();
        assert_eq!(renamed.get(), r#"{"id":1,"entry_id":2}"#);
    }
}
