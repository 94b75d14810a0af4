//! The keys of `export` in an export document, one by one.

use serde_json::{Map, Value, json};

use super::document::{Document, Kind};
use super::instance::Instance;
use super::reading::Reading;
use super::{fields, files, tables, vocabulary};
use crate::definition::{Generation, Merge};

pub(super) const KINDS: [(&str, Kind); 3] = [
    ("export", Kind::Export),
    ("export_incremental", Kind::Incremental),
    ("download", Kind::Download),
];

pub(super) const MERGES: [(&str, Merge); 6] = [
    ("none", Merge::None),
    ("not_in_main_search", Merge::NotInMainSearch),
    ("not_in_main_search_and_reverse", Merge::NotInMainSearchAndReverse),
    ("not_in_main_search_unless_reverse", Merge::NotInMainSearchAndReverse),
    ("in_main_search", Merge::InMainSearch),
    ("all", Merge::All),
];

/// The field with the number of an object.
const NUMBER: &str = "_system_object_id";

/// The switch of a search by which an object is found once, and not in each of its masks.
const BEST_MASK: &str = "best_mask_filter";

/// Most links deep that objects are merged.
const DEEPEST: u64 = 9;

/// Records a batch that no document says otherwise of.
pub(super) const BATCH_SIZE: u64 = 100;

/// Most records that a batch of a fylr client's export has.
const MOST_OF_FYLR: u64 = 10_000;

/// Takes in the keys that a document gives; those that it leaves out stay as they are.
pub(super) fn read(
    document: &mut Document,
    map: &Map<String, Value>,
    instance: &Instance,
    generation: Generation,
    reading: &mut Reading,
) {
    let mut in_csv = false;
    for (key, value) in map {
        let place = format!("export.{key}");
        let easydb = &mut document.easydb;
        match key.as_str() {
            _ if !vocabulary::EXPORT.contains(&key.as_str()) => reading.unknown(&place),
            "_version" => document.version = reading.number(&place, value),
            "_id" | "user_id" | "_user" | "_owner" => {}
            "type" => document.kind = reading.word(&place, value, &KINDS).unwrap_or_default(),
            "name" => {
                let name = reading.text(&place, value).map(|name| name.trim().to_owned());
                document.name = name.filter(|name| !name.is_empty());
            }
            "search" => {
                easydb.search = reading.map(&place, value).cloned();
                overruled(&place, easydb.search.as_ref(), reading);
            }
            "fields" => easydb.fields = fields::fields(&place, value, generation, reading),
            "eas_fields" => easydb.eas_fields = files::fields(&place, value, reading),
            "classes" => easydb.classes = files::classes(&place, value, instance, reading),
            "assets" => easydb.assets = files::assets(&place, value, instance, reading),
            "csv" => {
                (easydb.csv, in_csv) = tables::csv(&place, value, generation, reading);
            }
            "xlsx" => easydb.xlsx = tables::xlsx(&place, value, reading),
            "xml" => easydb.xml = reading.flag(&place, value),
            "xml_one_file_per_object" => {
                easydb.xml_one_file_per_object = reading.flag(&place, value);
            }
            "json" => easydb.json = reading.flag(&place, value),
            "json_one_file_per_object" => {
                easydb.json_one_file_per_object = reading.flag(&place, value);
            }
            "xslt_xml_post_processing" => stylesheet(&place, value, document, instance, reading),
            "mapping" => {
                let mapping = reading.id(&place, value);
                easydb.mapping = mapping.filter(|name| !is_standard(name, generation));
            }
            "merge_linked_objects" => {
                easydb.merge_linked_objects =
                    reading.word(&place, value, &MERGES).unwrap_or_default();
            }
            "merge_max_depth" => easydb.merge_max_depth = depth(&place, value, reading),
            "all_languages" => easydb.all_languages = reading.flag(&place, value),
            "batch_size" => {
                document.batch_size = batch_size(&place, value, generation, reading);
            }
            "filename_original" => easydb.filename_original = reading.flag(&place, value),
            "filename_template" => easydb.filename_template = reading.text(&place, value),
            "flat" => easydb.flat = reading.flag(&place, value),
            "produce_options" => produce(&place, value, document, reading),
            "include_parents" => easydb.include_parents = reading.flag(&place, value),
            "file_metadata" | "no_inheritance" => {
                if !matches!(value, Value::Null | Value::Bool(false)) {
                    reading.idle(&place);
                }
            }
            "file_url_expire_days" => {
                if !matches!(value, Value::Null | Value::Bool(false)) {
                    let why = "addresses of files are the catalogue's, and hold as long as it says";
                    reading.overruled(&place, why);
                }
            }
            _ => reading.unknown(&place),
        }
    }
    let easydb = &mut document.easydb;
    easydb.all_languages |= in_csv;
    let says_how_deep = ["fields", "merge_max_depth"].iter().any(|key| map.contains_key(*key));
    if generation == Generation::Fylr && says_how_deep {
        fields::check_depth(easydb, reading);
    }
    if easydb.filename_original && easydb.filename_template.is_some() {
        let why = "`filename_original` and `filename_template` exclude each other";
        reading.wrong("export.filename_template", why);
    }
}

