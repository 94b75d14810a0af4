//! Versions by the names of presets, which stand in the configuration of a fylr and nowhere else.

use serde_json::{Map, Value};

use crate::abridged;
use crate::easydb::reading::Reading;

/// Keys that say nothing of how a version is made, and values that say nothing new of it.
const KEYS: [&str; 3] = ["type", "version", "custom_version_preset"];
const VALUES: [&str; 3] = ["", "keep", "standard"];

/// Notes a preset. Where the version says besides how it is made, that counts; where the name is all that is said,
/// nobody here knows what is meant.
pub(super) fn check(place: &str, value: &Value, map: &Map<String, Value>, reading: &mut Reading) {
    let Some(name) = reading.text(place, value) else { return };
    let is_nothing = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => VALUES.contains(&text.as_str()),
        Value::Bool(true) | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    };
    let is_said =
        |(key, value): (&String, &Value)| !KEYS.contains(&key.as_str()) && !is_nothing(value);
    if map.iter().any(is_said) {
        let (name, why) = (abridged::text(&name), "which is of the catalogue's configuration");
        reading.tolerate(
            place,
            format_args!("names the preset {name:?}, {why}; the version's other keys count"),
        );
    } else {
        let why = format!(
            "the preset {name:?} is of the catalogue's configuration; say what it stands for: format, size, quality and so on"
        );
        reading.wrong(place, why);
    }
}
