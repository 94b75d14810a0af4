//! Objects as JSON: as the search gives them, with linked objects in the place of their names where they
//! are written out, and the names of files that go along.

mod files;
mod languages;

use self::languages::Languages;
use super::json::{Json, separate, write_text};
use super::links::Via;
use super::scene::Scene;
use super::selection::Part;
use super::shipped::Shipped;
use super::trail::{Around, Trail};

/// Where one is within an object.
struct Inside<'t, 'o> {
    trail: Trail<'t>,
    shipped: &'o Shipped,
    languages: Languages<'o>,
}

/// What a file of many objects begins with.
pub(super) fn open(scene: &Scene, out: &mut Vec<u8>) {
    out.extend_from_slice(
        b"{\"aggregations\":{},\"format\":\"long\",\"type\":\"objects\",\"language\":",
    );
    write_text(scene.first_language(), out);
    out.extend_from_slice(b",\"offset\":0,\"objects\":[\n");
}

/// What it ends with: what is known only then.
pub(super) fn close<'t>(types: impl Iterator<Item = &'t String>, count: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\n],\"objecttypes\":[");
    for (nth, name) in types.enumerate() {
        separate(nth, out);
        write_text(name, out);
    }
    out.extend_from_slice(format!("],\"limit\":{count},\"count\":{count},").as_bytes());
    // Nobody searched just now, and a run that is repeated takes another time.
    out.extend_from_slice(b"\"took\":0,\"request_time\":{\"elasticsearch\":0}}\n");
}

/// Writes an object.
pub(super) fn object(
    scene: &Scene,
    text: &str,
    object: &Json<'_>,
    around: &Around<'_>,
    shipped: &Shipped,
    out: &mut Vec<u8>,
) {
    let (trail, languages) = (Trail::new(around, object), Languages::of(scene));
    let mut inside = Inside { trail, shipped, languages };
    if scene.is_fylr() {
        // An object of an export, of when it was made: the run's beginning, so that a repeated run gives
        // the same bytes.
        out.extend_from_slice(b"{\"_format\":\"export\",\"_exported_at\":");
        write_text(&scene.exported_at, out);
        keys(object, scene.part(), &mut inside, &["_format", "_exported_at"], out);
        out.push(b'}');
    } else if scene.depth() == 0 && scene.easydb.fields.is_none() && shipped.is_empty() {
        out.extend_from_slice(text.trim().as_bytes());
    } else {
        whole(object, scene.part(), &mut inside, out);
    }
}

fn whole(object: &Json<'_>, part: Part<'_>, inside: &mut Inside<'_, '_>, out: &mut Vec<u8>) {
    out.push(b'{');
    keys(object, part, inside, &[], out);
    out.push(b'}');
}

/// The keys of an object and their values, after those that are written already.
fn keys(
    object: &Json<'_>,
    part: Part<'_>,
    inside: &mut Inside<'_, '_>,
    written: &[&str],
    out: &mut Vec<u8>,
) {
    let object_type = object.text_of("_objecttype").unwrap_or_default();
    let mut nth = written.len();
    let entries = object.entries().iter();
    for (key, value) in entries.filter(|(key, _)| !written.contains(&&**key)) {
        let part = if key == object_type { part.of_type(object_type) } else { Some(Part::Whole) };
        let Some(part) = part else { continue };
        separate(nth, out);
        nth += 1;
        write_text(key, out);
        out.push(b':');
        if key == object_type {
            fields(value, part, inside, out);
        } else {
            inside.languages.write(value, out);
        }
    }
}

fn fields(row: &Json<'_>, part: Part<'_>, inside: &mut Inside<'_, '_>, out: &mut Vec<u8>) {
    let Json::Object(entries) = row else { return row.write(out) };
    out.push(b'{');
    let mut nth = 0;
    for (key, value) in entries {
        let is_rows = key.starts_with("_nested:") || key.starts_with("_reverse_nested:");
        let is_own = files::is_own(key);
        let chosen = if is_own { Part::Whole.field(key) } else { part.field(key) };
        let Some(chosen) = chosen else { continue };
        separate(nth, out);
        nth += 1;
        write_text(key, out);
        out.push(b':');
        if is_own {
            inside.languages.write(value, out);
        } else if is_rows {
            let via = key.starts_with("_reverse_nested:").then_some(Via::Reverse);
            rows(value, via, chosen.part, inside, out);
        } else if let Some(linked) = inside.trail.enter(Via::Field, value) {
            whole(linked, chosen.part, inside, out);
            inside.trail.back();
        } else if inside.languages.concern(value) {
            inside.languages.write(value, out);
        } else {
            files::value(value, inside.shipped, out);
        }
    }
    out.push(b'}');
}