/// What of a search is not the export's to say: all that is found is exported, each object once, in an order that runs
/// can be taken up in again.
fn overruled(place: &str, search: Option<&Map<String, Value>>, reading: &mut Reading) {
    let given = |key: &str| search.and_then(|search| search.get(key));
    let is_own = |sort: &Value| {
        let order = sort.get("order").and_then(Value::as_str).unwrap_or("ASC");
        sort.get("field").is_some_and(|field| field == NUMBER) && order == "ASC"
    };
    if Reading::list(given("sort").unwrap_or(&Value::Null)).iter().any(|sort| !is_own(sort)) {
        let why = "objects are in the order of their _system_object_id";
        reading.overruled(&format!("{place}.sort"), why);
    }
    for key in ["limit", "offset"] {
        if given(key).is_some_and(|value| !value.is_null() && value != 0) {
            reading.overruled(&format!("{place}.{key}"), "all that is found is exported");
        }
    }
    if given(BEST_MASK).is_some_and(|value| !value.is_null() && *value != Value::Bool(true)) {
        let why = "each object is exported once, in the best mask";
        reading.overruled(&format!("{place}.{BEST_MASK}"), why);
    }
}

/// Whether a mapping is the standard form; fylr has no other of its own.
fn is_standard(mapping: &str, generation: Generation) -> bool {
    mapping == "easydb" || (mapping == "easydb_flat" && generation == Generation::Fylr)
}

/// Records a batch. easydb knows no bound.
fn batch_size(
    place: &str,
    value: &Value,
    generation: Generation,
    reading: &mut Reading,
) -> Option<u64> {
    let size = reading.number(place, value);
    if let Some(size) = size.filter(|size| *size > MOST_OF_FYLR)
        && generation == Generation::Fylr
    {
        reading.wrong(place, format!("{size} is not within 0 to {MOST_OF_FYLR}"));
    }
    size
}

fn depth(place: &str, value: &Value, reading: &mut Reading) -> Option<u8> {
    let depth = reading.number(place, value)?;
    if !(1..=DEEPEST).contains(&depth) {
        reading.wrong(place, format!("{depth} is not within 1 to {DEEPEST}"));
    }
    // One is the usual depth.
    u8::try_from(depth).ok().filter(|depth| *depth != 1)
}

/// A stylesheet is an asset of the catalogue: one of the operator's files, where the configuration says so of its
/// number, and else the catalogue's own.
fn stylesheet(
    place: &str,
    value: &Value,
    document: &mut Document,
    instance: &Instance,
    reading: &mut Reading,
) {
    let id = match value {
        Value::Object(map) => map.get("_id").unwrap_or(&Value::Null),
        Value::Null | Value::Bool(false) => &Value::Null,
        Value::Bool(true) | Value::Number(_) | Value::String(_) | Value::Array(_) => value,
    };
    let id = reading.id(place, id);
    if id.is_some() && id == document.stylesheet {
        // It stays what it was, also where it is there no more: whoever runs it tells.
        return;
    }
    let named = |id: &String| instance.stylesheets.get(id).unwrap_or(id).clone();
    document.easydb.stylesheet = id.as_ref().map(named);
    document.stylesheet = id;
}

fn produce(place: &str, value: &Value, document: &mut Document, reading: &mut Reading) {
    document.produce = reading.map(place, value).cloned().unwrap_or_default();
    let plugin = document.produce.get("plugin").and_then(Value::as_str).unwrap_or_default();
    if !["", "easydb"].contains(&plugin) {
        let why = format!("there is no plugin {plugin:?}");
        reading.wrong(&format!("{place}.plugin"), why);
    }
}

/// `export` as documents show it.
pub(super) fn shown(document: &Document) -> Map<String, Value> {
    let easydb = &document.easydb;
    let kind = KINDS.iter().find(|(_, kind)| *kind == document.kind);
    let merge = MERGES.iter().find(|(_, merge)| *merge == easydb.merge_linked_objects);
    let mut produce = document.produce.clone();
    produce.entry("plugin").or_insert_with(|| json!("easydb"));
    let mut shown = json!({
        "type": kind.map(|(name, _)| name),
        "name": document.name,
        "search": easydb.search,
        "fields": easydb.fields,
        "eas_fields": easydb.eas_fields,
        "classes": files::shown_classes(&easydb.classes, &document.metadata),
        "assets": files::shown_assets(&easydb.assets, &document.metadata),
        "csv": tables::shown_csv(easydb.csv.as_ref()),
        "xlsx": tables::shown_xlsx(easydb.xlsx.as_ref()),
        "xml": easydb.xml,
        "xml_one_file_per_object": easydb.xml_one_file_per_object,
        "json": easydb.json,
        "json_one_file_per_object": easydb.json_one_file_per_object,
        "xslt_xml_post_processing": document.stylesheet.as_ref().map(|id| json!({"_id": number(id)})),
        "mapping": easydb.mapping.as_deref().map_or_else(|| json!("easydb"), number),
        "merge_linked_objects": merge.map(|(name, _)| name),
        "merge_max_depth": easydb.merge_max_depth.unwrap_or(1),
        "all_languages": easydb.all_languages,
        "batch_size": document.batch_size.unwrap_or(BATCH_SIZE),
        "filename_original": easydb.filename_original,
        "filename_template": easydb.filename_template,
        "produce_options": produce,
        "flat": easydb.flat,
    });
    if easydb.include_parents {
        shown["include_parents"] = json!(true);
    }
    match shown {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

/// An id as a number, where it is one.
pub(super) fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), |number| json!(number))
}
