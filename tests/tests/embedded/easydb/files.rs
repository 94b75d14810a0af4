//! Files of objects: which go along, in which versions, what they are called, and what is told of them.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::super::desk::{Desk, below};
use super::super::ran::Ran;
use super::super::tool::tool;
use super::{export, judge, judged, paths, run, small};

/// The names of the files that went along, without their folders.
pub(super) fn files(ran: &Ran) -> Vec<String> {
    let is_document = |name: &str| name.contains("@8ef36ec7") || name.ends_with("warnings.jsonl");
    let names = paths(ran).into_iter();
    let names = names.map(|path| path.rsplit('/').next().unwrap().to_owned());
    names.filter(|name| !is_document(name)).collect()
}

/// How many files the XML names, which must lie beside it.
fn named_in_xml(ran: &Ran) -> usize {
    let mut count = 0;
    for path in
        below(&ran.unpacked()).iter().filter(|path| path.extension() == Some("xml".as_ref()))
    {
        let text = fs::read_to_string(path).unwrap();
        for line in text.lines().filter(|line| line.contains("<_relative_filename>")) {
            let name = line.split(['<', '>']).nth(2).unwrap().replace("&amp;", "&");
            assert!(path.with_file_name(&name).is_file(), "{name}");
            count += 1;
        }
    }
    count
}

/// The catalogue in a folder of its own, with something done to each of its objects.
pub(super) fn changed(desk: &Desk, change: impl Fn(&mut Value)) {
    for path in below(&small()) {
        let name = path.strip_prefix(small()).unwrap().display().to_string();
        let mut content = fs::read(&path).unwrap();
        if name.starts_with("search-") {
            let mut answer: Value = serde_json::from_slice(&content).unwrap();
            answer["objects"].as_array_mut().unwrap().iter_mut().for_each(&change);
            content = serde_json::to_vec(&answer).unwrap();
        }
        desk.write(&format!("catalogue/{name}"), content);
    }
}

/// An export of the catalogue in that folder.
pub(super) fn of_changed(desk: &Desk, easydb: &Value) -> Value {
    let mut asked = export(easydb);
    asked["sources"]["museum"]["path"] = desk.path("catalogue").to_str().unwrap().into();
    asked
}

/// The number of an object.
pub(super) fn number(object: &Value) -> u64 {
    object["_system_object_id"].as_u64().unwrap()
}

