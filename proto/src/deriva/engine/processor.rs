//! A step of an export as it is written: the name of a processor, and its parameters.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::mistake::Class;
use super::reading::{Reading, at};

/// Python classes that `processor_type` may name, and the processor that is run for each.
pub type Classes = BTreeMap<String, String>;

/// A step that names a processor.
pub(super) struct Step {
    /// One of those that are known.
    pub(super) name: &'static str,
    pub(super) params: Map<String, Value>,
    /// The place of the parameters.
    pub(super) place: String,
}

impl Step {
    /// Reads a step of a list that offers some processors; nothing where it has none of them.
    pub(super) fn read(
        place: &str,
        value: &Value,
        offered: &[&'static str],
        classes: &Classes,
        reading: &mut Reading,
    ) -> Option<Self> {
        let Some(step) = reading.map(place, value) else {
            if value.is_null() {
                reading.missing(Class::Failed, &at(place, "processor"), "name a processor");
            }
            return None;
        };
        reading.unknown(place, step, &["processor", "processor_type", "processor_params"]);
        let name = name(place, step, offered, classes, reading);
        let place = at(place, "processor_params");
        let params = step.get("processor_params").and_then(|value| reading.map(&place, value));
        Some(Self { name: name?, params: params.cloned().unwrap_or_default(), place })
    }

    /// The text of a parameter that has to be there.
    pub(super) fn required(&self, key: &str, hint: &str, reading: &mut Reading) -> Option<String> {
        let text = reading.text_of(&self.place, &self.params, key);
        if text.is_none() {
            reading.missing(Class::Misconfigured, &at(&self.place, key), hint);
        }
        text
    }

    /// Notes the parameters that nobody knows.
    pub(super) fn unknown(&self, known: &[&[&str]], reading: &mut Reading) {
        reading.unknown(&self.place, &self.params, &known.concat());
    }
}

fn name(
    place: &str,
    step: &Map<String, Value>,
    offered: &[&'static str],
    classes: &Classes,
    reading: &mut Reading,
) -> Option<&'static str> {
    let hint = format!("write one of {}", offered.join(", "));
    let named = reading.text_of(place, step, "processor");
    let Some(named) = named else {
        reading.missing(Class::Failed, &at(place, "processor"), &hint);
        return None;
    };
    let known = |name: &str| offered.iter().copied().find(|offered| *offered == name);
    if let Some(class) = reading.text_of(place, step, "processor_type") {
        let found = classes.get(&class).and_then(|name| known(name));
        if found.is_none() {
            let hint = "leave it out, or ask the operator to allow it";
            let message = format!("the class {class:?} is not allowed here");
            reading.misconfigured(&at(place, "processor_type"), message, hint);
        }
        return found;
    }
    let found = known(&named);
    if found.is_none() {
        let message = format!("there is no processor {named:?} here");
        reading.misconfigured(&at(place, "processor"), message, &hint);
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn step(value: &Value) -> (Option<&'static str>, Vec<(String, Class)>) {
        let mut reading = Reading::default();
        let classes = Classes::from([
            ("our.Csv".to_owned(), "csv".to_owned()),
            ("our.Other".to_owned(), "cat".to_owned()),
        ]);
        let step = Step::read("/p/0", value, &["csv", "json"], &classes, &mut reading);
        let told = reading.mistakes.into_iter().map(|one| (one.place, one.class)).collect();
        (step.map(|step| step.name), told)
    }

    #[test]
    fn a_step_names_a_processor() {
        assert_eq!(step(&json!({"processor": "csv"})), (Some("csv"), vec![]));
        let refused = |value: Value, place: &str, class: Class| {
            assert_eq!(step(&value), (None, vec![(place.to_owned(), class)]), "{value}");
        };
        refused(json!({"processor": "nope"}), "/p/0/processor", Class::Misconfigured);
        refused(json!({"processor": "CSV"}), "/p/0/processor", Class::Misconfigured);
        refused(json!({}), "/p/0/processor", Class::Failed);
        refused(json!(null), "/p/0/processor", Class::Failed);
        refused(json!("csv"), "/p/0", Class::Failed);
    }

    #[test]
    fn a_class_runs_where_the_operator_says_what_it_is() {
        let named = |class: &str| step(&json!({"processor": "mine", "processor_type": class}));
        assert_eq!(named("our.Csv"), (Some("csv"), vec![]));
        for class in ["os.System", "our.Other"] {
            let told = vec![("/p/0/processor_type".to_owned(), Class::Misconfigured)];
            assert_eq!(named(class), (None, told));
        }
    }
}
