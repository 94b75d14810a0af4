//! What is too much for an object or a batch: it is left out as a whole, and told of as far as a record holds.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::desk::{Desk, below};
use super::material::scenario;
use super::ran::Ran;

/// Exports some objects from a folder as one batch.
async fn run(desk: &Desk, objects: &str, easydb: &Value) -> Ran {
    run_with(desk, objects, easydb, "").await
}

/// The same with more in the configuration of workers.
async fn run_with(desk: &Desk, objects: &str, easydb: &Value, worker: &str) -> Ran {
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    desk.write("catalogue/catalogue.json", fs::read(small.join("catalogue.json")).unwrap());
    desk.write("catalogue/files/leaflet.pdf", fs::read(small.join("files/leaflet.pdf")).unwrap());
    desk.write("catalogue/search-0.json", format!("{{\"objects\":[{objects}]}}"));
    desk.write(
        "mappings/titles.json",
        r#"{"xml_base": "/file", "fields": [
        {"type": "text", "xml": "title", "easydb": "file.title"}]}"#,
    );
    let definition = json!({
        "name": "Bounds", "batch_size": 0, "on_error": "warn",
        "outputs": [{"to": "top/", "from": "files", "easydb": easydb}],
        "sources": {"files": {"kind": "easydb", "path": desk.path("catalogue")}},
    });
    let (mappings, stylesheets) = (desk.path("mappings"), scenario("easydb"));
    let (mappings, stylesheets) = (mappings.display(), stylesheets.display());
    let config =
        format!("[worker]\nmappings = \"{mappings}\"\nstylesheets = \"{stylesheets}\"\n{worker}");
    desk.define(&definition).config(&config).run().await
}

/// Objects whose form in one format is longer than they may be, and short in others, are in none; those after
/// them are in all.
#[tokio::test]
async fn an_object_that_is_too_much_for_one_format_is_in_none() {
    let desk = Desk::new();
    let link = |id: u64| json!({"_objecttype": "part", "_system_object_id": id});
    let file = |id: u64, title: &str, parts: usize| {
        json!({"_objecttype": "file", "_mask": "file__all", "_system_object_id": id, "file": {
            "_id": id, "_version": 1, "title": title,
            "_nested:file__parts": vec![json!({"part": link(9)}); parts],
            "scan": [{"_id": 70 + id, "class": "office", "extension": "pdf", "original_filename": "a.pdf",
                "versions": {"original": {"url": "files/leaflet.pdf", "extension": "pdf"}}}]}})
    };
    let part = json!({"_objecttype": "part", "_mask": "part__all", "_system_object_id": 9,
        "part": {"_id": 9, "_version": 1, "text": "x".repeat(2 << 20)}});
    // Forty times two MiB are more than 64 MiB.
    let objects = [file(1, "first", 40), file(2, "second", 1), file(3, "third", 0), part];
    let objects: Vec<String> = objects.iter().map(Value::to_string).collect();
    let easydb = json!({"xml": true, "json": true, "csv": {}, "mapping": "titles",
        "merge_linked_objects": "all", "eas_fields": {"file.scan": {"files": true}},
        "search": {"objecttypes": ["file"], "search": []}});
    let ran = run(&desk, &objects.join(","), &easydb).await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    let warnings = ran.text("warnings.jsonl");
    assert_eq!(warnings.matches("too many to be written out").count(), 1, "{warnings}");
    let told: Vec<Value> =
        warnings.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let left_out: Vec<_> = told.iter().filter(|one| one["left_out"] == true).collect();
    assert_eq!((left_out.len(), &left_out[0]["object"]), (1, &json!(1)), "{warnings}");
    let files = below(&ran.unpacked());
    for end in ["xml", "json", "csv"] {
        let path = files.iter().find(|path| path.extension() == Some(end.as_ref())).unwrap();
        let text = fs::read_to_string(path).unwrap();
        for (title, is_there) in [("first", false), ("second", true), ("third", true)] {
            assert_eq!(text.contains(title), is_there, "{title} in {}", path.display());
        }
    }
    let scans = files.iter().filter(|path| path.extension() == Some("pdf".as_ref()));
    let mut scans: Vec<&str> =
        scans.map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    scans.sort_unstable();
    assert_eq!(scans, ["sid-2-eas-72-a.pdf", "sid-3-eas-73-a.pdf"]);
}

