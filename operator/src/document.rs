//! What is sent to the server: the definition of a resource, with when it starts by itself.

use proto::digest::hex;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::resource::{ConfigMapKey, Rhythm};

/// The keys of a definition that say when runs start by themselves.
const SCHEDULES: &str = "schedules";
const PAUSED: &str = "paused";

/// A definition, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    /// As JSON.
    pub(crate) text: String,
    /// SHA-256 of the text, in hexadecimal.
    pub(crate) digest: String,
}

/// Why a resource has no definition that could be sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Mistake {
    #[error("the resource has neither `definition` nor `definitionFrom`")]
    Nowhere,
    #[error("the resource has both `definition` and `definitionFrom`")]
    Both,
    #[error("there is no ConfigMap {name:?} in this namespace")]
    NoConfigMap { name: String },
    #[error("the ConfigMap {name:?} has no key {key:?}")]
    NoKey { name: String, key: String },
    #[error("{key:?} of the ConfigMap {name:?} is no object of JSON")]
    NoObject { name: String, key: String },
    #[error("the definition has `{key}`; an ExportSchedule says beside it when runs start")]
    Schedules { key: &'static str },
}

impl Document {
    /// The definition that stands in a resource. The cluster keeps no order of keys, so they are sorted: the same
    /// definition is the same text.
    pub(crate) fn inline(
        definition: &Map<String, Value>,
        rhythm: Option<Rhythm<'_>>,
    ) -> Result<Self, Mistake> {
        let mut sorted = Value::Object(definition.clone());
        sorted.sort_all_objects();
        match sorted {
            Value::Object(definition) => Self::of(definition, rhythm),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Err(Mistake::Nowhere),
        }
    }

    /// The definition that stands in a ConfigMap, with its keys in their order.
    pub(crate) fn named(
        place: &ConfigMapKey,
        text: &str,
        rhythm: Option<Rhythm<'_>>,
    ) -> Result<Self, Mistake> {
        let definition = serde_json::from_str(text).map_err(|_| Mistake::NoObject {
            name: place.config_map.clone(),
            key: place.key.clone(),
        })?;
        Self::of(definition, rhythm)
    }

    fn of(mut definition: Map<String, Value>, rhythm: Option<Rhythm<'_>>) -> Result<Self, Mistake> {
        for key in [SCHEDULES, PAUSED] {
            if definition.contains_key(key) {
                return Err(Mistake::Schedules { key });
            }
        }
        if let Some(rhythm) = rhythm {
            definition.insert(SCHEDULES.to_owned(), rhythm.schedules.into());
            definition.insert(PAUSED.to_owned(), rhythm.suspend.into());
        }
        let text = Value::Object(definition).to_string();
        let digest = hex(&Sha256::digest(text.as_bytes()));
        Ok(Self { text, digest })
    }
}

/// A definition as the server has it, whose schedules rest from now on.
pub(crate) fn at_rest(mut definition: Value) -> String {
    if let Some(definition) = definition.as_object_mut() {
        definition.insert(PAUSED.to_owned(), true.into());
    }
    definition.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place() -> ConfigMapKey {
        ConfigMapKey { config_map: "flights".to_owned(), key: "definition.json".to_owned() }
    }

    fn map(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_order_of_keys_counts_where_it_is_kept() {
        let [one, two] =
            [json!({"a": 1, "b": {"d": 1, "c": 2}}), json!({"b": {"c": 2, "d": 1}, "a": 1})]
                .map(|definition| Document::inline(&map(definition), None).unwrap());
        assert_eq!(one, two);
        assert_eq!(one.text, r#"{"a":1,"b":{"c":2,"d":1}}"#);
        let kept = Document::named(&place(), r#"{"b": 1, "a": 2}"#, None).unwrap();
        assert_eq!(kept.text, r#"{"b":1,"a":2}"#);
    }

    #[test]
    fn schedules_are_laid_over_the_definition_and_nowhere_else() {
        let schedules = [json!({"cron": "@daily"})];
        let rhythm = |suspend: bool| Some(Rhythm { schedules: &schedules, suspend });
        let [on, off] = [false, true].map(|suspend| {
            let document = Document::inline(&map(json!({"name": "A"})), rhythm(suspend)).unwrap();
            (serde_json::from_str::<Value>(&document.text).unwrap(), document.digest)
        });
        assert_eq!(on.0, json!({"name": "A", "schedules": schedules, "paused": false}));
        assert_eq!(off.0["paused"], true);
        assert_ne!(on.1, off.1);
        for key in [SCHEDULES, PAUSED] {
            let refused = Document::inline(&map(json!({key: null})), None);
            assert_eq!(refused, Err(Mistake::Schedules { key }));
        }
    }

    #[test]
    fn what_is_no_object_is_told_with_its_place() {
        for text in ["", "[]", "{"] {
            let mistake = Document::named(&place(), text, None).unwrap_err();
            assert!(mistake.to_string().contains("\"flights\""), "{mistake}");
        }
    }

    #[test]
    fn what_rests_stays_what_it_was() {
        let rests: Value =
            serde_json::from_str(&at_rest(json!({"name": "A", "paused": false}))).unwrap();
        assert_eq!(rests, json!({"name": "A", "paused": true}));
    }
}
