//! The examples that the documentation shows first give what another program, reading the same
//! sources, says they should.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::sha256;

use super::desk::Desk;
use super::easydb::judged_in;
use super::easydb_live;
use super::material::{example, scenario};
use super::ran::Ran;
use super::tool::tool;
use crate::easydb::live::Live;

async fn run(name: &str) -> (Desk, Ran) {
    let desk = Desk::new();
    let ran = desk.ask(&example(name).join("export.json")).done().await;
    (desk, ran)
}

/// Lets the scenario's own program compare what came out with what went in.
fn judge(name: &str, unpacked: &Path) {
    let program = scenario(name).join("judge.py");
    let verdict =
        tool("python3", [program.as_os_str(), example(name).as_os_str(), unpacked.as_os_str()]);
    assert_eq!(verdict, "as it should be\n");
}

#[tokio::test]
async fn the_flights_are_those_that_python_picks_and_every_reader_takes_the_archive() {
    let (_desk, ran) = run("flights").await;
    assert_eq!(ran.entries().len(), 20);
    let unpacked = ran.unpacked();
    tool("xmllint", ["--noout".as_ref(), unpacked.join("weather.xml").as_os_str()]);
    judge("flights", &unpacked);
}

#[tokio::test]
async fn the_drawings_are_untouched_and_every_reader_takes_the_archive() {
    let (_desk, ran) = run("clipart").await;
    assert_eq!(ran.entries().len(), 62);
    judge("clipart", &ran.unpacked());
}

/// The files of the drawings in the catalogue: what each is called and where it is, by its number.
fn drawings() -> Vec<(u64, String, PathBuf)> {
    let text = fs::read_to_string(example("clipart/easydb/search.json")).unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    let mut drawings = Vec::new();
    for object in answer["objects"].as_array().unwrap() {
        for file in object["drawing"]["file"].as_array().into_iter().flatten() {
            let original = &file["versions"]["original"];
            let path = example("clipart").join(original["url"].as_str().unwrap());
            let len = fs::metadata(&path).unwrap().len();
            assert_eq!((&file["filesize"], &original["filesize"]), (&json!(len), &json!(len)));
            let name = file["original_filename"].as_str().unwrap().to_owned();
            drawings.push((file["_id"].as_u64().unwrap(), name, path));
        }
    }
    drawings
}

/// The paths of what came out that end so.
fn ending(ran: &Ran, end: &str) -> Vec<String> {
    let names = ran.entries().into_iter().map(|entry| entry.name);
    names.filter(|name| name.ends_with(end)).collect()
}

#[tokio::test]
async fn the_drawings_come_as_easydb_exports_them() {
    let desk = Desk::new();
    let ran = desk.ask(&example("clipart").join("easydb.json")).done().await;
    let unpacked = ran.unpacked();
    // Drawings, with who made them and what they show, each value as the catalogue has it.
    let catalogue = example("clipart/easydb");
    let seen = judged_in(&unpacked, &catalogue, ("all", 1, &["drawing"]), "");
    assert_eq!((seen.objects, seen.empty), (60, 0));
    assert!(seen.values > 6_000 && seen.merged > 250, "{} {}", seen.values, seen.merged);
    let (documents, tables) = (ending(&ran, ".xml"), ending(&ran, ".csv"));
    assert_eq!((documents.len(), tables.len(), ran.entries().len()), (1, 1, 62));
    let (xml, csv) = (&documents[0], &tables[0]);
    let (folder, document) = xml.rsplit_once('/').unwrap();
    assert_eq!(*csv, format!("{folder}/{}-drawing.csv", document.trim_end_matches(".xml")));
    tool("xmllint", ["--noout".as_ref(), unpacked.join(xml).as_os_str()]);

    // Each file is there as it was, and is named by the XML as the version that it is.
    let named = fs::read_to_string(unpacked.join(xml)).unwrap();
    let mut files = named.split("<eas-id>").skip(1);
    let drawings = drawings();
    assert_eq!(drawings.len(), 60);
    for (id, name, original) in drawings {
        let made = unpacked.join(folder).join(&name);
        assert_eq!(sha256(&made).unwrap(), sha256(&original).unwrap(), "{name}");
        let (told, file) = files.next().unwrap().split_once('<').unwrap();
        assert_eq!(told, id.to_string(), "{name}");
        let (file, _) = file.split_once("</file>").unwrap();
        assert_eq!(file.matches("<version ").count(), 1, "{file}");
        assert!(file.contains("<version name=\"original\">"), "{file}");
        assert!(file.contains(&format!("<_relative_filename>{name}</")), "{file}");
    }
    assert!(files.next().is_none());
}

/// A drawing is neither an image nor a document to the catalogue.
#[tokio::test]
async fn drawings_go_along_by_a_rule_for_their_class_or_for_all_others() {
    let desk = Desk::new();
    let text = fs::read_to_string(example("clipart/easydb.json")).unwrap();
    let mut definition: Value = serde_json::from_str(&text).unwrap();
    definition["sources"]["clipart"] = json!({"kind": "easydb", "path": example("clipart/easydb"),
        "assets": example("clipart")});
    for (name, classes, count) in [
        ("usual", json!({}), 60),
        ("vector", json!({"vector2d": [{"type": "original"}]}), 60),
        ("image", json!({"image": [{"type": "original"}]}), 0),
        ("none", json!({"other": []}), 0),
    ] {
        definition["outputs"][0]["easydb"]["classes"] = classes;
        let ran = desk.define(&definition).apart(name).done().await;
        assert_eq!(ending(&ran, ".svg").len(), count, "{name}");
        let catalogue = example("clipart/easydb");
        judged_in(&ran.unpacked(), &catalogue, ("all", 1, &["drawing"]), "");
    }
}

/// The drawings from an easydb that has them, whose addresses have spaces and letters of other languages in them.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_gives_the_drawings_as_their_folder_does() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["catalogue.json", "search.json"] {
        fs::copy(example("clipart/easydb").join(name), folder.path().join(name)).unwrap();
    }
    symlink(example("clipart/files"), folder.path().join("files")).unwrap();
    let live = Live::over(folder).await;
    live.server.end_sessions_after(50);
    let text = fs::read_to_string(example("clipart/easydb.json")).unwrap();
    let mut definition: Value = serde_json::from_str(&text).unwrap();
    definition["batch_size"] = 25.into();
    definition["outputs"][0]["from"] = "museum".into();
    definition["outputs"][0]["easydb"]["exported_at"] = "2026-03-05T09:07:00Z".into();
    let seen = easydb_live::check(&live, &definition, ("all", 1, &["drawing"])).await;
    assert_eq!((seen.objects, seen.empty), (60, 0));
    // Of its own files none was had by a stranger.
    let mut fetched: BTreeSet<String> = live.server.asked_by("ann").into_iter().collect();
    fetched.retain(|path| path.starts_with("/eas/files/"));
    assert_eq!(fetched.len(), 60);
}
