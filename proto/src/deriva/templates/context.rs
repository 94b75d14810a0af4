//! What an annotation says for a context, such as `compact/select`.
//!
//! A context without a word of its own takes that of the context above it, `compact` here, and then that of
//! `*`. The value may be the name of another context, whose value it then is.

use std::collections::BTreeSet;

use serde_json::Value;

/// The contexts that a value may name instead of a list.
const KNOWN: [&str; 17] = [
    "compact",
    "compact/brief",
    "compact/brief/inline",
    "compact/entry",
    "compact/select",
    "compact/select/association",
    "compact/select/association/link",
    "compact/select/foreign_key",
    "compact/select/saved_queries",
    "compact/select/show_more",
    "entry",
    "entry/create",
    "entry/edit",
    "detailed",
    "filter",
    "row_name",
    "*",
];

/// What is said for a context, or for all of them.
pub(super) fn said<'v>(annotation: &'v Value, context: &str) -> Option<&'v Value> {
    said_itself(annotation, context).or_else(|| annotation.get("*"))
}

/// What is said for a context or one above it.
fn said_itself<'v>(annotation: &'v Value, context: &str) -> Option<&'v Value> {
    let mut next = Some(context);
    while let Some(name) = next {
        if let Some(found) = annotation.get(name) {
            return Some(found);
        }
        next = name.rsplit_once('/').map(|(above, _)| above);
    }
    None
}

/// The list that is said for a context, or for all of them.
pub(super) fn list<'v>(annotation: &'v Value, context: &str) -> Option<&'v [Value]> {
    followed(annotation, context, said)
}

/// The list that is said for a context or one above it.
pub(super) fn list_itself<'v>(annotation: &'v Value, context: &str) -> Option<&'v [Value]> {
    followed(annotation, context, said_itself)
}

/// Follows names of contexts to a list; there is none where they lead in a circle.
fn followed<'v>(
    annotation: &'v Value,
    context: &str,
    look: fn(&'v Value, &str) -> Option<&'v Value>,
) -> Option<&'v [Value]> {
    let (mut seen, mut value) = (BTreeSet::new(), look(annotation, context)?);
    while let Value::String(name) = value {
        if !KNOWN.contains(&name.as_str()) || !seen.insert(name.as_str()) {
            return None;
        }
        value = look(annotation, name)?;
    }
    value.as_array().map(Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{list, list_itself, said};

    #[test]
    fn a_context_takes_the_word_of_the_one_above_it() {
        let annotation = json!({ "compact": 1, "compact/select/foreign_key": 2, "*": 3 });
        let found = |context| said(&annotation, context).and_then(Value::as_u64);
        assert_eq!(found("compact/select"), Some(1));
        assert_eq!(found("compact/select/foreign_key/bulk"), Some(2));
        assert_eq!(found("detailed"), Some(3));
        assert_eq!(said(&json!({ "compact": 1 }), "detailed"), None);
        assert_eq!(said(&json!("no object"), "detailed"), None);
    }

    #[test]
    fn names_of_contexts_are_followed_and_circles_left() {
        let annotation = json!({
            "detailed": "compact", "compact": ["id"],
            "entry": "filter", "filter": "entry", "row_name": "nowhere", "*": ["all"],
        });
        assert_eq!(list(&annotation, "detailed"), Some(&[json!("id")][..]));
        assert_eq!(list(&annotation, "entry/create"), None);
        assert_eq!(list(&annotation, "row_name"), None);
        assert_eq!(list(&annotation, "export/detailed"), Some(&[json!("all")][..]));
        assert_eq!(list_itself(&annotation, "export/detailed"), None);
    }
}
