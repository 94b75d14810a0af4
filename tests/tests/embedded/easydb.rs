//! Exports of a catalogue, from saved search answers: every object is read back by another program and held
//! against the answers; what comes out is compared with files that are checked in.

mod files;
mod names;
mod custom;
mod chosen;
mod versions;
mod texts;
mod forms;
mod profiles;
mod parents;

use std::ffi::OsStr;
use std::path::Path;

use serde_json::{Value, json};

use self::files::{changed, number, of_changed};
use super::desk::{Desk, below};
use super::material::scenario;
use super::ran::Ran;
use super::tool::tool;
use crate::easydb::catalogue::made;
use crate::scenario::{compare, files};

/// The folder of answers.
fn small() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small")
}

/// An export of the catalogue in batches of ten.
fn export(easydb: &Value) -> Value {
    let mut easydb = easydb.clone();
    easydb["exported_at"] = "2026-03-05T09:07:00Z".into();
    json!({
        "name": "Kai",
        "batch_size": 10,
        "outputs": [{
            "to": "{_time} {_catalogue} {_extent} {_name}/",
            "from": "museum",
            "easydb": easydb,
        }],
        "sources": {"museum": {"kind": "easydb", "path": small()}},
    })
}

/// What the folder of that is called.
const TOP: &str = "2026-03-05 09_07 hafenmuseum FULL Kai";

fn config() -> String {
    let folder = scenario("easydb");
    let folder = folder.display();
    format!("[worker]\nstylesheets = \"{folder}\"\nmappings = \"{folder}\"\n")
}

async fn run(desk: &Desk, easydb: &Value) -> Ran {
    let name = format!("{:x}", told_apart(&easydb.to_string()));
    desk.define(&export(easydb)).apart(&name).config(&config()).done().await
}

/// Something to tell runs apart by.
fn told_apart(text: &str) -> u64 {
    text.bytes().fold(14_695_981_039_346_656_037, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(1_099_511_628_211)
    })
}

/// Lets xmllint read every XML file that came out; how many there are.
fn lint(ran: &Ran) -> usize {
    let files = below(&ran.unpacked());
    let is_xml = |path: &&std::path::PathBuf| path.extension() == Some("xml".as_ref());
    let files: Vec<_> = files.iter().filter(is_xml).collect();
    for file in &files {
        tool("xmllint", ["--noout".as_ref(), file.as_os_str()]);
    }
    files.len()
}

/// Lets Python hold what came out against the answers of the small catalogue; how many objects it found merged.
fn judge(ran: &Ran, rule: &str, depth: u8, types: &[&str]) -> u64 {
    judged(ran, &small(), (rule, depth, types), "").merged
}

/// What Python saw.
pub(super) struct Judged {
    /// Texts and attributes of the XML, and cells of tables, each of which was held against the answers.
    pub(super) values: u64,
    pub(super) merged: u64,
}

/// Lets Python hold every value that came out against the answers in a folder, by a rule, a depth and the types
/// that the search gives; `languages` is `all`, or empty for those that users write.
fn judged(ran: &Ran, catalogue: &Path, asked: (&str, u8, &[&str]), languages: &str) -> Judged {
    lint(ran);
    judged_in(&ran.unpacked(), catalogue, asked, languages)
}

/// The same of what lies in a folder.
pub(super) fn judged_in(
    unpacked: &Path,
    catalogue: &Path,
    (rule, depth, types): (&str, u8, &[&str]),
    languages: &str,
) -> Judged {
    let (program, depth) = (scenario("easydb").join("judge.py"), depth.to_string());
    let types = types.join(",");
    let arguments: [&OsStr; 7] = [
        program.as_os_str(),
        catalogue.as_os_str(),
        unpacked.as_os_str(),
        rule.as_ref(),
        depth.as_ref(),
        types.as_ref(),
        languages.as_ref(),
    ];
    let verdict = tool("python3", arguments);
    assert!(verdict.starts_with("as it should be: "), "{rule} {depth}: {verdict}");
    let numbers = verdict.split_whitespace().filter_map(|word| word.parse().ok());
    let [_, values, merged] = numbers.collect::<Vec<u64>>()[..] else { panic!("{verdict}") };
    Judged { values, merged }
}

/// The paths of what came out, without the folder that all is in.
fn paths(ran: &Ran) -> Vec<String> {
    let entries = ran.entries();
    let path = |path: &str| path.strip_prefix(TOP).unwrap_or(path).trim_matches('/').to_owned();
    entries.iter().map(|entry| path(&entry.name)).collect()
}

