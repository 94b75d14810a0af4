//! Which files go along: preferred ones and others, by fields, classes of any name and rules for single files.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::super::desk::{Desk, below};
use super::super::ran::Ran;
use super::files::{changed, files, number, of_changed};
use super::run;

/// An export of two pictures: 1042 has a preferred file and another, 1046 has one.
fn of_two(more: &Value) -> Value {
    let mut easydb = json!({"xml": true, "filename_template": "%_asset.id%-%_asset.version%",
        "search": {"search": [{"type": "in", "bool": "must", "fields": ["_system_object_id"],
            "in": [1042, 1046]}]}});
    easydb.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    easydb
}

fn names(ran: &Ran) -> BTreeSet<String> {
    files(ran).into_iter().collect()
}

async fn check(desk: &Desk, more: &Value, expected: &[&str]) {
    let ran = run(desk, &of_two(more)).await;
    let expected: BTreeSet<String> = expected.iter().map(|name| format!("{name}.png")).collect();
    assert_eq!(names(&ran), expected, "{more}");
}

#[tokio::test]
async fn files_that_are_not_preferred_go_along_where_that_is_asked_for() {
    let desk = Desk::new();
    let first = ["900028-original", "900030-original"];
    let all = ["900028-original", "900029-original", "900030-original"];
    for (field, expected) in [
        (json!({"files": true}), &first[..]),
        (json!({"files": true, "include_non_preferred": false}), &first),
        (json!({"files": true, "include_non_preferred": true}), &all),
        (json!({"include_non_preferred": true}), &[]),
        (json!({}), &[]),
    ] {
        check(&desk, &json!({"eas_fields": {"bild.datei": field}}), expected).await;
    }
}

/// What is told of files and which files go along are two things.
#[tokio::test]
async fn files_are_told_of_without_going_along_and_go_along_without_being_told_of() {
    let desk = Desk::new();
    let data = json!([{"type": "version", "version": "image.small", "format": "short"}]);
    for (field, names_of, versions) in [
        (json!({"files": true}), 2, &["small", "preview", "original"][..]),
        (json!({"files": true, "data": data}), 2, &["small", "original"]),
        (json!({"data": data}), 0, &["small"]),
    ] {
        let ran = run(&desk, &of_two(&json!({"eas_fields": {"bild.datei": field}}))).await;
        assert_eq!(names(&ran).len(), names_of, "{field}");
        let xml = below(&ran.unpacked())
            .into_iter()
            .find(|path| path.extension() == Some("xml".as_ref()));
        let xml = fs::read_to_string(xml.unwrap()).unwrap();
        // The first one stands for the object.
        let (_, file) = xml.rsplit_once("<eas-id>900028</eas-id>").unwrap();
        let (file, _) = file.split_once("</file>").unwrap();
        let told: BTreeSet<&str> = file
            .split("<version name=\"")
            .skip(1)
            .map(|version| version.split('"').next().unwrap())
            .collect();
        assert_eq!(told, versions.iter().copied().collect::<BTreeSet<&str>>(), "{field}");
        assert_eq!(file.matches("<_relative_filename>").count(), names_of / 2, "{field}");
    }
}

#[tokio::test]
async fn a_field_of_files_is_called_as_it_says_unless_fields_say_it() {
    let desk = Desk::new();
    let field = json!({"bild.datei": {"files": true, "display_name": "Scan"}});
    for (fields, name, other) in [
        (json!(null), "Scan", "datei"),
        (json!({"bild.datei": {}}), "Scan", "datei"),
        (json!({"bild.datei": {"display_name": "Picture"}}), "Picture", "Scan"),
    ] {
        let asked = of_two(&json!({"eas_fields": field, "fields": fields, "csv": {}}));
        let ran = run(&desk, &asked).await;
        let text = |ending: &str| {
            let found = below(&ran.unpacked());
            let is_it = |path: &&std::path::PathBuf| path.to_str().unwrap().ends_with(ending);
            fs::read_to_string(found.iter().find(is_it).unwrap()).unwrap()
        };
        let (xml, table) = (text(".xml"), text("-bild.csv"));
        assert!(xml.contains(&format!("<{name}>")), "{name}: {xml}");
        assert!(!xml.contains(&format!("<{other}>")), "{other}: {xml}");
        let head = table.lines().next().unwrap();
        assert!(head.contains(&format!("\"{name}#0#")), "{name}: {head}");
        assert!(!head.contains(&format!("\"{other}#")), "{other}: {head}");
    }
}

