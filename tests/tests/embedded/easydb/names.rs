//! The names of files that go along: what they are made of, and where XML, tables and JSON tell them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::super::desk::{Desk, below};
use super::super::packers::noise;
use super::super::ran::Ran;
use super::super::tool::tool;
use super::files::{changed, files, number, of_changed};
use super::{judge, paths, run, small, workbook};

/// All names under a key of a document, in whichever depth.
fn named(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| named(item, names)),
        Value::Object(entries) => {
            for (key, value) in entries {
                match (key.as_str(), value) {
                    ("_relative_filename", Value::String(name)) => names.push(name.clone()),
                    ("_relative_filename", Value::Array(several)) => {
                        names.extend(several.iter().map(|name| name.as_str().unwrap().to_owned()));
                    }
                    _ => named(value, names),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The files that documents of an extension name, each of which must lie beside its document.
fn named_in(ran: &Ran, extension: &str, read: impl Fn(&str) -> Vec<String>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let is_it = |path: &&PathBuf| {
        path.extension() == Some(extension.as_ref())
            && path.to_str().is_some_and(|path| path.contains("@8ef36ec7"))
    };
    for path in below(&ran.unpacked()).iter().filter(is_it) {
        for name in read(&fs::read_to_string(path).unwrap()) {
            assert!(path.with_file_name(&name).is_file(), "no {name} beside {}", path.display());
            all.insert(name);
        }
    }
    all
}

fn in_json(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    named(&serde_json::from_str(text).unwrap(), &mut names);
    names
}

fn in_xml(text: &str) -> Vec<String> {
    let leaves = text.lines().filter(|line| {
        line.contains("<_relative_filename>") || line.contains("_relative_filename\">")
    });
    leaves.map(|line| line.split(['<', '>']).nth(2).unwrap().replace("&amp;", "&")).collect()
}

fn in_csv(text: &str) -> Vec<String> {
    let cells = text.split(['"', '\n']).filter(|cell| cell.starts_with("sid-"));
    cells.map(str::to_owned).collect()
}

#[tokio::test]
async fn every_form_names_each_file_that_goes_along_beside_it() {
    let desk = Desk::new();
    for (flat, is_single) in [(false, false), (true, false), (false, true), (true, true)] {
        let ran = run(
            &desk,
            &json!({"xml": true, "json": true, "csv": {}, "flat": flat,
                "xml_one_file_per_object": is_single, "json_one_file_per_object": is_single,
                "eas_fields": {"bild.datei": {"files": true, "include_non_preferred": true}},
                "classes": {"office": [{"type": "original"}], "image": [{"type": "original"},
                    {"type": "version", "version": "small"}, {"type": "custom", "convert": {}}]}}),
        )
        .await;
        judge(&ran, "none", 1, &[]);
        let there: BTreeSet<String> = files(&ran).into_iter().collect();
        assert!(there.len() > 30, "{there:?}");
        assert_eq!(named_in(&ran, "json", in_json), there, "JSON {flat} {is_single}");
        assert_eq!(named_in(&ran, "xml", in_xml), there, "XML {flat} {is_single}");
        assert_eq!(named_in(&ran, "csv", in_csv), there, "CSV {flat} {is_single}");
    }
}

#[tokio::test]
async fn json_names_files_of_objects_within_objects_and_of_fields_that_are_chosen() {
    let desk = Desk::new();
    for fields in [Value::Null, json!({"bild.datei": {}, "person.portrait": {}})] {
        let mut easydb = json!({"json": true, "merge_linked_objects": "all",
            "eas_fields": {"person.portrait.bild.datei": {"files": true}}});
        if !fields.is_null() {
            easydb["fields"] = fields;
        }
        let ran = run(&desk, &easydb).await;
        let there: BTreeSet<String> = files(&ran).into_iter().collect();
        assert_eq!(there.len(), 2, "{there:?}");
        assert_eq!(named_in(&ran, "json", in_json), there, "{easydb}");
    }
}

#[tokio::test]
async fn flattened_xml_and_workbooks_name_files_too() {
    let desk = Desk::new();
    let eas_fields = json!({"bild.datei": {"files": true}});
    let ran = run(
        &desk,
        &json!({"xml": true, "mapping": "easydb_flat", "xlsx": {}, "eas_fields": eas_fields}),
    )
    .await;
    let there: BTreeSet<String> = files(&ran).into_iter().collect();
    assert_eq!(named_in(&ran, "xml", in_xml), there);
    let cells = workbook(&ran);
    assert!(there.iter().all(|name| cells.contains(name.as_str())), "{cells}");
}

/// Volumes are cut between files; what is named in one may lie in another, at the same path.
#[tokio::test]
async fn files_are_beside_their_objects_once_all_volumes_are_unpacked() {
    let desk = Desk::new();
    changed(&desk, |_| {});
    for number in 0..3 {
        desk.write(&format!("catalogue/files/picture-0{number}-original.png"), noise(2_500_000));
    }
    let mut asked = of_changed(
        &desk,
        &json!({"xml": true, "json": true, "eas_fields": {"bild.datei": {"files": true}}}),
    );
    asked["transports"] = json!([{"type": "download", "packer": "zip_10mb"}]);
    let ran = desk.define(&asked).done().await;
    let result = ran.result();
    let archives = result["archives"].as_array().unwrap();
    assert!(archives.len() > 2, "{result:#}");
    for archive in archives {
        let archive = Path::new(archive["path"].as_str().unwrap());
        let folder = ran.out.join("unpacked");
        tool("unzip", ["-qo".as_ref(), archive.as_os_str(), "-d".as_ref(), folder.as_os_str()]);
    }
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let there: BTreeSet<String> =
        below(&ran.unpacked()).iter().map(name).filter(|name| name.starts_with("sid-")).collect();
    assert_eq!(there.len(), 11, "{there:?}");
    assert_eq!(named_in(&ran, "json", in_json), there);
    assert_eq!(named_in(&ran, "xml", in_xml), there);
}

/// An export of one picture and how it is called.
fn of_one(more: &Value) -> Value {
    let search = json!({"search": [{"type": "in", "bool": "must", "fields": ["_system_object_id"],
        "in": [1042]}]});
    let mut easydb = json!({"json": true, "search": search,
        "eas_fields": {"bild.datei": {"files": true}}});
    easydb.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    easydb
}

#[tokio::test]
async fn templates_know_every_variable() {
    let answer: Value =
        serde_json::from_slice(&fs::read(small().join("search-00000.json")).unwrap()).unwrap();
    let objects = answer["objects"].as_array().unwrap();
    let object = objects.iter().find(|object| number(object) == 1042).unwrap();
    let told = |key: &str| object[key].as_str().unwrap().to_owned();
    let known = [
        ("bild.signatur", "HM 000_14".to_owned()),
        ("bild.urheber._standard.1.text", "Zoll,amt 11".to_owned()),
        ("bild._nested:bild__schlagworte.lk_schlagwort", "Ärmelkanal 7".to_owned()),
        ("_asset.id", "900028".to_owned()),
        ("_asset.class", "image".to_owned()),
        ("_asset.extension", "png".to_owned()),
        ("_asset.original_filename", "Hafen".to_owned()),
        ("_asset.technical_metadata.width", "96".to_owned()),
        ("_asset.technical_metadata.height", "72".to_owned()),
        ("_asset.technical_metadata.max_dimension", "96".to_owned()),
        ("_asset.version", "small".to_owned()),
        ("_export.name", "Kai".to_owned()),
        ("_global_object_id", told("_global_object_id")),
        ("_system_object_id", "1042".to_owned()),
        ("_system.easydb.name", "hafenmuseum".to_owned()),
        ("_uuid", told("_uuid")),
        ("_objecttype", "bild".to_owned()),
        ("bild.notiz", String::new()),
    ];
    let template = known.each_ref().map(|(name, _)| format!("%{name}%")).join("+");
    let expected = known.each_ref().map(|(_, text)| text.as_str()).join("+");
    let desk = Desk::new();
    let classes = json!({"image": [{"type": "version", "version": "small"}]});
    let ran =
        run(&desk, &of_one(&json!({"filename_template": template, "classes": classes}))).await;
    // A name with that of the instance in it is no document for it.
    let paths = paths(&ran).into_iter().filter(|path| path.contains(".png"));
    assert_eq!(paths.collect::<Vec<_>>(), [format!("folder1042-1042/{expected}.png")]);
    // Where nothing is left, the file has the name that it was uploaded with.
    let ran = run(&desk, &of_one(&json!({"filename_template": " %bild.notiz%"}))).await;
    assert_eq!(files(&ran), ["Hafen.png"]);
}

#[tokio::test]
async fn original_names_keep_their_extension_where_it_is_true() {
    let desk = Desk::new();
    for (version, expected) in [
        (json!({"type": "original"}), "Hafen.JPG"),
        (json!({"type": "custom", "convert": {"format": "jpeg"}}), "Hafen.JPG"),
        (json!({"type": "custom", "convert": {"format": "tiff"}}), "Hafen.tif"),
        (json!({"type": "version", "version": "small"}), "Hafen.png"),
    ] {
        let ran = run(
            &desk,
            &of_one(&json!({"filename_original": true, "classes": {"image": [version]}})),
        )
        .await;
        assert_eq!(files(&ran), [expected], "{version}");
    }
}

#[tokio::test]
async fn the_catalogue_s_own_templates_count_where_the_export_says_nothing() {
    let desk = Desk::new();
    changed(&desk, |_| {});
    let path = desk.path("catalogue/catalogue.json");
    let mut about: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let texts = json!({"de-DE": "%_export.name% - Bild %_asset.id%", "en-US": "Image"});
    about["types"]["bild"]["filenames"] = json!({"bild.datei": texts, "bild.anderes": texts});
    fs::write(&path, about.to_string()).unwrap();
    for (own, expected) in [
        (json!({}), "Kai - Bild 900028.png"),
        (json!({"filename_original": true}), "Hafen.JPG"),
        (json!({"filename_template": "own"}), "own.png"),
    ] {
        let asked = of_changed(&desk, &of_one(&own));
        let ran = desk.define(&asked).apart(expected).done().await;
        assert_eq!(files(&ran), [expected]);
    }
}
