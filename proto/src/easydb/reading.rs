//! Reading loosely typed JSON: what is meant, what is tolerated, what is not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use super::mistake::{Mistake, What};
use crate::abridged;
use crate::definition::Metadata;

/// Most notes of what was tolerated. A document may have as many keys as it has bytes, and each is told of by its
/// place, which may be as long.
const MOST_NOTES: usize = 100;

/// A document on the way in: what was tolerated of it so far, and what is wrong.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) warnings: Vec<String>,
    /// How much was tolerated besides.
    unnoted: usize,
    pub(super) mistakes: Vec<Mistake>,
    /// The profiles of metadata that it names, by their ids.
    pub(super) profiles: BTreeMap<String, Metadata>,
}

impl Reading {
    /// Notes what is tolerated of a key.
    pub(super) fn tolerate(&mut self, place: &str, what: fmt::Arguments<'_>) {
        if self.warnings.len() < MOST_NOTES {
            self.warnings.push(format!("{} {what}", abridged::text(place)));
        } else {
            self.unnoted += 1;
        }
    }

    /// Notes a key that nobody knows.
    pub(super) fn unknown(&mut self, place: &str) {
        self.tolerate(place, format_args!("is not known and was left out"));
    }

    /// Notes a key that changes nothing here.
    pub(super) fn idle(&mut self, place: &str) {
        self.tolerate(place, format_args!("has no effect"));
    }

    /// Notes a key that changes nothing here, and why.
    pub(super) fn overruled(&mut self, place: &str, why: &str) {
        self.tolerate(place, format_args!("has no effect: {why}"));
    }

    /// What is told of that for which there was no room.
    pub(super) fn unnoted(&self) -> Option<String> {
        let more = self.unnoted;
        (more > 0).then(|| format!("{more} more keys are not known or have no effect"))
    }

    /// Of all that was noted since there were so many notes, leaves each in once.
    pub(super) fn tell_once(&mut self, since: usize) {
        let (noted, mut told) = (self.warnings.split_off(since), BTreeSet::new());
        self.warnings.extend(noted.into_iter().filter(|warning| told.insert(warning.clone())));
    }

    pub(super) fn wrong(&mut self, place: &str, why: impl Into<String>) {
        let what = What::Value { why: why.into() };
        self.mistakes.push(Mistake { what, place: place.to_owned() });
    }

    pub(super) fn other_type(&mut self, place: &str, expected: &'static str) {
        self.mistakes.push(Mistake { what: What::Type { expected }, place: place.to_owned() });
    }

    pub(super) fn missing(&mut self, place: &str) {
        self.mistakes.push(Mistake { what: What::Missing, place: place.to_owned() });
    }

    /// A switch: `true`, `1` and their texts; off for null.
    pub(super) fn flag(&mut self, place: &str, value: &Value) -> bool {
        match value {
            Value::Bool(flag) => *flag,
            Value::Null => false,
            Value::Number(number) if number.as_u64() == Some(0) => false,
            Value::Number(number) if number.as_u64() == Some(1) => true,
            Value::String(text) if text == "true" || text == "1" => true,
            Value::String(text) if text == "false" || text == "0" || text.is_empty() => false,
            Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                self.other_type(place, "a boolean");
                false
            }
        }
    }

    /// A whole number, or the text of one; nothing for null.
    pub(super) fn number(&mut self, place: &str, value: &Value) -> Option<u64> {
        match value {
            Value::Null => None,
            Value::Number(number) if number.as_u64().is_some() => number.as_u64(),
            Value::String(text) if text.trim().parse::<u64>().is_ok() => text.trim().parse().ok(),
            Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => {
                self.other_type(place, "a whole number");
                None
            }
        }
    }

    /// A text; nothing for null and for an empty one.
    pub(super) fn text(&mut self, place: &str, value: &Value) -> Option<String> {
        match value {
            Value::Null => None,
            Value::String(text) => (!text.is_empty()).then(|| text.clone()),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                self.other_type(place, "a text");
                None
            }
        }
    }

    /// A text or a number as text: ids are written both ways.
    pub(super) fn id(&mut self, place: &str, value: &Value) -> Option<String> {
        match value.as_u64() {
            Some(number) => Some(number.to_string()),
            None => self.text(place, value),
        }
    }

    /// A map; nothing for null.
    pub(super) fn map<'v>(
        &mut self,
        place: &str,
        value: &'v Value,
    ) -> Option<&'v Map<String, Value>> {
        match value {
            Value::Null => None,
            Value::Object(map) => Some(map),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                self.other_type(place, "an object");
                None
            }
        }
    }

    /// A list; one value alone is a list of it, null is an empty one.
    pub(super) fn list(value: &Value) -> &[Value] {
        match value {
            Value::Null => &[],
            Value::Array(list) => list,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                std::slice::from_ref(value)
            }
        }
    }

    /// One of several words.
    pub(super) fn word<T: Copy>(
        &mut self,
        place: &str,
        value: &Value,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(place, value)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meant)| *meant);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(place, format!("{text:?} is none of {}", known.join(", ")));
        }
        found
    }
}