#[tokio::test]
async fn every_object_is_read_back_as_the_search_gave_it() {
    let desk = Desk::new();
    let csv = json!({"delimiter": ";"});
    let ran = run(&desk, &json!({"xml": true, "json": true, "csv": csv, "xlsx": {}})).await;
    let Judged { values, merged } = judged(&ran, &small(), ("none", 1, &[]), "");
    assert!(values > 4000, "{values} values of thirty objects");
    assert_eq!((merged, lint(&ran)), (0, 3));
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

#[tokio::test]
async fn linked_objects_are_merged_by_each_rule_as_deep_as_is_asked() {
    let desk = Desk::new();
    let search = json!([{"type": "in", "bool": "must", "fields": ["_objecttype"], "in": ["bild"]}]);
    for (rule, is_some) in [
        ("all", true),
        ("in_main_search", true),
        ("not_in_main_search", true),
        ("not_in_main_search_and_reverse", true),
        ("none", false),
    ] {
        let mut before = 0;
        for depth in [1, 2, 9] {
            let mut easydb = json!({"xml": true, "json": true, "merge_linked_objects": rule});
            easydb["search"] = json!({"search": search});
            if is_some {
                easydb["merge_max_depth"] = depth.into();
            }
            let ran = run(&desk, &easydb).await;
            let merged = judge(&ran, rule, depth, &["bild"]);
            assert_eq!(merged > 0, is_some, "{rule} {depth}");
            assert!(merged >= before, "{rule} {depth}");
            before = merged;
            if !is_some {
                break;
            }
        }
    }
}

#[tokio::test]
async fn what_comes_out_is_what_is_checked_in() {
    let scenario = scenario("easydb");
    let asked: Vec<Value> =
        serde_json::from_slice(&std::fs::read(scenario.join("exports.json")).unwrap()).unwrap();
    let desk = Desk::new();
    for asked in asked {
        let name = asked["name"].as_str().unwrap();
        let ran = run(&desk, &asked["easydb"]).await;
        let expected = scenario.join("expected").join(name);
        compare(&files(&ran.unpacked().join(TOP)), &files(&expected), name);
        assert_eq!(lint(&ran) > 0, asked["easydb"]["xml"] == true, "{name}");
    }
}

/// What openpyxl finds in the workbooks that came out.
fn workbook(ran: &Ran) -> String {
    let python = tests::env::venv().join("bin/python");
    let (program, folder) = (scenario("easydb/workbook.py"), ran.unpacked());
    tool(python.to_str().unwrap(), [program.as_os_str(), folder.as_os_str()])
}

#[tokio::test]
async fn workbooks_hold_the_cells_that_are_checked_in() {
    let desk = Desk::new();
    let search = json!({"search": [{"type": "in", "bool": "must", "fields": ["_system_object_id"],
        "in": [1006, 1028, 1042, 1046]}]});
    let ran = run(
        &desk,
        &json!({"search": search, "xlsx": {"hierarchy": "column"}, "merge_linked_objects": "all",
            "eas_fields": {"bild.datei": {"files": true}}}),
    )
    .await;
    let expected = std::fs::read_to_string(scenario("easydb/expected/workbook.txt")).unwrap();
    assert_eq!(workbook(&ran), expected);
}

#[tokio::test]
async fn a_profile_that_nobody_has_is_told() {
    let desk = Desk::new();
    let asked = export(&json!({"xml": true, "mapping": "nobody"}));
    let ran = desk.define(&asked).config(&config()).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["unknown_mapping", "nobody"]);
}

/// A file that is gone costs itself alone: it is told, all others and the objects are there.
#[tokio::test]
async fn one_bad_file_is_left_out_and_told() {
    let desk = Desk::new();
    for path in below(&small()) {
        let name = path.strip_prefix(small()).unwrap().display().to_string();
        if name != "files/leaflet.pdf" {
            desk.write(&format!("catalogue/{name}"), std::fs::read(&path).unwrap());
        }
    }
    let files = json!({"bild.datei": {"files": true}});
    let mut asked = export(&json!({"xml": true, "eas_fields": files}));
    asked["on_error"] = "warn".into();
    asked["sources"]["museum"]["path"] = desk.path("catalogue").to_str().unwrap().into();
    let ran = desk.define(&asked).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    assert!(ran.text("warnings.jsonl").contains("files/leaflet.pdf"));
    let pictures = paths(&ran).iter().filter(|path| path.contains("sid-")).count();
    assert_eq!(pictures, 10);
    asked["on_error"] = "fail".into();
    let ran = desk.define(&asked).apart("strict").run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["asset_missing"]);
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
    let folders: std::collections::BTreeSet<String> = paths(&ran)
        .iter()
        .filter_map(|path| path.rsplit_once('/').map(|(folder, _)| folder.to_owned()))
        .collect();
    assert_eq!(folders.into_iter().collect::<Vec<_>>(), ["folder1000-1088"]);
}
