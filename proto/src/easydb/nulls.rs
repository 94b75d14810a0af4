//! Keys that a document gives as null: clients send every key that they know, and one that they have nothing to
//! say of counts as its default. Nobody need guess which of them did.

use serde_json::Value;

/// What is told of the keys that are null in a document, each by its place; nothing where none is.
pub(super) fn told(document: &Value) -> Option<String> {
    let outer = document.as_object()?;
    // Old clients send the inner part alone.
    let is_bare = !outer.contains_key("export");
    let mut places = Vec::new();
    for (key, value) in outer {
        match key.as_str() {
            "export" | "_schedules" | "_transports" => collect(key, value, &mut places),
            "_id" | "_version" if is_bare => collect(&format!("export.{key}"), value, &mut places),
            // What the server tells of it comes back as it went out, and is not read.
            _ if key.starts_with('_') => {}
            _ if is_bare => collect(&format!("export.{key}"), value, &mut places),
            _ => collect(key, value, &mut places),
        }
    }
    let told = || format!("null stands for the default of {}", places.join(", "));
    (!places.is_empty()).then(told)
}

fn collect(place: &str, value: &Value, places: &mut Vec<String>) {
    match value {
        Value::Null => places.push(place.to_owned()),
        Value::Array(list) => {
            // Only keys have defaults: a null in a list is an item like others.
            for (index, item) in list.iter().enumerate().filter(|(_, item)| !item.is_null()) {
                collect(&format!("{place}.{index}"), item, places);
            }
        }
        Value::Object(map) => {
            let is_of_transport = place.starts_with("_transports");
            for (key, value) in map {
                if !(is_of_transport && key.starts_with('_')) {
                    collect(&format!("{place}.{key}"), value, places);
                }
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(document: &Value, places: &[&str]) {
        let expected = format!("null stands for the default of {}", places.join(", "));
        let expected = (!places.is_empty()).then_some(expected);
        assert_eq!(told(document), expected, "{document}");
    }

    #[test]
    fn every_key_is_named_by_its_place() {
        check(&json!({"export": {"xml": true, "csv": false}}), &[]);
        check(&json!({"export": null}), &["export"]);
        let whole = json!({
            "export": {"xml": null, "csv": {"quote": null}, "limit": null,
                "fields": {"bild.titel": null, "bild.typ": {"display_name": null}},
                "classes": {"image": [{"type": "custom", "dpi": null}], "office": null},
                "assets": {"12": {"eas_parent_id": null}},
                "search": {"limit": null, "search": [{"in": [1, null], "from": null}]}},
            "_schedules": [{"hours": null}],
            "_transports": [{"packer": null, "options": {"login": null}}],
            "of_nobody": {"x": null}});
        check(
            &whole,
            &[
                "export.xml",
                "export.csv.quote",
                "export.limit",
                "export.fields.bild.titel",
                "export.fields.bild.typ.display_name",
                "export.classes.image.0.dpi",
                "export.classes.office",
                "export.assets.12.eas_parent_id",
                "export.search.limit",
                "export.search.search.0.from",
                "_schedules.0.hours",
                "_transports.0.packer",
                "_transports.0.options.login",
                "of_nobody.x",
            ],
        );
    }

    #[test]
    fn the_inner_part_alone_is_the_same_and_what_the_server_tells_is_not_named() {
        check(
            &json!({"flat": null, "_version": null, "_schedules": null}),
            &["export.flat", "export._version", "_schedules"],
        );
        check(
            &json!({"export": {}, "_last_run_at": null, "_log": [{"user": null}],
                "_transports": [{"type": "download", "_download": null}]}),
            &[],
        );
    }
}
