//! The rules between the keys of an output of a catalogue.

use super::{check_incremental, check_template};
use crate::definition::conversions::of_catalogue;
use crate::definition::{EasVersion, Easydb, Merge, Output};
use crate::fault::{Code, Fault};
use crate::template::Template;

/// What folders may be called after.
const FIELDS: [&str; 4] = ["_time", "_catalogue", "_extent", "_name"];

/// Checks an output of a catalogue.
pub(super) fn check(easydb: &Easydb, output: &Output, place: &str, faults: &mut Vec<Fault>) {
    let mut refuse = |key: &str, why: &str, hint: &str| {
        faults.push(Fault::new(Code::InvalidValue, why).at(format!("{place}/{key}")).hint(hint));
    };
    for (key, is_there) in [
        ("format", output.format.is_some()),
        ("verbatim", output.verbatim.is_some()),
        ("made", output.made.is_some()),
        ("assets", output.assets.is_some()),
        ("per", output.per.is_some()),
        ("query", output.query.is_some()),
        ("view", output.view.is_some()),
        ("empty_file", output.empty_file.is_some()),
        ("options", !output.options.is_default()),
        ("select", !output.select.is_everything()),
    ] {
        if is_there {
            let why = format!("`{key}` does not go with `easydb`");
            refuse(key, &why, "an output of a catalogue says everything in `easydb`");
        }
    }
    if easydb.filename_original && easydb.filename_template.is_some() {
        let why = "files have either the names they came with or a template's";
        refuse("easydb/filename_template", why, "leave out `filename_original`, or this");
    }
    if easydb.merge_max_depth.is_some() && easydb.merge_linked_objects == Merge::None {
        let why = "no linked objects are written out, however deep";
        refuse("easydb/merge_max_depth", why, "leave it out, or set `merge_linked_objects`");
    }
    for (key, is_there, needs, is_set) in [
        ("xml_one_file_per_object", easydb.xml_one_file_per_object, "xml", easydb.xml),
        ("mapping", easydb.mapping.is_some(), "xml", easydb.xml || easydb.csv.is_some()),
        ("stylesheet", easydb.stylesheet.is_some(), "xml", easydb.xml),
    ] {
        if is_there && !is_set {
            let why = format!("`{key}` is for `{needs}`");
            refuse(&format!("easydb/{key}"), &why, &format!("set \"{needs}\": true"));
        }
    }
    if easydb.mapping.as_deref() == Some("easydb_flat")
        && easydb.merge_linked_objects != Merge::None
    {
        let why = "linked objects are not written out in `easydb_flat`";
        refuse("easydb/mapping", why, "leave out `merge_linked_objects`, or `mapping`");
    }
    for (key, name) in [("mapping", &easydb.mapping), ("stylesheet", &easydb.stylesheet)] {
        let is_path = |name: &str| name.is_empty() || name.starts_with('.') || name.contains('/');
        if name.as_deref().is_some_and(is_path) {
            refuse(
                &format!("easydb/{key}"),
                "it is a name, not a path",
                "name one of the operator's",
            );
        }
    }
    let csv = easydb.csv.iter();
    for (key, sign) in csv.flat_map(|csv| {
        [("delimiter", &csv.delimiter), ("quote", &csv.quote), ("escape", &csv.escape)]
    }) {
        let is_sign = |sign: &str| sign.len() == 1 && !matches!(sign, "\r" | "\n" | "\0");
        if sign.as_deref().is_some_and(|sign| !is_sign(sign)) {
            refuse(&format!("easydb/csv/{key}"), "it is not one ASCII character", "such as `;`");
        }
    }
    if let Some(csv) = &easydb.csv {
        let (delimiter, quote) = (csv.delimiter.as_deref().unwrap_or(","), csv.quote.as_deref());
        if delimiter == quote.unwrap_or("\"") {
            let why = "values are parted and quoted by the same character";
            refuse("easydb/csv/delimiter", why, "take another one");
        }
    }
    for (class, versions) in &easydb.classes {
        let is_made = |version: &EasVersion| version.conversion().is_some();
        if class != "image" && versions.iter().any(is_made) {
            let why = "only images are converted";
            let hint = "leave out `custom`, and `metadata`";
            refuse(&format!("easydb/classes/{class}"), why, hint);
        }
    }
    for (below, convert) in of_catalogue(easydb) {
        faults.extend(convert.mistakes(&format!("{place}/{below}")));
    }
    if let Err(fault) = easydb.zone() {
        faults.push(fault.at(format!("{place}/easydb/time_zone")));
    }
    check_folder(&output.to, place, faults);
    if let Some(incremental) = &output.incremental {
        check_incremental(incremental, output, &format!("{place}/incremental"), faults);
    }
}

/// Names of folders know some fields, and no records.
fn check_folder(to: &str, place: &str, faults: &mut Vec<Fault>) {
    let place = format!("{place}/to");
    check_template(to, &place, faults);
    let Ok(template) = Template::parse(to) else { return };
    if let Some(field) = template.fields().find(|field| !FIELDS.contains(field)) {
        let why = format!("folders of a catalogue are not called after {field:?}");
        faults.push(
            Fault::new(Code::InvalidValue, why)
                .at(place)
                .hint(format!("there are {}", FIELDS.join(", "))),
        );
    }
}
