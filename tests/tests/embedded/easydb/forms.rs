//! Forms of one export: one that cannot be written, those with nothing in them, and workbooks.

use std::collections::BTreeSet;
use std::fs;

use serde_json::json;

use super::super::desk::{Desk, below};
use super::files::{changed, number, of_changed};
use super::{config, export, judge, lint, run, workbook};

#[tokio::test]
async fn a_profile_that_was_deleted_costs_its_form_alone_where_errors_are_warnings() {
    let desk = Desk::new();
    let mut asked = export(&json!({"xml": true, "csv": {}, "mapping": "nobody"}));
    asked["on_error"] = "warn".into();
    let ran = desk.define(&asked).config(&config()).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    judge(&ran, "none", 1, &[]);
    let warnings = ran.text("warnings.jsonl");
    // Each batch tells, for one before may have had it.
    let is_told = |line: &str| line.contains("unknown_mapping") && line.contains("nobody");
    assert_eq!(warnings.lines().filter(|line| is_told(line)).count(), 3, "{warnings}");
}

#[tokio::test]
async fn nothing_to_write_is_no_reason_to_fail() {
    let desk = Desk::new();
    let nothing = json!({"search": [{"type": "in", "bool": "must",
        "fields": ["_system_object_id"], "in": [1]}]});
    let ran = run(&desk, &json!({"search": nothing, "csv": {}, "xlsx": {}, "xml": true})).await;
    assert_eq!(ran.result()["archives"][0]["members"], 0, "{}", ran.said);
}

#[tokio::test]
async fn objects_of_types_without_fields_are_told_apart_in_every_form() {
    let desk = Desk::new();
    let fields = json!({"bild.titel": {}});
    let ran = run(&desk, &json!({"fields": fields, "xml": true, "csv": {}, "xlsx": {}})).await;
    let texts = |ending: &str| -> Vec<String> {
        let files = below(&ran.unpacked()).into_iter();
        let files = files.filter(|path| path.to_str().unwrap().ends_with(ending));
        files.map(|path| fs::read_to_string(path).unwrap()).collect()
    };
    let tables = texts("-ort.csv");
    for table in &tables {
        let (head, rows) = table.split_once('\n').unwrap();
        assert!(head.starts_with("\"_system_object_id\",\"_global_object_id\""), "{head}");
        assert!(head.contains("\"_standard#de-DE\"") && !head.contains("\"name"), "{head}");
        assert!(!rows.is_empty(), "{table}");
    }
    assert!(!tables.is_empty());
    let places = texts(".xml").iter().map(|xml| xml.matches("\n  <ort>\n").count()).sum::<usize>();
    assert_eq!(places, 5);
    assert!(texts(".xml").iter().all(|xml| !xml.contains("<name ")));
}

#[tokio::test]
async fn an_owner_whose_name_an_object_does_not_tell_has_the_one_that_the_catalogue_knows() {
    let desk = Desk::new();
    changed(&desk, |object| {
        if number(object) == 1042 {
            object["_owner"] = json!({"_basetype": "user", "user": {"_id": 3}});
        }
    });
    let ran = desk.define(&of_changed(&desk, &json!({"xml": true}))).done().await;
    let texts = below(&ran.unpacked()).into_iter().map(|path| fs::read_to_string(path).unwrap());
    let name = "<displayname>Büro \"Süd\" &amp; Söhne</displayname>";
    assert_eq!(texts.filter(|text| text.contains(name)).count(), 1);
}

