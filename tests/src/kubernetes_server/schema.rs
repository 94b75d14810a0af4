//! What an API server does with an object by the schema of its kind.

use serde_json::{Map, Value};

/// Prunes what a schema does not know, fills in its defaults, and tells what does not fit.
pub(super) fn fitted(value: &mut Value, schema: &Value) -> Vec<String> {
    let mut mistakes = Vec::new();
    fit(value, schema, "", &mut mistakes);
    mistakes
}

fn fit(value: &mut Value, schema: &Value, place: &str, mistakes: &mut Vec<String>) {
    if value.is_null() && schema["nullable"] == true {
        return;
    }
    if !is_of(value, &schema["type"]) {
        mistakes.push(format!("{place}: {value} is no {}", schema["type"]));
        return;
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        mistakes.push(format!("{place}: {value} is none of {}", schema["enum"]));
    }
    if schema["format"] == "date-time"
        && value.as_str().is_none_or(|text| text.parse::<jiff::Timestamp>().is_err())
    {
        mistakes.push(format!("{place}: {value} is no time"));
    }
    match value {
        Value::Object(map) => fit_object(map, schema, place, mistakes),
        Value::Array(list) => {
            let least = schema["minItems"].as_u64().unwrap_or(0);
            if (list.len() as u64) < least {
                mistakes.push(format!("{place}: fewer than {least} items"));
            }
            let most = schema["maxItems"].as_u64().unwrap_or(u64::MAX);
            if (list.len() as u64) > most {
                mistakes.push(format!("{place}: more than {most} items"));
            }
            for (index, item) in list.iter_mut().enumerate() {
                fit(item, &schema["items"], &format!("{place}[{index}]"), mistakes);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn fit_object(
    map: &mut Map<String, Value>,
    schema: &Value,
    place: &str,
    mistakes: &mut Vec<String>,
) {
    let empty = Map::new();
    let known = schema["properties"].as_object().unwrap_or(&empty);
    if schema["x-kubernetes-preserve-unknown-fields"] != true {
        map.retain(|key, _| known.contains_key(key));
    }
    for (key, schema) in known {
        // A null that may not be one gives way to the default.
        if map.get(key).is_some_and(Value::is_null) && schema["nullable"] != true {
            map.shift_remove(key);
        }
        if !map.contains_key(key) && !schema["default"].is_null() {
            map.insert(key.clone(), schema["default"].clone());
        }
    }
    for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !map.contains_key(key) {
            mistakes.push(format!("{place}.{key}: Required value"));
        }
    }
    for (key, value) in map {
        if let Some(schema) = known.get(key) {
            fit(value, schema, &format!("{place}.{key}"), mistakes);
        }
    }
}

fn is_of(value: &Value, kind: &Value) -> bool {
    match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some(_) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_known_goes_and_what_is_left_out_comes() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "string", "enum": ["x"]},
            "b": {"type": "boolean", "default": false},
            "c": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        }});
        let mut value = json!({"a": "x", "c": {"d": 1}, "e": 2});
        assert!(fitted(&mut value, &schema).is_empty());
        assert_eq!(value, json!({"a": "x", "c": {"d": 1}, "b": false}));
        let mistakes = fitted(&mut json!({"b": 1}), &schema);
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
        assert_eq!(fitted(&mut json!({"a": "y"}), &schema).len(), 1);
        let list =
            json!({"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "integer"}});
        for (items, mistakes) in [(0, 1), (1, 0), (2, 0), (3, 1)] {
            let mut value = Value::from(vec![7; items]);
            assert_eq!(fitted(&mut value, &list).len(), mistakes, "{items}");
        }
    }
}
