//! Every object is read back by another program, and held against the answers of the search: in each form, in each
//! language, and with linked objects by each rule.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::desk::Desk;
use super::files::{changed, number, of_changed};
use super::{export, judge, judged, lint, paths, run, small};
use crate::easydb::catalogue::made;

#[tokio::test]
async fn every_object_is_read_back_as_the_search_gave_it() {
    let desk = Desk::new();
    let csv = json!({"delimiter": ";"});
    let ran = run(&desk, &json!({"xml": true, "json": true, "csv": csv, "xlsx": {}})).await;
    let seen = judged(&ran, &small(), ("none", 1, &[]), "");
    assert!(seen.values > 4000, "{} values of thirty objects", seen.values);
    assert_eq!((seen.objects, seen.merged, lint(&ran)), (30, 0, 3));
}

/// Of more objects than there are in the small catalogue, with trees that are deeper and circles that are wider.
#[tokio::test]
async fn every_value_in_every_language_is_read_back() {
    let desk = Desk::new();
    made(300, &desk.path("catalogue"));
    let asked = of_changed(
        &desk,
        &json!({"xml": true, "json": true, "csv": {}, "all_languages": true,
            "merge_linked_objects": "all", "merge_max_depth": 2}),
    );
    let ran = desk.define(&asked).done().await;
    let seen = judged(&ran, &desk.path("catalogue"), ("all", 2, &[]), "all");
    assert!(seen.values > 50_000 && seen.merged > 500, "{} {}", seen.values, seen.merged);
}

/// What catalogues have, and the one of the tests has not: groups that own objects, pictures to zoom into, links
/// of their own to files, tags without a name, files that were made of others, and values of every odd shape.
#[tokio::test]
async fn what_only_some_objects_have_is_read_back_too() {
    let desk = Desk::new();
    changed(&desk, |object| match number(object) {
        1040 => {
            object["_owner"] = json!({"_basetype": "group",
                "group": {"_id": 7, "_generated_displayname": "Redaktion & Archiv"}});
            object["_tags"] = json!([{"_id": 19}, {"_id": 77}]);
            object["_collections"] = json!([{"_id": 5}, {"_id": 92}]);
            object["_standard"] = json!({});
        }
        1042 => {
            let file = &mut object["bild"]["datei"][0];
            file["eas_parent_id"] = json!(900_099);
            file["versions"]["original"]["zoom_url"] = json!("zoom/42?a=1&b=2");
            file["versions"]["preview"]["deep_link_url"] = json!("https://elsewhere.example/42");
            file["versions"]["small"]["rotation"] = json!(90);
            object["bild"]["preis"] = json!(-1);
            object["bild"]["jahr"] = json!({"value": "-0044-03"});
            object["bild"]["zeitraum"] = json!({"from": "-0044", "to": "2026-03-05"});
            object["bild"]["verweis"] = json!({"a": [], "b": {}, "c": [[1, 2.50, "x"], [null]],
                "d": "", "e": false, "f": -7e3, "g": {"h": {"i": "ä\n<&>"}}});
            object["bild"]["lage"] = json!({});
        }
        1046 => {
            object["bild"].as_object_mut().unwrap().remove("_pool");
            object["bild"]["titel"] = json!({"fr-FR": "pas écrit"});
            object["bild"]["beschreibung"] = json!({"de-DE": "", "en-US": "]]> \"'"});
        }
        _ => {}
    });
    let asked = of_changed(
        &desk,
        &json!({"xml": true, "json": true, "csv": {}, "merge_linked_objects": "all"}),
    );
    let ran = desk.define(&asked).done().await;
    let seen = judged(&ran, &desk.path("catalogue"), ("all", 1, &[]), "");
    assert!(seen.values > 4000 && seen.merged > 50, "{} {}", seen.values, seen.merged);
}

#[tokio::test]
async fn each_object_has_a_file_of_its_own_where_that_is_asked_for() {
    let desk = Desk::new();
    let easydb = json!({
        "xml": true, "xml_one_file_per_object": true,
        "json": true, "json_one_file_per_object": true, "flat": true,
    });
    let ran = run(&desk, &easydb).await;
    judge(&ran, "none", 1, &[]);
    assert!(paths(&ran).iter().all(|path| !path.contains('/')), "{:?}", paths(&ran));
    assert_eq!(paths(&ran).len(), 60);
}

/// Whether an object is in the main search is not whether the export gives it: of either search some objects are merged
/// by each rule.
#[tokio::test]
async fn linked_objects_are_merged_by_each_rule_as_deep_as_is_asked() {
    let desk = Desk::new();
    for (rule, is_some) in [
        ("all", true),
        ("in_main_search", true),
        ("not_in_main_search", true),
        ("not_in_main_search_and_reverse", true),
        ("none", false),
    ] {
        for (of, depths) in [("bild", vec![1, 2, 9]), ("person", vec![2])] {
            let search =
                json!([{"type": "in", "bool": "must", "fields": ["_objecttype"], "in": [of]}]);
            let mut before = 0;
            for depth in depths {
                let mut easydb = json!({"xml": true, "json": true, "merge_linked_objects": rule});
                easydb["search"] = json!({"search": search});
                if is_some {
                    easydb["merge_max_depth"] = depth.into();
                }
                let ran = run(&desk, &easydb).await;
                let merged = judge(&ran, rule, depth, &[of]);
                assert_eq!(merged > 0, is_some, "{of} {rule} {depth}");
                assert!(merged >= before, "{of} {rule} {depth}");
                before = merged;
                if !is_some {
                    break;
                }
            }
        }
    }
}

/// One batch of everything is the same objects as many, and its files keep the names that its XML says.
#[tokio::test]
async fn a_batch_of_everything_holds_the_same_objects() {
    let desk = Desk::new();
    let mut asked = export(&json!({
        "xml": true, "merge_linked_objects": "all", "filename_original": true,
        "eas_fields": {"bild.datei": {"files": true, "include_non_preferred": true}},
    }));
    asked["batch_size"] = 0.into();
    let ran = desk.define(&asked).done().await;
    assert!(judge(&ran, "all", 1, &[]) > 0);
    let folders: BTreeSet<String> = paths(&ran)
        .iter()
        .filter_map(|path| path.rsplit_once('/').map(|(folder, _)| folder.to_owned()))
        .collect();
    assert_eq!(folders.into_iter().collect::<Vec<_>>(), ["folder1000-1088"]);
}
