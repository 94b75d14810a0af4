//! What a catalogue says of itself: the catalogue document, the schema document, and parts of the latter.

use serde_json::{Map, Value as Json, json};

use super::catalog::View;
use super::refusal::Refusal;
use super::urlb32;

/// The version of `ERMrest` that is stood in for, with its features.
pub(super) const SERVICE: &str = concat!(
    r#"{"version": "0.5.0", "features": {"trs": true, "tcrs": true, "history_control": true, "#,
    r#""implicit_fkey_index": true, "catalog_post_input": true, "catalog_alias": true, "#,
    r#""indexing_preferences": {"btree": true, "btree_column_list": true, "trgm": true, "#,
    r#""gin_array": true}, "quantified_value_lists": true, "quantified_rid_lists": true, "#,
    r#""rid_lease": true, "registry_catalog": true, "csv_array_json": true}}"#,
    "\n"
);

/// The catalogue document.
pub(super) fn catalog(view: &View<'_>, user: Option<&str>) -> String {
    let mut told = Map::new();
    for (key, value) in schema_document(view, user) {
        if key != "schemas" {
            told.insert(key, value);
        }
    }
    told.insert("id".to_owned(), json!(view.catalog.id));
    if let Some(name) = &view.catalog.name {
        told.insert("name".to_owned(), json!(name));
    }
    told.insert("is_persistent".to_owned(), json!(true));
    format!("{}\n", spaced(&Json::Object(told)))
}

/// The schema document, or the part of it that a path leads to, such as `pnc/table/subject/annotation`.
pub(super) fn schema(
    view: &View<'_>,
    user: Option<&str>,
    path: &[String],
) -> Result<String, Refusal> {
    let document = Json::Object(schema_document(view, user));
    let mut found = &document;
    let mut names = path.iter().filter(|name| !name.is_empty());
    if let Some(schema) = names.next() {
        let known = found["schemas"].get(schema);
        found =
            known.ok_or_else(|| Refusal::conflict(format!("Schema {schema} does not exist.")))?;
    }
    while let Some(part) = names.next() {
        let key = match part.as_str() {
            "table" => "tables",
            "annotation" => "annotations",
            "column" => "column_definitions",
            "key" => "keys",
            "foreignkey" => "foreign_keys",
            other => other,
        };
        found = &found[key];
        if let Some(name) = names.next() {
            let of_list =
                found.as_array().and_then(|all| all.iter().find(|one| one["name"] == **name));
            found = of_list.or_else(|| found.get(name)).ok_or_else(|| told_missing(part, name))?;
        }
    }
    if found.is_null() {
        return Err(Refusal::missing(format!("/schema/{}", path.join("/"))));
    }
    Ok(format!("{found}\n"))
}

fn told_missing(part: &str, name: &str) -> Refusal {
    if part == "annotation" {
        return Refusal::missing(format!("annotation {name}"));
    }
    let mut letters = part.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    let part: String = first.into_iter().chain(letters).collect();
    Refusal::conflict(format!("{part} {name} does not exist."))
}

/// The schema document with the time and the rights of who asks.
fn schema_document(view: &View<'_>, user: Option<&str>) -> Map<String, Json> {
    let mut document = view.document.as_ref().clone();
    document["snaptime"] = json!(urlb32::of_time(view.modified()));
    let acls = document["acls"].clone();
    if !may(&acls, "owner", user) {
        narrow(&mut document, may(&acls, "select", user));
    }
    match document {
        Json::Object(document) => document,
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
            Map::new()
        }
    }
}

/// Whether somebody has a right that lists give.
pub(super) fn may(acls: &Json, right: &str, user: Option<&str>) -> bool {
    [right, "owner"].iter().any(|list| {
        let mut names = acls[*list].as_array().into_iter().flatten();
        names.any(|name| name == "*" || user.is_some_and(|user| name == user))
    })
}

/// Takes all rights away that somebody has not who owns nothing.
fn narrow(value: &mut Json, selects: bool) {
    if let Some(rights) = value.get_mut("rights").and_then(Json::as_object_mut) {
        for (right, given) in rights {
            *given = json!(right == "select" && selects);
        }
    }
    if let Some(object) = value.as_object_mut() {
        for value in object.values_mut() {
            narrow(value, selects);
        }
    } else if let Some(items) = value.as_array_mut() {
        for value in items {
            narrow(value, selects);
        }
    }
}

/// JSON with a space after each sign, its keys in their own order.
fn spaced(value: &Json) -> String {
    if let Some(object) = value.as_object() {
        let pairs = object.iter();
        let pairs: Vec<String> = pairs
            .map(|(key, value)| format!("{}: {}", Json::from(key.as_str()), spaced(value)))
            .collect();
        format!("{{{}}}", pairs.join(", "))
    } else if let Some(items) = value.as_array() {
        let items: Vec<String> = items.iter().map(spaced).collect();
        format!("[{}]", items.join(", "))
    } else {
        value.to_string()
    }
}
