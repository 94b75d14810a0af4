//! Mapping profiles over objects that are written out within others, and profiles and stylesheets that the catalogue
//! keeps itself.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use super::super::desk::{Desk, below};
use super::super::material::scenario;
use super::super::ran::Ran;
use super::files::{number, of_changed};
use super::{TOP, export, lint, small};
use crate::scenario::{compare, files};

/// The objects of the catalogue, by their numbers.
fn objects() -> BTreeMap<u64, Value> {
    let text = fs::read(small().join("search-00000.json")).unwrap();
    let mut answer: Value = serde_json::from_slice(&text).unwrap();
    let objects = answer["objects"].as_array_mut().unwrap().drain(..);
    objects.map(|object| (number(&object), object)).collect()
}

/// What an element holds, as XML has it.
fn element(name: &str, text: &Value) -> String {
    let text = text.as_str().unwrap();
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<{name}>{text}</{name}>")
}

/// The file of an object.
fn file(ran: &Ran, id: u64) -> String {
    let start = format!("{id}@");
    let files = below(&ran.unpacked());
    let name = |path: &&std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(&start) && name.ends_with("xml")
    };
    fs::read_to_string(files.iter().find(name).unwrap()).unwrap()
}

fn profile() -> Value {
    let word = "bild._nested:bild__schlagworte.lk_schlagwort.schlagwort.name";
    let judge = "bild._reverse_nested:bestimmung:bild.bestimmt_von.person.name";
    let author = "bild.urheber.person.name";
    json!({"xml_base": "/r", "fields": [
        {"type": "text", "xml": "author", "easydb": author},
        {"type": "text", "xml": "teacher", "easydb": "bild.urheber.person.lehrer.person.name"},
        {"type": "text", "xml": "judge", "easydb": judge},
        {"type": "list", "xml": "words/word", "fields": [{"type": "text", "easydb": [word]}]},
        {"type": "text_fixed", "xml": "marked", "text": "yes", "conditions": [
            {"type": "any", "list": [{"type": "eq", "easydb": author, "value": "=Summe 12"}]}]},
    ]})
}

#[tokio::test]
async fn mapping_profiles_see_objects_that_are_written_out_within_others() {
    let (desk, all) = (Desk::new(), objects());
    desk.write("maps/merged.json", profile().to_string());
    let config = format!("[worker]\nmappings = \"{}\"\n", desk.path("maps").display());
    for depth in [0, 1, 2] {
        let mut easydb = json!({"xml": true, "xml_one_file_per_object": true, "csv": {}, "flat": true,
            "mapping": "merged", "search": {"objecttypes": ["bild"], "search": []}});
        if depth > 0 {
            easydb["merge_linked_objects"] = "all".into();
            easydb["merge_max_depth"] = depth.into();
        }
        let ran =
            desk.define(&export(&easydb)).apart(&depth.to_string()).config(&config).done().await;
        lint(&ran);
        let (mut authors, mut words, mut judges) = (0, 0, 0);
        for (id, object) in all.iter().filter(|(_, object)| object["_objecttype"] == "bild") {
            let (text, bild) = (file(&ran, *id), &object["bild"]);
            let linked = |link: &Value| all.get(&link["_system_object_id"].as_u64()?);
            if let Some(author) = linked(&bild["urheber"]) {
                let name = &author["person"]["name"];
                let teacher = linked(&author["person"]["lehrer"]).unwrap();
                let teacher = element("teacher", &teacher["person"]["name"]);
                assert_eq!(text.contains(&element("author", name)), depth >= 1, "{depth}: {text}");
                assert_eq!(text.contains(&teacher), depth >= 2, "{depth}: {text}");
                let is_marked = depth >= 1 && name == "=Summe 12";
                assert_eq!(text.contains("<marked>"), is_marked, "{depth}: {text}");
                authors += 1;
            }
            for row in bild["_nested:bild__schlagworte"].as_array().into_iter().flatten() {
                let Some(word) = linked(&row["lk_schlagwort"]) else { continue };
                let word = element("word", &word["schlagwort"]["name"]["de-DE"]);
                assert_eq!(text.contains(&word), depth >= 1, "{depth}: {text}");
                words += 1;
            }
            for row in bild["_reverse_nested:bestimmung:bild"].as_array().into_iter().flatten() {
                let judge =
                    element("judge", &linked(&row["bestimmt_von"]).unwrap()["person"]["name"]);
                assert_eq!(text.contains(&judge), depth >= 2, "{depth}: {text}");
                judges += 1;
            }
        }
        assert!(authors > 5 && words > 10 && judges > 1, "{authors} {words} {judges}");
        let has = |text: &str, column: &str| {
            text.lines().next().is_some_and(|head| head.contains(column))
        };
        let (mut of_authors, mut of_teachers) = (false, false);
        for path in
            below(&ran.unpacked()).iter().filter(|path| path.extension() == Some("csv".as_ref()))
        {
            let text = fs::read_to_string(path).unwrap();
            of_authors |= has(&text, "/r/author") && text.contains("Summe 12");
            of_teachers |= has(&text, "/r/teacher");
        }
        assert_eq!((of_authors, of_teachers), (depth >= 1, depth >= 2));
    }
}

#[tokio::test]
async fn what_a_catalogue_in_a_folder_keeps_is_as_good_as_the_operators() {
    let (desk, scenario) = (Desk::new(), scenario("easydb"));
    for path in below(&small()).iter().filter(|path| path.is_file()) {
        let name = path.strip_prefix(small()).unwrap().display().to_string();
        desk.write(&format!("catalogue/{name}"), fs::read(path).unwrap());
    }
    for (kept, name) in
        [("titles.xsl", "stylesheets/4711.xsl"), ("dublin-core.json", "mappings/12.json")]
    {
        desk.write(&format!("catalogue/{name}"), fs::read(scenario.join(kept)).unwrap());
    }
    let exports = fs::read(scenario.join("exports.json")).unwrap();
    let exports: Vec<Value> = serde_json::from_slice(&exports).unwrap();
    for (name, key, number) in [("styled", "stylesheet", "4711"), ("mapped", "mapping", "12")] {
        let asked = exports.iter().find(|asked| asked["name"] == name).unwrap();
        let mut easydb = asked["easydb"].clone();
        easydb[key] = number.into();
        let ran = desk.define(&of_changed(&desk, &easydb)).apart(name).done().await;
        compare(
            &files(&ran.unpacked().join(TOP)),
            &files(&scenario.join("expected").join(name)),
            name,
        );
    }
}

#[tokio::test]
async fn a_stylesheet_that_neither_the_operator_nor_the_catalogue_has_is_told() {
    let desk = Desk::new();
    let asked = export(&json!({"xml": true, "stylesheet": "4712"}));
    let ran = desk.define(&asked).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["xslt_failed", "4712"]);
}
