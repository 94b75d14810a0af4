//! The versions in which files go along.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::definition::{EasVersion, Metadata, MetadataName};
use crate::easydb::custom;
use crate::easydb::instance::Instance;
use crate::easydb::reading::Reading;

/// What a version is called that is made for the export.
pub(super) const CUSTOM: &str = "custom";

/// What versions are called by.
pub(in crate::easydb) const KINDS: [&str; 4] = ["original", "current", "version", CUSTOM];

/// Asks nothing of the texts in a version, for only those of images can be changed. Whether anything was
/// asked.
pub(super) fn leave_texts(version: &mut EasVersion) -> bool {
    match version {
        EasVersion::Original { metadata }
        | EasVersion::Current { metadata }
        | EasVersion::Version { metadata, .. } => metadata.take().is_some(),
        EasVersion::Custom { .. } => false,
    }
}

/// A list of versions.
pub(super) fn versions(
    place: &str,
    value: &Value,
    instance: &Instance,
    reading: &mut Reading,
) -> Vec<EasVersion> {
    (0..)
        .zip(Reading::list(value))
        .filter_map(|(index, value): (usize, &Value)| {
            version(&format!("{place}.{index}"), value, instance, reading)
        })
        .collect()
}

/// A version by its name alone.
pub(super) fn word(name: &str) -> EasVersion {
    match name {
        "original" => EasVersion::Original { metadata: None },
        "current" => EasVersion::Current { metadata: None },
        name => EasVersion::Version { version: name.to_owned(), metadata: None },
    }
}

/// One version.
pub(super) fn version(
    place: &str,
    value: &Value,
    instance: &Instance,
    reading: &mut Reading,
) -> Option<EasVersion> {
    if let Value::String(name) = value {
        return Some(word(name));
    }
    let map = reading.map(place, value)?;
    let name = map.get("version").and_then(|name| reading.text(&format!("{place}.version"), name));
    let is_told = |key: &str| map.get(key).is_some_and(|value| !value.is_null());
    let kind = match map.get("type").and_then(Value::as_str) {
        Some(kind) => kind,
        // Old documents name it where versions are named.
        None => match name.as_deref() {
            Some(CUSTOM) => CUSTOM,
            Some("original") => "original",
            Some("current") => "current",
            Some(_) => "version",
            None if is_told("format") || is_told(CUSTOM) => CUSTOM,
            None => {
                reading.missing(&format!("{place}.type"));
                return None;
            }
        },
    };
    if kind == CUSTOM {
        let convert = custom::convert(place, map, instance, reading);
        return Some(EasVersion::Custom { convert: Box::new(convert) });
    }
    let metadata = texts(place, map, instance, reading);
    match (kind, name) {
        ("original", _) => Some(EasVersion::Original { metadata }),
        ("current", _) => Some(EasVersion::Current { metadata }),
        ("version", Some(version)) => Some(EasVersion::Version { version, metadata }),
        ("version", None) => {
            reading.missing(&format!("{place}.version"));
            None
        }
        (other, _) => {
            let why = format!("{other:?} is none of {}", KINDS.join(", "));
            reading.wrong(&format!("{place}.type"), why);
            None
        }
    }
}

/// What is asked of the texts in a version that is otherwise as the catalogue has it. It has the catalogue's
/// standard already, and to keep its texts is to leave it alone.
fn texts(
    place: &str,
    map: &Map<String, Value>,
    instance: &Instance,
    reading: &mut Reading,
) -> Option<Metadata> {
    for (key, value) in map {
        let is_known = ["type", "version", "metadata"].contains(&key.as_str());
        let is_idle = ["watermark", "transform"].contains(&key.as_str()) && is_nothing(value);
        if !is_known && !is_idle {
            reading.idle(&format!("{place}.{key}"));
        }
    }
    let asked = map.get("metadata")?;
    match custom::metadata(&format!("{place}.metadata"), asked, instance, reading)? {
        Metadata::Named(MetadataName::Keep | MetadataName::Standard) => None,
        metadata @ (Metadata::Named(MetadataName::Remove) | Metadata::Mapped(_)) => Some(metadata),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Versions as documents show them.
pub(super) fn shown_versions(
    versions: &[EasVersion],
    profiles: &BTreeMap<String, Metadata>,
) -> Value {
    let shown = versions.iter().map(|version| {
        let (mut shown, metadata) = match version {
            EasVersion::Original { metadata } => (json!({"type": "original"}), metadata),
            EasVersion::Current { metadata } => (json!({"type": "current"}), metadata),
            EasVersion::Version { version, metadata } => {
                (json!({"type": "version", "version": version}), metadata)
            }
            EasVersion::Custom { convert } => return custom::shown(convert, profiles),
        };
        if let Some(metadata) = metadata {
            shown["metadata"] = custom::shown_metadata(metadata, profiles);
        }
        shown
    });
    Value::Array(shown.collect())
}
