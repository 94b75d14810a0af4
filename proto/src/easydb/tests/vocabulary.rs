//! The words that documents may say: each that is listed is read.

use serde_json::{Map, Value, json};

use super::read;
use crate::easydb::vocabulary;
use crate::easydb::vocabulary::{CSV, DATA, EAS_FIELD, EXPORT, SCHEDULE, VERSION, XLSX};

/// All of these keys, with nothing said of any.
fn nulls(keys: &[&str]) -> Value {
    let keys = keys.iter().map(|key| ((*key).to_owned(), Value::Null));
    Value::Object(keys.collect::<Map<String, Value>>())
}

#[test]
fn every_key_that_is_listed_is_read() {
    let (mut export, mut version) = (nulls(&EXPORT), nulls(&VERSION));
    let (mut field, mut data) = (nulls(&EAS_FIELD), nulls(&DATA));
    version["type"] = json!("custom");
    data["type"] = json!("original");
    field["data"] = json!([data]);
    export["name"] = json!("all");
    export["csv"] = nulls(&CSV);
    export["xlsx"] = nulls(&XLSX);
    export["eas_fields"] = json!({"bild.datei": field});
    export["classes"] = json!({"image": [version]});
    let read = read(&json!({"export": export, "_schedules": [nulls(&SCHEDULE)]})).unwrap();
    let is_of_nulls = |warning: &String| warning.starts_with("null stands for the default of");
    assert!(read.warnings.iter().all(is_of_nulls), "{:?}", read.warnings);
}

#[test]
fn words_are_listed_with_the_keys_that_take_them_each_once() {
    let mut listed = vocabulary();
    for word in ["xml", "csv.quote", "type: download", "merge_linked_objects: all"] {
        assert!(listed.iter().any(|one| one == word), "{word}");
    }
    let count = listed.len();
    listed.sort_unstable();
    listed.dedup();
    assert_eq!(listed.len(), count);
}
