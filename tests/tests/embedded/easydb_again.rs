//! What incremental exports of a catalogue have: whatever is new, and what was left out before, though nobody changed it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::served::Served;
use crate::dialect::{Guest, paths};

/// A server over a catalogue without objects, where its search answer is to be, and that of the small one.
pub(super) async fn served() -> (Served, PathBuf, String) {
    let served = Served::start(
        "[easydb]\nsource = \"c\"\n[sources.c]\nkind = \"easydb\"\npath = \"{folder}/c\"\n",
    )
    .await;
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    let folder = served.path("c");
    fs::create_dir(&folder).unwrap();
    fs::copy(small.join("catalogue.json"), folder.join("catalogue.json")).unwrap();
    let whole = fs::read_to_string(small.join("search-00000.json")).unwrap();
    (served, folder.join("search-00000.json"), whole)
}

/// Whether there are files of an export in a folder whose name ends so.
fn lies_in(shown: &Value, end: &str) -> bool {
    paths(shown).iter().any(|path| path.contains(end))
}

#[tokio::test]
async fn the_first_export_of_changes_has_what_was_changed_a_moment_ago_too() {
    let (served, file, whole) = served().await;
    let (before, rest) = whole.split_once("\"_last_modified\":\"").unwrap();
    let (_, rest) = rest.split_once('"').unwrap();
    let now = jiff::Timestamp::now();
    fs::write(&file, format!("{before}\"_last_modified\":\"{now}\"{rest}")).unwrap();
    let local = Guest(served.api.clone());
    let besides = json!({"type": "export_incremental", "eas_fields": {}});
    let export = local.makes("changes", &besides).await;
    let first = local.sees_end(&export, 1).await;
    assert_eq!(local.reads(&export, &first).await.len(), 30, "{first:#}");
}

#[tokio::test]
async fn an_object_that_was_left_out_comes_with_the_next_run_though_nobody_changed_it() {
    let (served, file, whole) = served().await;
    // A number that is none.
    let broken = whole.replacen("\"_id\":23,\"_version\":", "\"_id\":23,\"_version\":0", 1);
    assert_ne!(broken, whole);
    fs::write(&file, &broken).unwrap();
    let local = Guest(served.api.clone());
    let besides = json!({"type": "export_incremental", "eas_fields": {}});
    let export = local.makes("changes", &besides).await;
    let first = local.sees_end(&export, 1).await;
    let others = local.reads(&export, &first).await;
    assert_eq!(others.len(), 29, "{first:#}");
    assert!(lies_in(&first, " FULL changes/"), "{first:#}");
    // Still broken, it is left out again, and nothing else comes.
    local.starts(&export).await;
    local.starts(&export).await;
    let second = local.sees_end(&export, 2).await;
    assert_eq!(local.reads(&export, &second).await.len(), 0, "{second:#}");
    fs::write(&file, &whole).unwrap();
    local.starts(&export).await;
    let third = local.sees_end(&export, 3).await;
    let come = local.reads(&export, &third).await;
    assert_eq!(come.len(), 1, "{third:#}");
    assert!(lies_in(&third, " INCREMENTAL changes/"), "{third:#}");
    assert!(come.is_disjoint(&others));
    local.starts(&export).await;
    let last = local.sees_end(&export, 4).await;
    assert_eq!(local.reads(&export, &last).await.len(), 0, "{last:#}");
}

/// Files are made in the catalogue's own time, and that is no change of their objects.
#[tokio::test]
async fn a_file_that_was_not_finished_comes_with_a_later_run_though_nobody_changed_its_object() {
    let (served, file, whole) = served().await;
    let (small, files) =
        (Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small"), served.path("c/files"));
    fs::create_dir(&files).unwrap();
    for entry in fs::read_dir(small.join("files")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), files.join(entry.file_name())).unwrap();
    }
    let in_state = |state: &str| {
        let mut answer: Value = serde_json::from_str(&whole).unwrap();
        let objects = answer["objects"].as_array_mut().unwrap();
        let object = objects.iter_mut().find(|object| object["_system_object_id"] == 1054).unwrap();
        object["bild"]["datei"][0]["status"] = json!(state);
        fs::write(&file, answer.to_string()).unwrap();
    };
    in_state("pending");
    let local = Guest(served.api.clone());
    let export = local.makes("changes", &json!({"type": "export_incremental"})).await;
    // It has begun by itself: the first start takes that run.
    local.starts(&export).await;
    let mut given = Vec::new();
    for (run, state) in [(1, "pending"), (2, "pending"), (3, "done"), (4, "done")] {
        if run > 1 {
            in_state(state);
            local.starts(&export).await;
        }
        let shown = local.sees_end(&export, run).await;
        let read = local.reads(&export, &shown).await;
        given.push((read.len(), read.contains(&1054), lies_in(&shown, ".pdf")));
    }
    let expected = [(30, true, false), (1, true, false), (1, true, true), (0, false, false)];
    assert_eq!(given, expected);
}