#[tokio::test]
async fn without_folders_the_files_of_all_batches_keep_the_names_that_the_xml_says() {
    let desk = Desk::new();
    for own in [json!({"filename_original": true}), json!({"filename_template": "same"})] {
        let mut easydb = json!({"xml": true, "flat": true, "eas_fields":
            {"bild.datei": {"files": true, "include_non_preferred": true}}});
        easydb.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        let ran = run(&desk, &easydb).await;
        judge(&ran, "none", 1, &[]);
        let names = files(&ran);
        assert_eq!(names.len(), 14, "{names:?}");
        assert!(
            names.iter().all(|name| name.contains("-eas-") && !name.contains('~')),
            "{names:?}"
        );
    }
    // A batch that is alone knows all names, and adds to those alone that clash.
    let mut asked = export(&json!({"xml": true, "flat": true, "filename_original": true,
        "eas_fields": {"bild.datei": {"files": true, "include_non_preferred": true}}}));
    asked["batch_size"] = 0.into();
    let ran = desk.define(&asked).apart("alone").done().await;
    judge(&ran, "none", 1, &[]);
    let names: BTreeSet<String> = files(&ran).into_iter().collect();
    for name in ["Hafen.JPG", "Hafen-2.JPG", "Hafen-3.JPG", "IMG_0001.jpg", "IMG_0001-2.jpg"] {
        assert!(names.contains(name), "{name} is not in {names:?}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_fetched_is_named_nowhere() {
    let desk = Desk::new();
    changed(&desk, |_| {});
    fs::remove_file(desk.path("catalogue/files/leaflet.pdf")).unwrap();
    fs::remove_file(desk.path("catalogue/files/picture-01-original.png")).unwrap();
    let mut asked = of_changed(
        &desk,
        &json!({"xml": true, "csv": {}, "xlsx": {}, "merge_linked_objects": "all",
            "eas_fields": {"bild.datei": {"files": true, "include_non_preferred": true}}}),
    );
    asked["on_error"] = "warn".into();
    let ran = desk.define(&asked).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    let there: BTreeSet<String> = files(&ran).into_iter().collect();
    assert!(there.len() > 3 && there.len() < 13, "{there:?}");
    // The XML names what is there and nothing else; so do the tables.
    judged(&ran, &desk.path("catalogue"), ("all", 1, &[]), "");
    let mut named = BTreeSet::new();
    for path in
        below(&ran.unpacked()).iter().filter(|path| path.extension() == Some("csv".as_ref()))
    {
        let table = fs::read_to_string(path).unwrap();
        let cells = table.split(['"', '\n']).filter(|cell| cell.starts_with("sid-"));
        named.extend(cells.map(str::to_owned));
    }
    assert_eq!(named, there);
}

#[tokio::test]
async fn texts_are_taken_out_of_the_version_that_is_asked_for() {
    let desk = Desk::new();
    changed(&desk, |object| {
        if number(object) == 1042 {
            let versions = &mut object["bild"]["datei"][0]["versions"];
            // It was made smaller since.
            versions["current"] = versions["small"].clone();
        }
    });
    let texts = json!({"bild.signatur": "xmp:dc:title"});
    let versions = json!([
        {"type": "original", "metadata": "remove"},
        {"type": "current", "metadata": "remove"},
        {"type": "version", "version": "preview", "metadata": texts},
        {"type": "custom", "convert": {}},
    ]);
    let asked = of_changed(
        &desk,
        &json!({"xml": true, "eas_fields": {"bild.datei": {"files": true}},
            "assets": {"900028": {"versions": versions}}, "classes": {"office": []},
            "filename_template": "%_asset.id%-%_asset.version%"}),
    );
    let ran = desk.define(&asked).done().await;
    judged(&ran, &desk.path("catalogue"), ("none", 1, &[]), "");
    let mut names = files(&ran);
    names.sort();
    let wanted = ["current", "custom", "original", "preview"];
    assert_eq!(names, wanted.map(|version| format!("900028-{version}.png")));
    for (version, size) in
        [("original", "96x72"), ("current", "24x18"), ("preview", "48x36"), ("custom", "24x18")]
    {
        let is_it = |path: &&std::path::PathBuf| path.ends_with(format!("900028-{version}.png"));
        let paths = below(&ran.unpacked());
        let file = paths.iter().find(is_it).unwrap();
        let said = tool("identify", ["-format".as_ref(), "%wx%h".as_ref(), file.as_os_str()]);
        assert_eq!(said, size, "{version}");
        let title = tool("exiftool", ["-s3".as_ref(), "-XMP-dc:Title".as_ref(), file.as_os_str()]);
        assert_eq!(title, if version == "preview" { "HM 000/14\n" } else { "" }, "{version}");
    }
}

/// What goes along in the usual versions of pictures and of others.
async fn going_along(desk: &Desk, classes: &Value, assets: &Value) -> BTreeSet<u64> {
    let ran = run(
        desk,
        &json!({"xml": true, "classes": classes, "assets": assets,
            "eas_fields": {"bild.datei": {"files": true, "include_non_preferred": true}},
            "filename_template": "%_asset.id%"}),
    )
    .await;
    let names = files(&ran);
    names.iter().map(|name| name.split('.').next().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn rules_say_which_files_of_a_class_or_of_a_field_go_along() {
    let desk = Desk::new();
    let all = going_along(&desk, &json!({}), &json!({})).await;
    assert!(all.contains(&900_029) && all.contains(&900_036), "{all:?}");
    let leaflet = BTreeSet::from([900_036]);
    let office = json!({"image": [], "office": [{"type": "original"}]});
    assert_eq!(going_along(&desk, &office, &json!({})).await, leaflet);
    assert!(going_along(&desk, &json!({"image": []}), &json!({})).await.is_empty());
    // Where one file of an object has a rule, others go along only if they are the preferred ones.
    let small = json!({"versions": [{"type": "version", "version": "small"}]});
    for (rules, missing) in [
        (json!({"900028": small}), vec![900_029]),
        (json!({"900028": false}), vec![900_028, 900_029]),
        (json!({"900029": true}), vec![]),
        (json!({"900041": small, "900036": false}), vec![900_036]),
    ] {
        let expected: BTreeSet<u64> =
            all.iter().filter(|id| !missing.contains(id)).copied().collect();
        assert_eq!(going_along(&desk, &json!({}), &rules).await, expected, "{rules}");
    }
}

#[tokio::test]
async fn files_of_linked_objects_go_along_where_their_field_is_named_and_they_are_written_out() {
    let desk = Desk::new();
    for (rule, depth, way, expected) in [
        (
            "all",
            1,
            "person.portrait.bild.datei",
            vec!["sid-1028-eas-900026", "sid-1034-eas-900030"],
        ),
        ("none", 1, "person.portrait.bild.datei", vec![]),
        ("all", 1, "person.portrait.datei", vec![]),
        ("all", 1, "bild.urheber.person.portrait.bild.datei", vec![]),
        (
            "all",
            2,
            "bild.urheber.person.portrait.bild.datei",
            vec![
                "sid-1042-eas-900030",
                "sid-1054-eas-900030",
                "sid-1072-eas-900026",
                "sid-1078-eas-900030",
            ],
        ),
    ] {
        let mut easydb = json!({"xml": true, "merge_linked_objects": rule,
            "eas_fields": {way: {"files": true}}});
        if rule != "none" {
            easydb["merge_max_depth"] = depth.into();
        }
        let ran = run(&desk, &easydb).await;
        judge(&ran, rule, depth, &[]);
        let mut names = files(&ran);
        for name in &mut names {
            let end = name.match_indices('-').nth(3).map(|(end, _)| end);
            name.truncate(end.unwrap_or(name.len()));
        }
        names.sort();
        assert_eq!(names, expected, "{rule} {depth} {way}");
    }
}

/// What links lead to a file with is the object that has the file, not the one that it is written out in.
#[tokio::test]
async fn links_to_files_within_linked_objects_name_the_object_that_has_them() {
    let desk = Desk::new();
    let ran = run(&desk, &json!({"xml": true, "merge_linked_objects": "all"})).await;
    judge(&ran, "all", 1, &[]);
    let answer: Value =
        serde_json::from_slice(&fs::read(small().join("search-00000.json")).unwrap()).unwrap();
    let mut uuids = std::collections::HashMap::new();
    for object in answer["objects"].as_array().unwrap() {
        for file in object["bild"]["datei"].as_array().into_iter().flatten() {
            uuids.insert(file["_id"].to_string(), object["_uuid"].as_str().unwrap().to_owned());
        }
    }
    let mut links = 0;
    for path in
        below(&ran.unpacked()).iter().filter(|path| path.extension() == Some("xml".as_ref()))
    {
        let text = fs::read_to_string(path).unwrap();
        for link in text.lines().filter_map(|line| line.trim().strip_prefix("<deep_link_url>")) {
            let (_, rest) = link.split_once("/objects/uuid/").unwrap();
            let (uuid, rest) = rest.split_once("/file/id/").unwrap();
            let (id, _) = rest.split_once('/').unwrap();
            assert_eq!(uuids[id], uuid, "{link}");
            links += 1;
        }
    }
    assert!(links > 20, "{links}");
}

#[tokio::test]
async fn overlong_and_odd_names_are_such_as_every_system_takes() {
    let desk = Desk::new();
    changed(&desk, |object| {
        for file in object["bild"]["datei"].as_array_mut().into_iter().flatten() {
            let id = file["_id"].as_u64().unwrap();
            let (name, extension) = match id % 4 {
                0 => ("ü".repeat(300) + ".jpg", "jpg".to_owned()),
                1 => ("a/../b\\c: d?.png".to_owned(), "../../x".to_owned()),
                2 => ("CON.png".to_owned(), "png".repeat(100)),
                _ => (String::new(), String::new()),
            };
            file["original_filename"] = name.into();
            file["extension"] = extension.clone().into();
            for version in file["versions"].as_object_mut().unwrap().values_mut() {
                version["extension"] = extension.clone().into();
            }
        }
    });
    for (flat, own) in [(true, true), (false, true), (false, false)] {
        let asked = of_changed(
            &desk,
            &json!({"xml": true, "flat": flat, "filename_original": own,
                "eas_fields": {"bild.datei": {"files": true, "include_non_preferred": true}}}),
        );
        let ran = desk.define(&asked).apart(&format!("{flat}-{own}")).done().await;
        let names = files(&ran);
        assert_eq!((names.len(), named_in_xml(&ran)), (14, 14), "{names:?}");
        assert!(names.iter().all(|name| name.len() <= 255 && !name.starts_with('.')), "{names:?}");
    }
}