#[tokio::test]
async fn columns_without_values_stay_where_that_is_asked_for() {
    let desk = Desk::new();
    let some = json!({"search": [{"type": "in", "bool": "must",
        "fields": ["_system_object_id"], "in": [1000, 1028]}]});
    let mut heads = Vec::new();
    for empty_columns in [false, true] {
        let csv = json!({"empty_columns": empty_columns});
        let ran = run(&desk, &json!({"search": some, "csv": csv})).await;
        let files = below(&ran.unpacked());
        for ending in ["-ort.csv", "-person.csv"] {
            let file = files.iter().find(|path| path.to_str().unwrap().ends_with(ending));
            let text = fs::read_to_string(file.unwrap()).unwrap();
            heads.push(text.lines().next().unwrap().replace('"', ""));
        }
    }
    let [place, person, whole_place, whole_person] = &heads[..] else { panic!("{heads:?}") };
    let own = |head: &str| {
        head.split(',')
            .skip_while(|name| *name != "_exported_at")
            .skip(1)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(own(place), ["_standard#de-DE", "name#de-DE", "code"]);
    let languages = ["_tags", "_pool#de-DE", "_pool#en-US", "_standard#de-DE", "_standard#en-US"];
    assert_eq!(own(whole_place)[..5], languages);
    assert_eq!(own(whole_place)[5..8], ["name#de-DE", "name#en-US", "code"]);
    // Nothing tells it of any teacher.
    assert!(!person.contains("lehrer#_global_object_id"), "{person}");
    assert!(whole_person.contains("lehrer#_standard#en-US,lehrer#_system_object_id"));
    assert!(whole_person.contains("lehrer#_global_object_id"), "{whole_person}");
}

/// A leaflet has its original alone, which pictures have last.
#[tokio::test]
async fn versions_of_files_have_a_column_each_whichever_of_them_a_file_has() {
    let desk = Desk::new();
    let some = json!({"search": [{"type": "in", "bool": "must",
        "fields": ["_system_object_id"], "in": [1054, 1064]}]});
    for generation in ["easydb", "fylr"] {
        let csv = json!({"generation": generation});
        let ran = run(&desk, &json!({"search": some, "csv": csv})).await;
        let files = below(&ran.unpacked());
        let is_table = |path: &&std::path::PathBuf| path.extension() == Some("csv".as_ref());
        let table = fs::read_to_string(files.iter().find(is_table).unwrap()).unwrap();
        let head = table.lines().next().unwrap();
        let versions =
            head.split(',').filter(|name| name.contains("original") && name.contains("url"));
        assert_eq!(versions.count(), 1, "{head}");
        let names: BTreeSet<&str> = head.split(',').collect();
        assert_eq!(names.len(), head.split(',').count(), "{head}");
    }
}

#[tokio::test]
async fn workbooks_show_small_pictures_of_objects_and_who_changed_them() {
    let desk = Desk::new();
    changed(&desk, |object| {
        if number(object) == 1042 {
            object["_changelog"] = json!([
                {"time": "2026-01-01T00:00:00Z", "operation": "INSERT",
                 "user": {"_basetype": "user", "user": {"_generated_displayname": "Ann"}}},
                {"time": "2026-01-02T00:00:00Z", "operation": "UPDATE", "user": {"login": "bob"}}]);
        }
    });
    fs::remove_file(desk.path("catalogue/files/picture-01-small.png")).unwrap();
    let mut asked = of_changed(
        &desk,
        &json!({"xlsx": {"thumbnails": true, "changelog": "users"}, "csv": {"changelog": "changes"}}),
    );
    asked["batch_size"] = 0.into();
    asked["on_error"] = "warn".into();
    let ran = desk.define(&asked).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    let cells = workbook(&ran);
    assert!(cells.contains("A1 str '[thumbnail]'\n"), "{cells}");
    let changes = "'2026-01-01T00:00:00Z INSERT Ann\\n2026-01-02T00:00:00Z UPDATE bob'";
    assert!(cells.contains(changes), "{cells}");
    let pictures = cells.lines().filter(|line| line.starts_with("picture "));
    let pictures: Vec<&str> = pictures.filter(|line| line.ends_with(" 1")).collect();
    assert!(pictures.len() > 3 && pictures.len() < 10, "{pictures:?}");
    let told = ran.text("warnings.jsonl");
    assert!(told.contains("files/picture-01-small.png"), "{told}");
    let csv = below(&ran.unpacked())
        .into_iter()
        .find(|path| path.to_str().unwrap().ends_with("-bild.csv"))
        .map(|path| fs::read_to_string(path).unwrap())
        .unwrap();
    assert!(csv.contains("\"2026-01-01T00:00:00Z INSERT\n2026-01-02T00:00:00Z UPDATE\""));
}

#[tokio::test]
async fn objects_are_written_as_fylr_does_where_that_is_asked_for() {
    let desk = Desk::new();
    let files = json!({"bild.datei": {"files": true}});
    let asked = json!({"xml": true, "json": true, "generation": "fylr", "eas_fields": files});
    let ran = run(&desk, &asked).await;
    assert!(lint(&ran) > 0);
    let files = below(&ran.unpacked());
    let texts = |ending: &str| -> Vec<String> {
        let is_it = |path: &&std::path::PathBuf| path.extension() == Some(ending.as_ref());
        files.iter().filter(is_it).map(|path| fs::read_to_string(path).unwrap()).collect()
    };
    let xml = texts("xml").concat();
    for expected in [
        "<urheber type=\"link\">",
        "<datei type=\"files\">",
        "<_reverse_nested__bestimmung__bild type=\"reverse\">",
        "<_pool id=\"8\">",
        "<_tags>",
        "<reference/>",
        "<class_extension>image.png</class_extension>",
        "<width type=\"int\">96</width>",
        "<aspect_ratio type=\"float64\">1.3333</aspect_ratio>",
        "<path>",
    ] {
        assert!(xml.contains(expected), "{expected} is not in {xml}");
    }
    assert!(!xml.contains("_relative_filename") && !xml.contains("<tags"));
    let mut objects = 0;
    for text in texts("json") {
        let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
        for object in answer["objects"].as_array().unwrap() {
            assert_eq!(object["_format"], "export");
            assert_eq!(object["_exported_at"], "2026-03-05T09:07:00+00:00");
            assert!(object[object["_objecttype"].as_str().unwrap()]["_id"].is_u64());
            objects += 1;
        }
    }
    assert_eq!(objects, 30);
}
