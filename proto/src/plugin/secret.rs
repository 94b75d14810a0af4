//! Options of plugins that are secret: they are taken out of a definition before it is kept, and are kept sealed beside it.
//!
//! Whoever writes a definition marks them by their names (`api_key:secret`), or the exporter or the operator says which they are.
//! The plugin is told them by their plain names.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::definition::Output;
use crate::fault::{Code, Fault};

/// What the name of an option ends with that is secret.
pub const MARK: &str = ":secret";

/// A secret option of an output, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedOption {
    /// The output's place in the definition, from 0.
    pub output: u32,
    /// What the plugin calls it.
    pub option: String,
    /// Its value in JSON, sealed.
    pub sealed: String,
}

/// A secret option of an output, as it was given. Never shown.
#[derive(Clone, PartialEq)]
pub struct GivenOption {
    /// The output's place in the definition, from 0.
    pub output: u32,
    /// What the plugin calls it.
    pub option: String,
    /// Its value; `null` where it is to have none from now on.
    pub value: Value,
}

impl fmt::Debug for GivenOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { output, option, value: _ } = self;
        f.debug_struct("GivenOption")
            .field("output", output)
            .field("option", option)
            .finish_non_exhaustive()
    }
}

/// Takes out of the options of an output what is secret: what is marked, and what has one of these names.
pub fn take(
    output: u32,
    options: &mut Map<String, Value>,
    declared: &BTreeSet<String>,
) -> Vec<GivenOption> {
    let is_secret = |name: &&String| name.ends_with(MARK) || declared.contains(*name);
    let names: Vec<String> = options.keys().filter(is_secret).cloned().collect();
    let taken = names.into_iter().filter_map(|name| {
        let value = options.remove(&name)?;
        Some(GivenOption { output, option: plain(&name).to_owned(), value })
    });
    taken.collect()
}

/// Takes what was given out of options, however it was called there.
pub fn forget(options: &mut Map<String, Value>, given: &[GivenOption]) {
    options.retain(|name, _| !given.iter().any(|given| given.option == plain(name)));
}

/// Options as a plugin is told them, by plain names.
pub fn told(options: &Map<String, Value>) -> Map<String, Value> {
    options.iter().map(|(name, value)| (plain(name).to_owned(), value.clone())).collect()
}

/// The names of secret options, by what an exporter says of its options: `{"api_key": {"secret": true}}`.
pub fn declared(options: &Map<String, Value>) -> BTreeSet<String> {
    let secret = options.iter().filter(|(_, about)| about["secret"] == Value::Bool(true));
    secret.map(|(name, _)| name.clone()).collect()
}

/// The secrets that a changed definition leaves out and keeps. They go on with what they were given with, and with nothing else: a
/// key must not follow an address that is changed.
pub fn kept(
    outputs: &[Output],
    given: &[GivenOption],
    before: (&[Output], &[SealedOption]),
) -> Result<Vec<SealedOption>, Vec<Fault>> {
    let (mut kept, mut faults) = (Vec::new(), Vec::new());
    let (outputs_before, secrets) = before;
    for (place, output) in (0_u32..).zip(outputs) {
        let Some(place_before) = before_of(place, output, outputs_before) else { continue };
        let is_given = |option: &str| {
            given.iter().any(|given| given.output == place && given.option == option)
        };
        let of_it = secrets.iter().filter(|secret| secret.output == place_before);
        let old = outputs_before.get(place_before as usize);
        let is_same = old.is_some_and(|old| old.plugin_options == output.plugin_options);
        for secret in of_it.filter(|secret| !is_given(&secret.option)) {
            if is_same {
                kept.push(SealedOption { output: place, ..secret.clone() });
            } else {
                let option = &secret.option;
                let why = format!("the secret option {option:?} is left out while others change");
                let fault = Fault::new(Code::InvalidValue, why);
                let fault = fault.at(format!("/outputs/{place}/options/{option}{MARK}"));
                faults.push(fault.hint("give it again, or `null` for none"));
            }
        }
    }
    if faults.is_empty() { Ok(kept) } else { Err(faults) }
}

/// Where an output was before: with the same plugin and place in the result, at the same place of the definition if there is one.
fn before_of(place: u32, output: &Output, before: &[Output]) -> Option<u32> {
    let is_same = |old: &Output| {
        output.plugin.is_some() && old.plugin == output.plugin && old.to == output.to
    };
    if before.get(place as usize).is_some_and(is_same) {
        return Some(place);
    }
    (0_u32..).zip(before).find(|(_, old)| is_same(old)).map(|(place, _)| place)
}

