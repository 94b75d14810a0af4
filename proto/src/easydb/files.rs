//! Which files go along: `eas_fields`, `classes` and `assets` of an export document.

mod versions;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub(super) use self::versions::KINDS as VERSION_KINDS;
use self::versions::{CUSTOM, leave_texts, shown_versions, version, versions, word};
use super::instance::Instance;
use super::reading::Reading;
use super::vocabulary;
use crate::definition::{
    EasData, EasDataFormat, EasDataKind, EasField, EasRule, EasVersion, EasVersions, Metadata,
};

/// `eas_fields`: a map, or in old documents a list of fields whose files go along.
pub(super) fn fields(
    place: &str,
    value: &Value,
    reading: &mut Reading,
) -> BTreeMap<String, EasField> {
    if let Value::Array(list) = value {
        let names = list.iter().filter_map(|name| reading.text(place, name));
        return names.map(|name| (name, EasField { files: true, ..EasField::default() })).collect();
    }
    let Some(map) = reading.map(place, value) else { return BTreeMap::new() };
    map.iter()
        .filter_map(|(name, value)| {
            Some((name.clone(), field(&format!("{place}.{name}"), value, reading)?))
        })
        .collect()
}

fn field(place: &str, value: &Value, reading: &mut Reading) -> Option<EasField> {
    if let Value::Bool(files) = value {
        return Some(EasField { files: *files, ..EasField::default() });
    }
    let mut field = EasField::default();
    for (key, value) in reading.map(place, value)? {
        let place = format!("{place}.{key}");
        match key.as_str() {
            _ if !vocabulary::EAS_FIELD.contains(&key.as_str()) => reading.unknown(&place),
            "files" => field.files = reading.flag(&place, value),
            "data" => {
                field.data = (0..)
                    .zip(Reading::list(value))
                    .filter_map(|(index, value): (usize, &Value)| {
                        data(&format!("{place}.{index}"), value, reading)
                    })
                    .collect();
            }
            "include_non_preferred" => {
                field.include_non_preferred = reading.flag(&place, value);
            }
            "display_name" => field.display_name = reading.text(&place, value),
            _ => reading.unknown(&place),
        }
    }
    Some(field)
}

/// Of which version something is told.
pub(super) const DATA_KINDS: [(&str, EasDataKind); 3] = [
    ("original", EasDataKind::Original),
    ("current", EasDataKind::Current),
    ("version", EasDataKind::Version),
];

/// How much is told of it.
pub(super) const DATA_FORMATS: [(&str, EasDataFormat); 2] =
    [("long", EasDataFormat::Long), ("short", EasDataFormat::Short)];

fn data(place: &str, value: &Value, reading: &mut Reading) -> Option<EasData> {
    let (mut kind, mut format, mut version) = (None, EasDataFormat::Long, None);
    for (key, value) in reading.map(place, value)? {
        let place = format!("{place}.{key}");
        match key.as_str() {
            _ if !vocabulary::DATA.contains(&key.as_str()) => reading.unknown(&place),
            "type" => kind = reading.word(&place, value, &DATA_KINDS),
            "format" => format = reading.word(&place, value, &DATA_FORMATS).unwrap_or_default(),
            "version" => version = reading.text(&place, value),
            _ => reading.unknown(&place),
        }
    }
    let kind = kind.or(version.is_some().then_some(EasDataKind::Version));
    if kind.is_none() {
        reading.missing(&format!("{place}.type"));
    }
    if kind == Some(EasDataKind::Version) && version.is_none() {
        reading.missing(&format!("{place}.version"));
    }
    Some(EasData { kind: kind?, format, version })
}

/// `classes`: versions by class, or in old documents a text such as `current+original`.
pub(super) fn classes(
    place: &str,
    value: &Value,
    instance: &Instance,
    reading: &mut Reading,
) -> BTreeMap<String, Vec<EasVersion>> {
    let Some(map) = reading.map(place, value) else { return BTreeMap::new() };
    let mut classes = BTreeMap::new();
    for (class, value) in map {
        let place = format!("{place}.{class}");
        if value.is_null() {
            continue;
        }
        let mut given = match value {
            Value::Object(map) => unlisted(&place, map.clone(), instance, reading),
            Value::String(names) => parts(names).map(word).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                versions(&place, value, instance, reading)
            }
        };
        let told = reading.warnings.len();
        for (index, version) in given.iter_mut().enumerate().filter(|_| class != "image") {
            if leave_texts(version) {
                let at = if value.is_array() { format!("{place}.{index}") } else { place.clone() };
                reading.idle(&format!("{at}.metadata"));
            }
        }
        reading.tell_once(told);
        // An empty list says that nothing of the class goes along.
        classes.insert(class.clone(), given);
    }
    classes
}

/// The names in a text such as `current+original`.
fn parts(names: &str) -> impl Iterator<Item = &str> {
    names.split('+').map(str::trim).filter(|name| !name.is_empty())
}

