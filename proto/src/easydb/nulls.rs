//! Keys that a document gives as null: clients send every key that they know, and one that they have nothing to
//! say of counts as its default. Nobody need guess which of them did.

use serde_json::Value;

use crate::abridged;

/// Most keys that are named.
const MOST: usize = 100;

/// What is told of the keys that are null in a document, of the first ones each by its place; nothing where none is.
pub(super) fn told(document: &Value) -> Option<String> {
    let outer = document.as_object()?;
    // Old clients send the inner part alone.
    let is_bare = !outer.contains_key("export");
    let mut nulls = Nulls::default();
    for (key, value) in outer {
        match key.as_str() {
            "export" | "_schedules" | "_transports" => nulls.find(Step::Key(key), value),
            "_id" | "_version" if is_bare => nulls.find_inner(key, value),
            // What the server tells of it comes back as it went out, and is not read.
            _ if key.starts_with('_') => {}
            _ if is_bare => nulls.find_inner(key, value),
            _ => nulls.find(Step::Key(key), value),
        }
    }
    let Nulls { named, unnamed, .. } = nulls;
    let more = if unnamed > 0 { format!(" and {unnamed} more") } else { String::new() };
    let told = || format!("null stands for the default of {}{more}", named.join(", "));
    (!named.is_empty()).then(told)
}

/// A step into a document.
#[derive(Clone, Copy)]
enum Step<'v> {
    Key(&'v str),
    Item(usize),
}

/// The nulls that were found so far.
#[derive(Default)]
struct Nulls<'v> {
    /// The way to what is looked at; it is written down where a null is.
    way: Vec<Step<'v>>,
    named: Vec<String>,
    unnamed: usize,
}

impl<'v> Nulls<'v> {
    /// Finds those of a key that stands in `export`, though the document does not say so.
    fn find_inner(&mut self, key: &'v str, value: &'v Value) {
        self.way.push(Step::Key("export"));
        self.find(Step::Key(key), value);
        self.way.pop();
    }

    fn find(&mut self, step: Step<'v>, value: &'v Value) {
        self.way.push(step);
        match value {
            Value::Null if self.named.len() < MOST => {
                self.named.push(abridged::text(&self.place()).into_owned());
            }
            Value::Null => self.unnamed += 1,
            Value::Array(list) => {
                // Only keys have defaults: a null in a list is an item like others.
                for (index, item) in list.iter().enumerate().filter(|(_, item)| !item.is_null()) {
                    self.find(Step::Item(index), item);
                }
            }
            Value::Object(map) => {
                let is_of_transport = matches!(self.way.first(), Some(Step::Key("_transports")));
                for (key, value) in map {
                    if !(is_of_transport && key.starts_with('_')) {
                        self.find(Step::Key(key), value);
                    }
                }
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        self.way.pop();
    }

    fn place(&self) -> String {
        let steps = self.way.iter().map(|step| match step {
            Step::Key(key) => (*key).to_owned(),
            Step::Item(index) => index.to_string(),
        });
        steps.collect::<Vec<_>>().join(".")
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

    #[test]
    fn of_many_the_first_are_named_and_long_places_are_cut() {
        let many: serde_json::Map<String, Value> =
            (1..=250).map(|number| (format!("k{number}"), Value::Null)).collect();
        let told = told(&json!({"export": {"fields": many}})).unwrap();
        assert!(told.ends_with(".k99, export.fields.k100 and 150 more"), "{told}");
        let long = "ä".repeat(300);
        let place = format!("export.{}… and 107 more characters", "ä".repeat(193));
        check(&json!({"export": {long: null}}), &[&place]);
    }
}