/// What is above others no search of the export gives, and no change of its own brings.
#[tokio::test]
async fn an_object_above_others_that_was_left_out_comes_with_the_next_run_too() {
    let (served, file, whole) = served().await;
    // A number that is none, in the object that 1006 is below.
    let broken =
        whole.replacen("\"ort\":{\"_id\":1,\"_version\":", "\"ort\":{\"_id\":1,\"_version\":0", 1);
    assert_ne!(broken, whole);
    fs::write(&file, &broken).unwrap();
    let local = Guest(served.api.clone());
    let search = json!({"search": [
        {"type": "in", "bool": "must", "fields": ["_system_object_id"], "in": [1006]}]});
    let besides = json!({"type": "export_incremental", "eas_fields": {}, "search": search,
        "include_parents": true});
    let export = local.makes("changes", &besides).await;
    // It has begun by itself: the first start takes that run.
    local.starts(&export).await;
    let mut given = Vec::new();
    for run in 1..=4 {
        if run == 3 {
            fs::write(&file, &whole).unwrap();
        }
        if run > 1 {
            local.starts(&export).await;
        }
        let shown = local.sees_end(&export, run).await;
        given.push(local.reads(&export, &shown).await.into_iter().collect::<Vec<_>>());
    }
    assert_eq!(given, [vec![1006], vec![], vec![1000], vec![]]);
}

/// What a run that fails would have given comes with the next one that does not.
#[tokio::test]
async fn a_run_that_fails_moves_nothing() {
    let (served, file, whole) = served().await;
    fs::write(&file, &whole).unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/easydb/titles.xsl");
    let stylesheet = served.path("c/stylesheets/4711.xsl");
    fs::create_dir(served.path("c/stylesheets")).unwrap();
    fs::copy(&kept, &stylesheet).unwrap();
    let local = Guest(served.api.clone());
    let besides = json!({"type": "export_incremental", "eas_fields": {}, "xml": true,
        "xslt_xml_post_processing": {"_id": 4711}});
    let export = local.makes("changes", &besides).await;
    // It has begun by itself: the first start takes that run.
    local.starts(&export).await;
    let first = local.sees_end(&export, 1).await;
    assert_eq!(local.reads(&export, &first).await.len(), 30, "{first:#}");
    let mut answer: Value = serde_json::from_str(&whole).unwrap();
    let objects = answer["objects"].as_array_mut().unwrap();
    let object = objects.iter_mut().find(|object| object["_system_object_id"] == 1054).unwrap();
    object["_last_modified"] = json!("2025-01-01T00:00:00Z");
    fs::write(&file, answer.to_string()).unwrap();
    // It is planned with what was changed, and cannot write it.
    fs::remove_file(&stylesheet).unwrap();
    local.starts(&export).await;
    let failed = local.sees_end(&export, 2).await;
    assert_eq!(failed["_state"], "failed", "{failed:#}");
    fs::copy(&kept, &stylesheet).unwrap();
    let mut given = Vec::new();
    for run in [3, 4] {
        local.starts(&export).await;
        let shown = local.sees_end(&export, run).await;
        assert!(lies_in(&shown, " INCREMENTAL changes/"), "{shown:#}");
        given.push(local.reads(&export, &shown).await.into_iter().collect::<Vec<_>>());
    }
    assert_eq!(given, [vec![1054], vec![]]);
}

/// What decides which objects an export has, and what they are, begins anew where it is changed; a name does not.
#[tokio::test]
async fn another_search_other_fields_and_another_mapping_begin_anew_and_another_name_does_not() {
    let (served, file, whole) = served().await;
    fs::write(&file, &whole).unwrap();
    fs::create_dir(served.path("c/mappings")).unwrap();
    let profile = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/easydb/dublin-core.json");
    fs::copy(profile, served.path("c/mappings/12.json")).unwrap();
    let local = Guest(served.api.clone());
    let besides = json!({"type": "export_incremental", "eas_fields": {}, "xml": true});
    let export = local.makes("changes", &besides).await;
    local.starts(&export).await;
    let first = local.sees_end(&export, 1).await;
    assert_eq!(local.reads(&export, &first).await.len(), 30, "{first:#}");
    let places = json!([{"type": "in", "bool": "must", "fields": ["_objecttype"], "in": ["ort"]}]);
    let runs = [
        (json!({"name": "otherwise called"}), " INCREMENTAL otherwise called/", 0),
        (json!({"search": {"search": places}}), " FULL otherwise called/", 5),
        (json!({"name": "changes"}), " INCREMENTAL changes/", 0),
        (json!({"fields": {"ort.name": {}}}), " FULL changes/", 5),
        (json!({"batch_size": 4}), " INCREMENTAL changes/", 0),
        (json!({"mapping": 12}), " FULL changes/", 5),
        (json!({"name": "again"}), " INCREMENTAL again/", 0),
    ];
    for (version, (change, folder, objects)) in (2..).zip(runs) {
        let mut document = change.clone();
        document["_version"] = json!(version);
        document["_id"] = json!(export.rsplit('/').next());
        let changed = local.0.post(&export, &json!({"export": document})).await.unwrap();
        assert_eq!(changed.status, 200, "{change}: {:#}", changed.body);
        // It begins by itself.
        local.starts(&export).await;
        let shown = local.sees_end(&export, version).await;
        assert_eq!(local.reads(&export, &shown).await.len(), objects, "{change}: {shown:#}");
        assert!(lies_in(&shown, folder), "{change}: {shown:#}");
    }
}