fn rows(
    value: &Json<'_>,
    via: Option<Via>,
    part: Part<'_>,
    inside: &mut Inside<'_, '_>,
    out: &mut Vec<u8>,
) {
    out.push(b'[');
    for (nth, row) in value.items().iter().enumerate() {
        separate(nth, out);
        match via.and_then(|via| inside.trail.enter(via, row)) {
            Some(linked) => {
                let object_type = linked.text_of("_objecttype").unwrap_or_default();
                let Json::Object(entries) = linked else { continue };
                out.push(b'{');
                for (nth, (key, value)) in entries.iter().enumerate() {
                    separate(nth, out);
                    write_text(key, out);
                    out.push(b':');
                    if key == object_type {
                        fields(value, part, inside, out);
                    } else {
                        inside.languages.write(value, out);
                    }
                }
                out.push(b'}');
                inside.trail.back();
            }
            None => fields(row, part, inside, out),
        }
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::easydb::linked::Linked;

    fn check(easydb: Value, text: &str, expected: &str) {
        let about = json!({"languages": ["de-DE"], "all_languages": ["de-DE", "fr-FR"]});
        let about = serde_json::from_value(about).unwrap();
        let scene = Scene::new(Arc::new(about), serde_json::from_value(easydb).unwrap());
        let linked = Linked { texts: HashMap::new(), whole: HashSet::new() };
        let (around, mut out) = (Around::new(&linked, 0), Vec::new());
        object(&scene, text, &Json::parse(text).unwrap(), &around, &Shipped::default(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn an_object_in_fylrs_form_says_that_it_was_exported_and_when() {
        let text = r#"{"_objecttype":"bild", "_format":"long","bild":{"preis":1.50,"titel":"a"}}"#;
        check(json!({"json": true}), text, text);
        let exported = r#"{"_format":"export","_exported_at":"2026-03-05T09:07:00+00:00","_objecttype":"bild","#;
        let fylr =
            json!({"json": true, "generation": "fylr", "exported_at": "2026-03-05T09:07:00Z"});
        let whole = format!("{exported}\"bild\":{{\"preis\":1.50,\"titel\":\"a\"}}}}");
        check(fylr.clone(), text, &whole);
        let mut chosen = fylr.clone();
        chosen["fields"] = json!({"bild.preis": {}});
        check(chosen, text, &format!("{exported}\"bild\":{{\"preis\":1.50}}}}"));
        // Fields, names, pools and those of linked objects are in the languages that are written; what a plugin keeps is
        // as it is.
        let text = r#"{"_objecttype":"bild","_standard":{"1":{"text":{"de-DE":"a","fr-FR":"b"}}},"bild":{"_pool":{"pool":{"name":{"fr-FR":"c"}}},"titel":{"de-DE":"a","fr-FR":"b"},"zeit":{"from":"1908","text":{"fr-FR":"h"}},"ort":{"_objecttype":"ort","_standard":{"1":{"text":{"de-DE":"d","fr-FR":"e"}}}},"_nested:bild__wort":[{"wort":{"fr-FR":"f"}}],"link":{"name":{"fr-FR":"g"}}}}"#;
        let limited = r#""_standard":{"1":{"text":{"de-DE":"a"}}},"bild":{"_pool":{"pool":{"name":{}}},"titel":{"de-DE":"a"},"zeit":{"from":"1908","text":{}},"ort":{"_objecttype":"ort","_standard":{"1":{"text":{"de-DE":"d"}}}},"_nested:bild__wort":[{"wort":{}}],"link":{"name":{"fr-FR":"g"}}}}"#;
        check(fylr, text, &format!("{exported}{limited}"));
        check(json!({"json": true}), text, text);
    }
}
