//! Objects as JSON: as the search gives them, with linked objects in the place of their names where they
//! are written out, and the names of files that go along.

mod files;

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
    if scene.depth() == 0 && scene.easydb.fields.is_none() && shipped.is_empty() {
        out.extend_from_slice(text.trim().as_bytes());
        return;
    }
    let mut inside = Inside { trail: Trail::new(around, object), shipped };
    whole(object, scene.part(), &mut inside, out);
}

fn whole(object: &Json<'_>, part: Part<'_>, inside: &mut Inside<'_, '_>, out: &mut Vec<u8>) {
    let object_type = object.text_of("_objecttype").unwrap_or_default();
    out.push(b'{');
    let mut nth = 0;
    for (key, value) in object.entries() {
        let part = if key == object_type { part.of_type(object_type) } else { Some(Part::Whole) };
        let Some(part) = part else { continue };
        separate(nth, out);
        nth += 1;
        write_text(key, out);
        out.push(b':');
        if key == object_type { fields(value, part, inside, out) } else { value.write(out) }
    }
    out.push(b'}');
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
            value.write(out);
        } else if is_rows {
            let via = key.starts_with("_reverse_nested:").then_some(Via::Reverse);
            rows(value, via, chosen.part, inside, out);
        } else if let Some(linked) = inside.trail.enter(Via::Field, value) {
            whole(linked, chosen.part, inside, out);
            inside.trail.back();
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
                    let is_fields = key == object_type;
                    if is_fields { fields(value, part, inside, out) } else { value.write(out) }
                }
                out.push(b'}');
                inside.trail.back();
            }
            None => fields(row, part, inside, out),
        }
    }
    out.push(b']');
}
