//! The texts in pictures that are made for an export, by the mappings that the catalogue has for pools and object
//! types.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::super::desk::{Desk, below};
use super::super::ran::Ran;
use super::super::tool::tool;
use super::files::{changed, of_changed};

/// A catalogue whose pictures are by Anna. Pool 11 has a mapping, pool 20 says that it has none, the others leave it to
/// their type, and pool 10 has a mapping that is not there.
fn catalogue(desk: &Desk) {
    changed(desk, |_| {});
    let path = desk.path("catalogue/catalogue.json");
    let mut about: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    about["image_mappings"] =
        json!({"pools": {"10": "99", "11": "12", "20": "none"}, "types": {"bild": "13"}});
    fs::write(&path, about.to_string()).unwrap();
    for (id, element) in [(12, "dc:title"), (13, "dc:rights")] {
        let field = json!({"type": "text", "xml": element, "easydb": "bild.signatur"});
        let mapping = json!({"id": id, "fields": [field]}).to_string();
        desk.write(&format!("catalogue/mappings/{id}.json"), mapping);
    }
    for number in 0..3 {
        let picture = desk.path(&format!("catalogue/files/picture-0{number}-original.png"));
        tool(
            "exiftool",
            [
                "-q".as_ref(),
                "-overwrite_original".as_ref(),
                "-XMP-dc:Creator=Anna".as_ref(),
                picture.as_os_str(),
            ],
        );
    }
}

/// An export of pictures of these objects, made in this way.
fn asked(desk: &Desk, objects: &[u64], version: &Value) -> Value {
    let search = json!({"search": [{"type": "in", "bool": "must", "fields": ["_system_object_id"],
        "in": objects}]});
    let mut asked = of_changed(
        desk,
        &json!({"json": true, "search": search, "filename_template": "%_asset.id%",
            "eas_fields": {"bild.datei": {"files": true}}, "classes": {"image": [version]}}),
    );
    asked["on_error"] = "warn".into();
    asked
}

/// The title, the rights and the creator of the picture that a file has become.
fn texts(ran: &Ran, id: u64) -> [String; 3] {
    let name = format!("{id}.png");
    let found = below(&ran.unpacked());
    let file: &Path = found.iter().find(|path| path.ends_with(&name)).unwrap();
    ["-XMP-dc:Title", "-XMP-dc:Rights", "-XMP-dc:Creator"].map(|tag| {
        let told = tool("exiftool", ["-s3".as_ref(), tag.as_ref(), file.as_os_str()]);
        told.trim_end().to_owned()
    })
}

#[tokio::test]
async fn pictures_that_are_made_have_the_texts_of_their_pool_or_else_of_their_type() {
    let desk = Desk::new();
    catalogue(&desk);
    let objects = [1040, 1042, 1046];
    let standard = json!({"type": "custom", "convert": {"format": "png"}});
    let ran = desk.define(&asked(&desk, &objects, &standard)).apart("standard").done().await;
    assert_eq!(texts(&ran, 900_026), ["HM 000/13", "", ""]);
    assert_eq!(texts(&ran, 900_028), ["", "HM 000/14", ""]);
    // In XMP there may be places and devices too: without a mapping it does not go along.
    assert_eq!(texts(&ran, 900_030), ["", "", ""]);
    // What a version says itself goes before, and files that nobody makes are as the catalogue has them.
    let keep = json!({"type": "custom", "convert": {"format": "png", "metadata": "keep"}});
    for (name, version) in [("keep", keep), ("original", json!({"type": "original"}))] {
        let ran = desk.define(&asked(&desk, &objects, &version)).apart(name).done().await;
        assert_eq!(texts(&ran, 900_026), ["", "", "Anna"], "{name}");
    }
}

#[tokio::test]
async fn a_mapping_of_texts_that_is_not_there_is_told_once() {
    let desk = Desk::new();
    catalogue(&desk);
    let standard = json!({"type": "custom", "convert": {"format": "png"}});
    let ran = desk.define(&asked(&desk, &[1060, 1072], &standard)).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    let warnings = ran.text("warnings.jsonl");
    let is_told = |line: &&str| line.contains("unknown_mapping") && line.contains("99");
    assert_eq!(warnings.lines().filter(is_told).count(), 1, "{warnings}");
    assert_eq!(texts(&ran, 900_048), ["", "", ""]);
}
