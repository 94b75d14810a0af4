//! The complete example of an export document in the shapes that old clients write: what it asks for comes out.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use tests::laid;

use super::easydb_api::{client, served};
use super::tool::tool;

/// What such a client sends.
fn document() -> Value {
    let search = json!({"objecttypes": ["bild"], "format": "long", "limit": null, "search": [
        {"type": "match", "mode": "fulltext", "string": "*", "bool": "must"}]});
    let fields = json!({"bild.titel": {"display_name": "Titel"},
        "bild.urheber": {"display_name": "Verfasser"},
        "bild.urheber.person.name": {"display_name": "Name"}, "bild.datei": null});
    let preview = json!([{"type": "version", "version": "preview"}]);
    let assets = json!({"900029": true, "900042": false,
        "900030": {"eas_parent_id": null, "versions": preview},
        "900038": {"version": "custom", "format": "tiff", "size": "custom",
            "custom_size": "height", "custom_size_pixel": "36"},
        "900040": {"versions": [{"type": "custom", "custom": {"format": "jpeg"}}]}});
    json!({"_basetype": "export",
        "_transports": [{"type": "download", "packer": "zip_2gb"},
            {"type": "rsync", "options": {"destination": "backup", "options": {"checksum": true}}}],
        "export": {"_version": 1, "type": "export", "name": "everything", "search": search,
            "fields": fields, "eas_fields": ["bild.datei"],
            "classes": {"image": {"version": "current+original"}, "office": {"version": "original"}},
            "assets": assets, "filename_template": "%_asset.id%-%_asset.version%",
            "csv": {"delimiter": ";", "quote": "\"", "escape": "\"", "use_bom": true,
                "all_languages": true},
            "xml": true, "json": true, "merge_linked_objects": "not_in_main_search",
            "merge_max_depth": "3"}})
}

/// The files of preferred pictures as they are and were, of one that is not preferred but asked for, of a leaflet,
/// and the one version that each of three others is asked for in, two of them made for it; none of 900042.
fn files_asked_for() -> BTreeSet<String> {
    let pictures = [900_026, 900_028, 900_029, 900_048, 900_050, 900_052, 900_054];
    let of_picture = |id: &u32| [format!("{id}-current.png"), format!("{id}-original.png")];
    let others =
        ["900030-preview.png", "900036-original.pdf", "900038-custom.tif", "900040-custom.jpg"];
    let others = others.map(str::to_owned);
    pictures.iter().flat_map(of_picture).chain(others).collect()
}

fn check_xml(xml: &str) {
    for expected in [
        "<Titel type=\"text_l10n_oneline\">",
        "<ja-JP>",
        "<Verfasser>",
        "<Name type=\"text_oneline\">Zoll,amt 11</Name>",
        "<_relative_filename>900030-preview.png</_relative_filename>",
    ] {
        assert!(xml.contains(expected), "{expected} is not in {xml}");
    }
    for other in ["<signatur", "<titel", "<lehrer", "<_nested__"] {
        assert!(!xml.contains(other), "{other} is in {xml}");
    }
}

fn check_json(answer: &Value) {
    let objects = answer["objects"].as_array().unwrap();
    assert_eq!(objects.len(), 14);
    for object in objects {
        let fields = object["bild"].as_object().unwrap();
        let known = ["_id", "_version", "_pool", "titel", "urheber", "datei"];
        assert!(fields.keys().all(|key| known.contains(&key.as_str())), "{object:#}");
    }
    let object = objects.iter().find(|object| object["_system_object_id"] == 1042).unwrap();
    let author = object["bild"]["urheber"]["person"].as_object().unwrap();
    assert_eq!(author["name"], "Zoll,amt 11");
    assert!(!author.contains_key("lehrer"), "{object:#}");
}

fn check_table(table: &str) {
    let head = table.strip_prefix('\u{feff}').unwrap().lines().next().unwrap();
    let names: BTreeSet<&str> = head.split(';').collect();
    assert_eq!(names.len(), head.split(';').count(), "{head}");
    for expected in ["\"Titel#ja-JP\"", "\"Verfasser#Name\"", "\"datei#0#_relative_filename\""] {
        assert!(names.contains(expected), "{expected} is not in {head}");
    }
    assert!(!head.contains("signatur"), "{head}");
}

#[tokio::test]
async fn the_complete_example_in_its_old_shapes_runs() {
    let served = served().await;
    let printed = client(&served, &document());
    assert_eq!(printed[0], "done", "{}", served.log());
    // Of its nulls alone there is something to tell.
    let events = printed[1].as_array().unwrap().iter();
    assert_eq!(events.filter(|event| *event == "EXPORT_WARNING").count(), 1, "{}", printed[1]);
    let folder = served.fleet.dir().join("unpacked");
    let unpacked = laid(&folder).unwrap();
    let (documents, files): (Vec<&String>, Vec<&String>) =
        unpacked.keys().partition(|path| path.contains('@'));
    let names: BTreeSet<String> =
        files.iter().map(|path| path.rsplit('/').next().unwrap().to_owned()).collect();
    assert_eq!(names, files_asked_for());
    for (name, kind) in [("900038-custom.tif", "TIFF 36"), ("900040-custom.jpg", "JPEG")] {
        let path = files.iter().find(|path| path.ends_with(name)).unwrap();
        let said =
            tool("identify", ["-format".as_ref(), "%m %h".as_ref(), folder.join(path).as_os_str()]);
        assert!(said.starts_with(kind), "{name}: {said}");
    }
    assert_eq!(documents.len(), 3, "{documents:?}");
    let text = |ending: &str| {
        let path = documents.iter().find(|path| path.ends_with(ending)).unwrap();
        fs::read_to_string(folder.join(path)).unwrap()
    };
    check_xml(&text(".xml"));
    check_json(&serde_json::from_str(&text(".json")).unwrap());
    check_table(&text("-bild.csv"));
    // All of it lies at the target too.
    let sent = laid(&served.path("backup")).unwrap();
    for (path, digest) in &unpacked {
        let is_it =
            |(there, its): (&String, &String)| there.ends_with(path.as_str()) && its == digest;
        assert!(sent.iter().any(is_it), "{path} is not in {sent:?}");
    }
}