#[tokio::test]
async fn rules_for_single_files_say_whether_in_which_versions_and_as_json() {
    let desk = Desk::new();
    let field = json!({"bild.datei": {"files": true}});
    let small = json!([{"type": "version", "version": "small"}]);
    for (rules, expected) in [
        (json!({"900028": false}), &["900030-original"][..]),
        (json!({"900028": true}), &["900028-original", "900030-original"]),
        (json!({"900029": true}), &["900028-original", "900029-original", "900030-original"]),
        (json!({"900030": {"versions": small}}), &["900028-original", "900030-small"]),
        (json!({"900028": {"versions": []}}), &["900030-original"]),
        (json!({"900028": {"json": false}}), &["900028-original", "900030-original"]),
    ] {
        check(&desk, &json!({"eas_fields": field, "assets": rules}), expected).await;
    }
    // A rule lets a file go along whose field alone would not.
    let told = json!({"bild.datei": {"data": [{"type": "original"}]}});
    let rules = json!({"900029": {"versions": small}});
    check(&desk, &json!({"eas_fields": told, "assets": rules}), &["900029-small"]).await;
    for (json, rules, objects) in [
        (false, json!({"900028": {"json": true}}), &[1042][..]),
        (true, json!({"900028": {"json": false}}), &[1046]),
        (true, json!({"900028": {"json": false}, "900029": {"json": true}}), &[1042, 1046]),
    ] {
        let ran = run(
            &desk,
            &of_two(&json!({"json": json, "json_one_file_per_object": true, "assets": rules})),
        )
        .await;
        let read = below(&ran.unpacked()).into_iter();
        let read = read.filter(|path| path.extension() == Some("json".as_ref())).map(|path| {
            let object: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            number(&object)
        });
        let objects: BTreeSet<u64> = objects.iter().copied().collect();
        assert_eq!(read.collect::<BTreeSet<u64>>(), objects, "{rules}");
    }
}

#[tokio::test]
async fn classes_of_any_name_have_versions_of_their_own_and_others_are_other() {
    let desk = Desk::new();
    changed(&desk, |object| {
        if number(object) == 1042 {
            object["bild"]["datei"][0]["class"] = "vector3d".into();
        } else if number(object) == 1046 {
            object["bild"]["datei"][0]["class"] = "archive".into();
        }
    });
    let small = json!([{"type": "version", "version": "small"}]);
    let original = json!([{"type": "original"}]);
    for (classes, expected) in [
        (json!({"vector3d": small}), &["900028-small.png"][..]),
        (json!({"other": original}), &["900028-original.png", "900030-original.png"]),
        (
            json!({"vector3d": small, "other": original}),
            &["900028-small.png", "900030-original.png"],
        ),
        (json!({"vector3d": [], "other": original}), &["900030-original.png"]),
        (json!({"image": original}), &[]),
    ] {
        let field = json!({"bild.datei": {"files": true}});
        let asked = of_changed(&desk, &of_two(&json!({"eas_fields": field, "classes": classes})));
        let apart = format!("{:x}", super::told_apart(&classes.to_string()));
        let ran = desk.define(&asked).apart(&apart).done().await;
        let expected: BTreeSet<String> = expected.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(names(&ran), expected, "{classes}");
    }
}
