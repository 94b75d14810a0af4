//! `csv` and `xlsx` of an export document.

use serde_json::{Map, Value, json};

use super::reading::Reading;
use super::vocabulary;
use crate::definition::{Changelog, EasydbCsv, EasydbHierarchy, EasydbXlsx, Generation};

pub(super) const HIERARCHIES: [(&str, EasydbHierarchy); 3] = [
    ("column", EasydbHierarchy::Column),
    ("/", EasydbHierarchy::Slash),
    (">", EasydbHierarchy::Arrow),
];

/// What `csv` asks for, and whether an old document asks for all languages in it.
pub(super) fn csv(
    place: &str,
    value: &Value,
    generation: Generation,
    reading: &mut Reading,
) -> (Option<EasydbCsv>, bool) {
    let mut csv = EasydbCsv { generation, ..EasydbCsv::default() };
    let mut all_languages = false;
    let Some(map) = options(place, value, reading) else { return (None, false) };
    for (key, value) in &map {
        let place = format!("{place}.{key}");
        match key.as_str() {
            _ if !vocabulary::CSV.contains(&key.as_str()) => reading.unknown(&place),
            "delimiter" => csv.delimiter = character(&place, value, ",", reading),
            "quote" => csv.quote = character(&place, value, "\"", reading),
            "escape" => csv.escape = character(&place, value, "\"", reading),
            "use_bom" => csv.use_bom = reading.flag(&place, value),
            "empty_columns" => csv.empty_columns = reading.flag(&place, value),
            "hierarchy" => csv.hierarchy = reading.word(&place, value, &HIERARCHIES),
            "localized_column_names" => {
                csv.localized_column_names = reading.flag(&place, value);
            }
            "all_languages" => all_languages = reading.flag(&place, value),
            "include_changelog" => csv.changelog = changelog(&place, value, reading),
            _ => reading.unknown(&place),
        }
    }
    (Some(csv), all_languages)
}

/// What `xlsx` asks for.
pub(super) fn xlsx(place: &str, value: &Value, reading: &mut Reading) -> Option<EasydbXlsx> {
    let mut xlsx = EasydbXlsx::default();
    for (key, value) in &options(place, value, reading)? {
        let place = format!("{place}.{key}");
        match key.as_str() {
            _ if !vocabulary::XLSX.contains(&key.as_str()) => reading.unknown(&place),
            "hierarchy" => xlsx.hierarchy = reading.word(&place, value, &HIERARCHIES),
            "localized_column_names" => {
                xlsx.localized_column_names = reading.flag(&place, value);
            }
            "include_changelog" => xlsx.changelog = changelog(&place, value, reading),
            "include_thumbnail" => xlsx.thumbnails = reading.flag(&place, value),
            _ => reading.unknown(&place),
        }
    }
    Some(xlsx)
}

/// The options of a table: nothing where it is not asked for, none where it is asked for by `true`.
fn options(place: &str, value: &Value, reading: &mut Reading) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            reading.flag(place, value).then(Map::new)
        }
    }
}

/// `include_changelog`: a truth value, or whether users are told too.
fn changelog(place: &str, value: &Value, reading: &mut Reading) -> Option<Changelog> {
    let Value::Object(map) = value else {
        return (!value.is_null() && reading.flag(place, value)).then_some(Changelog::Changes);
    };
    let mut changelog = Changelog::Changes;
    for (key, value) in map {
        let place = format!("{place}.{key}");
        match key.as_str() {
            _ if !vocabulary::CHANGELOG.contains(&key.as_str()) => reading.unknown(&place),
            "with_user" => {
                if reading.flag(&place, value) {
                    changelog = Changelog::Users;
                }
            }
            _ => reading.unknown(&place),
        }
    }
    Some(changelog)
}

fn shown_changelog(changelog: Option<Changelog>) -> Value {
    match changelog {
        None => json!(false),
        Some(Changelog::Changes) => json!(true),
        Some(Changelog::Users) => json!({"with_user": true}),
    }
}

/// One character; nothing where it is the usual one.
fn character(place: &str, value: &Value, usual: &str, reading: &mut Reading) -> Option<String> {
    let text = reading.text(place, value)?;
    if text.len() == 1 && text.is_ascii() {
        return (text != usual).then_some(text);
    }
    reading.wrong(place, "one ASCII character is expected");
    None
}

/// `csv` as documents show it.
pub(super) fn shown_csv(csv: Option<&EasydbCsv>) -> Value {
    let Some(csv) = csv else { return json!(false) };
    let mut shown = json!({
        "delimiter": csv.delimiter.as_deref().unwrap_or(","),
        "quote": csv.quote.as_deref().unwrap_or("\""),
        "escape": csv.escape.as_deref().unwrap_or("\""),
        "use_bom": csv.use_bom,
        "empty_columns": csv.empty_columns,
        "hierarchy": csv.hierarchy,
    });
    if csv.generation == Generation::Fylr {
        shown["localized_column_names"] = json!(csv.localized_column_names);
    }
    if csv.changelog.is_some() {
        shown["include_changelog"] = shown_changelog(csv.changelog);
    }
    shown
}

/// `xlsx` as documents show it.
pub(super) fn shown_xlsx(xlsx: Option<&EasydbXlsx>) -> Value {
    let Some(xlsx) = xlsx else { return json!(false) };
    json!({
        "hierarchy": xlsx.hierarchy,
        "localized_column_names": xlsx.localized_column_names,
        "include_changelog": shown_changelog(xlsx.changelog),
        "include_thumbnail": xlsx.thumbnails,
    })
}
