//! `fields` of an export document: which fields are written, and what they are called.
//!
//! fylr refuses what easydb tolerates: keys of a field that nobody knows, and fields that lie further away than
//! objects are written out.

use std::collections::BTreeMap;

use serde_json::Value;

use super::reading::Reading;
use super::vocabulary;
use crate::definition::{Easydb, Generation, Shown};

/// `fields`: a map to what fields are called, or a list of them; nothing for all.
pub(super) fn fields(
    place: &str,
    value: &Value,
    generation: Generation,
    reading: &mut Reading,
) -> Option<BTreeMap<String, Shown>> {
    let fields: BTreeMap<String, Shown> = if let Value::Array(list) = value {
        let names = list.iter().filter_map(|name| reading.text(place, name));
        names.map(|name| (name, Shown::default())).collect()
    } else {
        let map = reading.map(place, value)?;
        let mut field = |name: &String, value: &Value| {
            field(&format!("{place}.{name}"), value, generation, reading)
        };
        map.iter().map(|(name, value)| (name.clone(), field(name, value))).collect()
    };
    (!fields.is_empty()).then_some(fields)
}

fn field(place: &str, value: &Value, generation: Generation, reading: &mut Reading) -> Shown {
    let mut shown = Shown::default();
    let value = if let Value::Bool(true) = value { &Value::Null } else { value };
    for (key, value) in reading.map(place, value).into_iter().flatten() {
        let place = format!("{place}.{key}");
        match key.as_str() {
            other if !vocabulary::FIELD.contains(&other) => match generation {
                Generation::Easydb => reading.unknown(&place),
                Generation::Fylr => {
                    reading.wrong(&place, "a field has a `display_name` and nothing else");
                }
            },
            "display_name" => shown.display_name = reading.text(&place, value),
            _ => reading.unknown(&place),
        }
    }
    shown
}

/// Refuses fields that lie further away than objects are written out, as fylr does.
pub(super) fn check_depth(easydb: &Easydb, reading: &mut Reading) {
    let depth = usize::from(easydb.merge_max_depth.unwrap_or(1));
    for name in easydb.fields.iter().flat_map(BTreeMap::keys) {
        let links = links(name);
        if links > depth {
            let why = format!("it is {links} links away, and `merge_max_depth` is {depth}");
            reading.wrong(&format!("export.fields.{name}"), why);
        }
    }
}

/// How many links lead to a field: `bild.ort.ort.name` is one link away. Rows are in the object itself, and what
/// begins with `_` otherwise leads to no field.
fn links(name: &str) -> usize {
    let is_rows = |key: &str| key.starts_with("_nested:") || key.starts_with("_reverse_nested:");
    let keys = name.split('.').filter(|key| !is_rows(key));
    let keys = keys.take_while(|key| !key.starts_with('_')).count();
    keys.saturating_sub(2) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_counted_by_the_names_of_fields() {
        for (name, expected) in [
            ("bild", 0),
            ("bild.titel", 0),
            ("bild.titel.de-DE", 0),
            ("bild._nested:bild__wort.text", 0),
            ("bild._reverse_nested:foto:bild.name", 0),
            ("bild._pool.pool._id", 0),
            ("bild.ort._standard.1.text", 0),
            ("bild.ort.ort.name", 1),
            ("bild._nested:bild__wort.lk_wort.wort.name", 1),
            ("bild.ort.ort.land.land.name", 2),
        ] {
            assert_eq!(links(name), expected, "{name}");
        }
    }
}
