//! Patches: merges of JSON (RFC 7396) and changes by paths (RFC 6902), as far as anybody sends them.

use serde_json::{Map, Value};

/// Lays a merge patch over a document.
pub(super) fn merge(document: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        document.clone_from(patch);
        return;
    };
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    let Some(document) = document.as_object_mut() else { return };
    for (key, value) in patch {
        if value.is_null() {
            document.shift_remove(key);
        } else {
            merge(document.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Changes a document by paths; why it cannot be. What is not there is null to those who test it.
pub(super) fn change(document: &mut Value, patch: &Value) -> Result<(), String> {
    for operation in patch.as_array().into_iter().flatten() {
        let place = operation["path"].as_str().unwrap_or_default();
        let (parent, last) = place.rsplit_once('/').ok_or("a path begins with a slash")?;
        match operation["op"].as_str().unwrap_or_default() {
            "test" => {
                let found = document.pointer(place).unwrap_or(&Value::Null);
                if *found != operation["value"] {
                    return Err(format!("testing {place} failed"));
                }
            }
            "add" | "replace" => {
                let within = document.pointer_mut(parent).ok_or("nothing to add to")?;
                add(within, last, operation["value"].clone())?;
            }
            "remove" => {
                let within = document.pointer_mut(parent).ok_or("nothing to remove from")?;
                remove(within, last)?;
            }
            other => return Err(format!("there is no {other:?} here")),
        }
    }
    Ok(())
}

fn add(within: &mut Value, key: &str, value: Value) -> Result<(), String> {
    if let Some(map) = within.as_object_mut() {
        map.insert(key.to_owned(), value);
        return Ok(());
    }
    let list = within.as_array_mut().ok_or("neither object nor list")?;
    let at = if key == "-" { Ok(list.len()) } else { key.parse() };
    let at = at.ok().filter(|at| *at <= list.len()).ok_or("no such place in the list")?;
    list.insert(at, value);
    Ok(())
}

fn remove(within: &mut Value, key: &str) -> Result<(), String> {
    if let Some(map) = within.as_object_mut() {
        return map.shift_remove(key).map(drop).ok_or_else(|| format!("there is no {key:?}"));
    }
    let list = within.as_array_mut().ok_or("neither object nor list")?;
    let at: usize = key.parse().map_err(|_| "no place in a list")?;
    if at >= list.len() {
        return Err("no such place in the list".to_owned());
    }
    list.remove(at);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_merge_takes_away_what_is_null() {
        let mut document = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        merge(&mut document, &json!({"a": {"b": null, "e": {"f": 3}}, "d": [2]}));
        assert_eq!(document, json!({"a": {"c": 2, "e": {"f": 3}}, "d": [2]}));
    }

    #[test]
    fn a_finalizer_comes_and_goes_by_paths() {
        let mut document = json!({"metadata": {}});
        let path = "/metadata/finalizers";
        let added = json!([{"op": "test", "path": path, "value": null},
                           {"op": "add", "path": path, "value": ["x"]}]);
        change(&mut document, &added).unwrap();
        assert!(change(&mut document, &added).unwrap_err().contains("testing"));
        let removed = json!([{"op": "test", "path": "/metadata/finalizers/0", "value": "x"},
                             {"op": "remove", "path": "/metadata/finalizers/0"}]);
        change(&mut document, &removed).unwrap();
        assert_eq!(document, json!({"metadata": {"finalizers": []}}));
    }
}