#[tokio::test]
async fn so_many_warnings_are_told_and_the_rest_is_counted() {
    const COUNT: u64 = 40_000;
    let desk = Desk::new();
    let mut objects = String::new();
    for id in 1..=COUNT {
        let joint = if id == 1 { "" } else { ",\n" };
        write!(
            objects,
            "{joint}{{\"_objecttype\":\"file\",\"_mask\":\"m\",\"_system_object_id\":{id},\"file\":{{\"_id\":{id},\
             \"scan\":[{{\"_id\":{id},\"class\":\"office\",\"versions\":{{}}}}]}}}}"
        )
        .unwrap();
    }
    let easydb = json!({"json": true, "eas_fields": {"file.scan": {"files": true}}});
    let ran = run(&desk, &objects, &easydb).await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    let warnings = ran.text("warnings.jsonl");
    let last = warnings.lines().last().unwrap();
    let listed = warnings.lines().count() as u64 - 1;
    assert!(last.contains(&format!("{} warnings more of this batch", COUNT - listed)), "{last}");
    let last: Value = serde_json::from_str(last).unwrap();
    assert_eq!(last["left_out"], false, "files are missing, and no object is");
    assert!(warnings.len() < 16 << 20, "{} bytes", warnings.len());
}

/// What is too long for a stylesheet comes as it is, and what is not is transformed.
#[tokio::test]
async fn a_document_that_is_too_long_goes_through_no_stylesheet() {
    let object = |id: u64, text: String| {
        json!({"_objecttype": "part", "_mask": "m", "_system_object_id": id,
            "_standard": {"1": {"text": {"de-DE": format!("Teil {id}")}}},
            "part": {"_id": id, "_version": 1, "text": text}})
    };
    let objects = [object(1, "x".to_owned()), object(2, "x".repeat(10_000_000))];
    let objects: Vec<String> = objects.iter().map(Value::to_string).collect();
    for (own, expected) in [(true, ["<titles>", "<objects "]), (false, ["<objects ", "<objects "])]
    {
        let desk = Desk::new();
        let easydb = json!({"xml": true, "stylesheet": "titles", "xml_one_file_per_object": own});
        let ran = run(&desk, &objects.join(","), &easydb).await;
        assert_eq!(ran.code, 3, "{}", ran.said);
        let warnings = ran.text("warnings.jsonl");
        assert_eq!(warnings.matches("goes through no stylesheet").count(), 1, "{warnings}");
        let mut files = below(&ran.unpacked());
        files.retain(|path| path.extension() == Some("xml".as_ref()));
        files.sort();
        for (nth, path) in files.iter().enumerate() {
            let text = fs::read_to_string(path).unwrap();
            let begins = text.lines().nth(1).unwrap_or_default();
            assert!(begins.starts_with(expected[nth]), "{}: {begins}", path.display());
        }
        assert_eq!(files.len(), if own { 2 } else { 1 }, "{files:?}");
    }
}

#[tokio::test]
async fn the_operator_says_how_long_a_document_may_be_that_goes_through_a_stylesheet() {
    let object = json!({"_objecttype": "part", "_mask": "m", "_system_object_id": 1,
        "_standard": {"1": {"text": {"de-DE": "Teil"}}},
        "part": {"_id": 1, "_version": 1, "text": "x".repeat(200_000)}});
    let easydb = json!({"xml": true, "stylesheet": "titles"});
    for (most, code, expected) in [("100KB", 3, "<objects "), ("300KB", 0, "<titles>")] {
        let desk = Desk::new();
        let worker = format!("max_xml_for_stylesheets = \"{most}\"\n");
        let ran = run_with(&desk, &object.to_string(), &easydb, &worker).await;
        assert_eq!(ran.code, code, "{most}: {}", ran.said);
        let files = below(&ran.unpacked());
        let is_xml = |path: &&std::path::PathBuf| path.extension() == Some("xml".as_ref());
        let text = fs::read_to_string(files.iter().find(is_xml).unwrap()).unwrap();
        let begins = text.lines().nth(1).unwrap_or_default();
        assert!(begins.starts_with(expected), "{most}: {begins}");
    }
}
