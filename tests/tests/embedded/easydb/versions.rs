//! Which version of a file is meant where others were made of it, and which files come in batches of which size.

use std::fs;

use serde_json::{Value, json};

use super::super::desk::{Desk, below};
use super::files::{changed, files, number, of_changed};
use super::{export, judged, small};

/// A search for some objects.
fn search(ids: &[u64]) -> Value {
    json!({"search": [{"type": "in", "bool": "must", "fields": ["_system_object_id"], "in": ids}]})
}

/// Of a file that was made of another, the original is the other's; what it is now is its own.
#[tokio::test]
async fn the_original_of_what_was_made_of_another_is_the_others() {
    let desk = Desk::new();
    changed(&desk, |object| {
        if number(object) == 1060 {
            object["bild"]["datei"][1]["eas_parent_id"] = json!(900_040);
        }
    });
    let asked = of_changed(
        &desk,
        &json!({"search": search(&[1060]), "xml": true, "filename_template": "%_asset.id%-%_asset.version%",
            "classes": {"image": [{"type": "original"}, {"type": "current"}]},
            "eas_fields": {"bild.datei": {"files": true, "include_non_preferred": true, "data": [
                {"type": "original", "format": "short"}, {"type": "current"}]}}}),
    );
    let ran = desk.define(&asked).done().await;
    let found = below(&ran.unpacked());
    let content = |name: &str| {
        let path = found.iter().find(|path| path.ends_with(name)).unwrap();
        fs::read(path).unwrap()
    };
    let picture = |number: u8| {
        fs::read(small().join(format!("files/picture-{number:02}-original.png"))).unwrap()
    };
    for (name, number) in [
        ("900040-original.png", 2),
        ("900040-current.png", 2),
        ("900041-original.png", 2),
        ("900041-current.png", 0),
    ] {
        assert!(content(name) == picture(number), "{name}");
    }
    let xml = found.iter().find(|path| path.extension() == Some("xml".as_ref())).unwrap();
    let text = fs::read_to_string(xml).unwrap();
    let (_, of_second) = text.rsplit_once("<eas-id>900041</eas-id>").unwrap();
    let versions: Vec<&str> = of_second.split("<version name=").skip(1).collect();
    assert_eq!(versions.len(), 2, "{of_second}");
    for (version, picture, is_long) in [(versions[0], "02", false), (versions[1], "00", true)] {
        assert!(version.contains(&format!("<url>files/picture-{picture}-original.png</url>")));
        assert_eq!(version.contains("<width>"), is_long, "{version}");
    }
}

/// A file in error costs itself alone; one of a class that has no rules of its own goes by those of `other`.
#[tokio::test]
async fn files_come_by_their_state_and_their_class() {
    let desk = Desk::new();
    changed(&desk, |object| match number(object) {
        1042 => object["bild"]["datei"][0]["status"] = json!("error"),
        1046 => object["bild"]["datei"][0]["status"] = json!("sync"),
        1058 => object["bild"]["datei"][0]["class"] = json!("vector3d"),
        1076 => {
            let versions = &mut object["bild"]["datei"][0]["versions"];
            versions["original"]["status"] = json!("pending_checksum");
        }
        _ => {}
    });
    let original = json!([{"type": "original"}]);
    for (classes, names) in [
        (
            json!({"image": original, "other": original}),
            &["900030.png", "900038.png", "900050.png"][..],
        ),
        (json!({"image": original}), &["900030.png", "900050.png"]),
    ] {
        let mut asked = of_changed(
            &desk,
            &json!({"search": search(&[1042, 1046, 1058, 1076]), "xml": true, "classes": classes,
                "eas_fields": {"bild.datei": {"files": true}}, "filename_template": "%_asset.id%"}),
        );
        asked["on_error"] = "warn".into();
        let ran = desk.define(&asked).apart(&names.len().to_string()).run().await;
        assert_eq!(ran.code, 3, "{}", ran.said);
        assert!(ran.text("warnings.jsonl").contains("file 900028 of object 1042, original"));
        let mut found = files(&ran);
        found.sort();
        assert_eq!(found, names);
        asked["on_error"] = "fail".into();
        let ran = desk.define(&asked).apart(&format!("strict {}", names.len())).run().await;
        assert_eq!(ran.code, 1, "{}", ran.said);
        ran.assert_said(&["asset_missing", "900028"]);
    }
}

/// Whatever a batch holds, the objects are the same, in whichever batches.
#[tokio::test]
async fn batches_of_any_size_hold_the_same_objects_and_files() {
    let desk = Desk::new();
    let easydb = json!({"xml": true, "json": true, "merge_linked_objects": "all",
        "eas_fields": {"bild.datei": {"files": true}}});
    let mut names = Vec::new();
    for batch_size in [1, 7, 100] {
        let mut asked = export(&easydb);
        asked["batch_size"] = batch_size.into();
        let ran = desk.define(&asked).apart(&batch_size.to_string()).done().await;
        let seen = judged(&ran, &small(), ("all", 1, &[]), "");
        assert!(seen.merged > 50, "{batch_size}: {}", seen.merged);
        let mut files = files(&ran);
        files.sort();
        names.push(files);
    }
    assert!(names.windows(2).all(|pair| pair[0] == pair[1]), "{names:?}");
}