/// Most versions that one text names: what stands beside it counts for each of them.
const MOST_NAMES: usize = 20;

/// The keys of a rule that say nothing of a version.
pub(super) const OF_RULES: [&str; 3] = ["versions", "json", "eas_parent_id"];

/// The keys that tell that a rule is a version itself.
const OF_VERSIONS: [&str; 4] = ["type", "version", "format", CUSTOM];

/// `assets`: what is otherwise for single files.
pub(super) fn assets(
    place: &str,
    value: &Value,
    instance: &Instance,
    reading: &mut Reading,
) -> BTreeMap<String, EasRule> {
    if let Value::Array(list) = value {
        let ids = list.iter().filter_map(|id| reading.id(place, id));
        return ids.map(|id| (id, EasRule::Whether(true))).collect();
    }
    let Some(map) = reading.map(place, value) else { return BTreeMap::new() };
    map.iter()
        .filter_map(|(id, value)| {
            let place = format!("{place}.{id}");
            Some((id.clone(), rule(&place, value, instance, reading)?))
        })
        .collect()
}

fn rule(place: &str, value: &Value, instance: &Instance, reading: &mut Reading) -> Option<EasRule> {
    if let Value::Bool(whether) = value {
        return Some(EasRule::Whether(*whether));
    }
    let map = reading.map(place, value)?;
    let is_told = |key: &str| map.get(key).is_some_and(|value| !value.is_null());
    let is_version = !is_told("versions") && OF_VERSIONS.into_iter().any(is_told);
    let mut rule = EasVersions::default();
    if is_version {
        let own = map.iter().filter(|(key, _)| !OF_RULES.contains(&key.as_str()));
        let own = own.map(|(key, value)| (key.clone(), value.clone())).collect();
        rule.versions = Some(unlisted(place, own, instance, reading));
    }
    for (key, value) in map {
        let place = format!("{place}.{key}");
        match key.as_str() {
            // An empty list says that nothing of the file goes along.
            "versions" if !value.is_null() => {
                rule.versions = Some(versions(&place, value, instance, reading));
            }
            "versions" => {}
            "json" => rule.json = (!value.is_null()).then(|| reading.flag(&place, value)),
            "eas_parent_id" if !value.is_null() => reading.idle(&place),
            "eas_parent_id" => {}
            _ if !is_version => reading.unknown(&place),
            _ => {}
        }
    }
    if rule.versions.is_none() && rule.json.is_none() {
        return Some(EasRule::Whether(true));
    }
    Some(EasRule::Versions(rule))
}

/// The versions that an old document says without a list: one and how it is made, or the names of several, each of
/// which is asked for as what stands beside them says.
fn unlisted(
    place: &str,
    own: Map<String, Value>,
    instance: &Instance,
    reading: &mut Reading,
) -> Vec<EasVersion> {
    let is_told = |key: &str| own.get(key).is_some_and(|value| !value.is_null());
    let names = own.get("version").and_then(Value::as_str).filter(|_| !is_told("type"));
    let names: Option<Vec<String>> = match names {
        // Nothing is chosen of what there is.
        Some("") if !is_told("format") && !is_told(CUSTOM) => Some(Vec::new()),
        Some(names) if names.contains('+') => Some(parts(names).map(str::to_owned).collect()),
        Some(_) | None => None,
    };
    let mut one = Value::Object(own);
    let Some(names) = names else {
        return version(place, &one, instance, reading).into_iter().collect();
    };
    if names.len() > MOST_NAMES {
        reading.wrong(&format!("{place}.version"), format!("at most {MOST_NAMES} are expected"));
        return Vec::new();
    }
    let told = reading.warnings.len();
    let mut versions = Vec::new();
    for name in names {
        one["version"] = Value::String(name);
        versions.extend(version(place, &one, instance, reading));
    }
    reading.tell_once(told);
    versions
}

/// `classes` as documents show it.
pub(super) fn shown_classes(
    classes: &BTreeMap<String, Vec<EasVersion>>,
    profiles: &BTreeMap<String, Metadata>,
) -> Value {
    let shown = classes.iter();
    let shown = shown.map(|(class, versions)| (class.clone(), shown_versions(versions, profiles)));
    Value::Object(shown.collect())
}

/// `assets` as documents show it.
pub(super) fn shown_assets(
    assets: &BTreeMap<String, EasRule>,
    profiles: &BTreeMap<String, Metadata>,
) -> Value {
    let shown = assets.iter().map(|(id, rule)| {
        let shown = match rule {
            EasRule::Whether(whether) => json!(whether),
            EasRule::Versions(EasVersions { versions, json }) => {
                let versions = versions.as_ref().map(|list| shown_versions(list, profiles));
                let keys = [("versions", versions), ("json", json.map(Value::from))];
                let keys = keys.into_iter().filter_map(|(key, shown)| Some((key, shown?)));
                keys.map(|(key, shown)| (key.to_owned(), shown)).collect()
            }
        };
        (id.clone(), shown)
    });
    Value::Object(shown.collect())
}