/// What a plugin calls an option.
fn plain(name: &str) -> &str {
    name.strip_suffix(MARK).unwrap_or(name)
}

/// Options that are marked deeper than they are looked for, or that are called as another one.
pub(crate) fn mistakes(options: &Map<String, Value>, place: &str) -> Vec<Fault> {
    let refuse = |name: &str, why: &str, hint: &str| {
        Fault::new(Code::InvalidValue, why).at(format!("{place}/{name}")).hint(hint)
    };
    let wrong = options.iter().filter_map(|(name, value)| {
        if name == MARK {
            return Some(refuse(name, "it is called nothing", "such as `api_key:secret`"));
        }
        if plain(name) != name && options.contains_key(plain(name)) {
            let hint = "leave one of them out";
            return Some(refuse(name, "the option is there twice, secret and plain", hint));
        }
        let hint = "put it beside the other options, not into one of them";
        has_marked(value).then(|| refuse(name, "it has something secret in it", hint))
    });
    wrong.collect()
}

fn has_marked(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().any(has_marked),
        Value::Object(map) => {
            map.keys().any(|name| name.ends_with(MARK)) || map.values().any(has_marked)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn options(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_is_marked_or_declared_is_taken_out_and_told_by_its_plain_name() {
        let mut left = options(&json!({"url": "u", "api_key": "k", "pin:secret": 7}));
        let declared = declared(&options(&json!({"api_key": {"secret": true}, "url": {}})));
        let taken = take(3, &mut left, &declared);
        assert_eq!(Value::from(left), json!({"url": "u"}));
        let names: Vec<_> = taken.iter().map(|one| (one.output, one.option.as_str())).collect();
        assert_eq!(names, [(3, "api_key"), (3, "pin")]);
        assert!(!format!("{taken:?}").contains("\"k\""), "{taken:?}");
        let mut document = options(&json!({"url": "u", "api_key": "k", "pin:secret": 7}));
        assert_eq!(Value::from(told(&document)), json!({"url": "u", "api_key": "k", "pin": 7}));
        forget(&mut document, &taken);
        assert_eq!(Value::from(document), json!({"url": "u"}));
    }

    #[test]
    fn a_mark_is_at_the_top_and_has_a_name_of_its_own() {
        let check = |value: Value, expected: &[&str]| {
            let faults = mistakes(&options(&value), "/o");
            let places: Vec<_> = faults.iter().filter_map(|one| one.place.as_deref()).collect();
            assert_eq!(places, expected, "{value}");
        };
        check(json!({"a": 1, "b:secret": {"c": [1]}}), &[]);
        check(json!({":secret": 1}), &["/o/:secret"]);
        check(json!({"a": 1, "a:secret": 2}), &["/o/a:secret"]);
        check(json!({"a": [{"b:secret": 2}]}), &["/o/a"]);
    }

    fn output(to: &str, options: &Value) -> Output {
        let output = json!({"to": to, "from": "s", "plugin": "p", "plugin_options": options});
        serde_json::from_value(output).unwrap()
    }

    #[test]
    fn what_a_change_leaves_out_is_kept_with_what_it_was_given_with_alone() {
        let sealed = |output, option: &str| SealedOption {
            output,
            option: option.to_owned(),
            sealed: "…".to_owned(),
        };
        let before = [output("a/", &json!({})), output("b/", &json!({"url": "u"}))];
        let secrets = [sealed(1, "key"), sealed(1, "pin")];
        let check = |outputs: &[Output], given: &[GivenOption]| {
            kept(outputs, given, (before.as_slice(), secrets.as_slice()))
        };
        let moved = [before[1].clone(), output("c/", &json!({"url": "u"}))];
        assert_eq!(check(&moved, &[]), Ok(vec![sealed(0, "key"), sealed(0, "pin")]));
        let none = GivenOption { output: 1, option: "key".to_owned(), value: Value::Null };
        assert_eq!(check(&before, std::slice::from_ref(&none)), Ok(vec![sealed(1, "pin")]));
        let elsewhere = [before[0].clone(), output("b/", &json!({"url": "v"}))];
        let faults = check(&elsewhere, &[none]).unwrap_err();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].place.as_deref(), Some("/outputs/1/options/pin:secret"));
    }
}
