//! Datasets in every native format: the same files come of a folder, of tables and of an API.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::{IDAH_TOKEN, IdahServer, Namespace};
use tokio_postgres::NoTls;

use super::desk::{Desk, below};
use super::ran::Ran;
use super::tool::tool;

/// The tables, with columns as the records have fields.
const TABLES: &[(&str, &str)] = &[
    (
        "datasets",
        "id text, project_id text, name text, modality text, status text, created_at text",
    ),
    (
        "entries",
        "id text COLLATE \"C\", project_id text, dataset_id text, name text, resource text, priority int, \
         wf_step text, status text, updated_at text",
    ),
    (
        "annotations",
        "id text, project_id text, dataset_id text, entry_id text, dimensions json, annotation json, deleted_at text",
    ),
    ("medias", "id text, resource text, key text, filename text, mime_type text, meta json"),
];

/// Lays down datasets of made-up pictures in the folder `sets`.
fn lay_down(desk: &Desk, datasets: &str, entries: &str, annotations: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/datasets.py");
    let folder = desk.path("sets");
    let [datasets, entries, annotations] = [datasets, entries, annotations].map(OsStr::new);
    tool("python3", [script.as_os_str(), folder.as_os_str(), datasets, entries, annotations]);
}

/// The same in tables of a database.
async fn tables(desk: &Desk, namespace: &Namespace) -> Value {
    let url = namespace.database().await.unwrap();
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    for (name, columns) in TABLES {
        let lines = fs::read_to_string(desk.path(&format!("sets/{name}.jsonl"))).unwrap();
        let records = lines.lines().collect::<Vec<_>>().join(",");
        let filled = format!(
            "CREATE TABLE {name} ({columns}); \
             INSERT INTO {name} SELECT * FROM json_populate_recordset(NULL::{name}, $records$[{records}]$records$)"
        );
        client.batch_execute(&filled).await.unwrap();
    }
    client.batch_execute("ALTER TABLE entries RENAME COLUMN dataset_id TO \"set\"").await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    json!({"kind": "dataset", "assets": "sets/media", "postgres": {
        "url": url, "consistency": "snapshot",
        "entries": {"table": "public.entries", "columns": {"dataset_id": "set"}},
    }})
}

fn definition(source: &Value, batch_size: u64) -> Value {
    let shapes = json!({"dataset": {
        "kind": "dimensions.type", "points": "dimensions.points", "category": "annotation.category",
        "folder": "pictures/", "categories": ["boat", "crane", "buoy"],
    }});
    let has_picture = json!({"where": {"resource": {"ne": null}}});
    let output = |to: &str, format: &str| json!({"to": to, "from": "sets", "format": format, "options": shapes, "select": has_picture});
    let each = |to: &str, format: &str| {
        let mut output = output(to, format);
        output["per"] = json!("record");
        output
    };
    let fields = ["id", "name", "dataset", "annotations", "medias", "width"];
    json!({
        "name": "Datasets",
        "batch_size": batch_size,
        "outputs": [
            {"to": "all.json", "from": "sets", "format": "json", "select": {"fields": fields}},
            {"to": "all.jsonl", "from": "sets", "format": "jsonl", "select": {"fields": fields}},
            {"to": "completed.csv", "from": "sets", "format": "csv",
             "select": {"fields": ["id", "status", "dataset_id", "height"], "where": {"status": "completed"}}},
            output("coco.json", "coco"),
            output("cvat.xml", "cvat"),
            {"to": "data.yaml", "from": "sets", "format": "yolo", "options": shapes},
            each("labels/{_stem}.txt", "yolo"),
            each("voc/{_stem}.xml", "voc"),
            {"to": "pictures/", "from": "sets", "assets": {"field": "file", "filename": "name"}},
            {"to": "every/", "from": "sets",
             "assets": {"field": "files", "name": "{_asset.id} {_asset.original_filename}"}},
        ],
        "sources": {"sets": source},
    })
}

/// Every file of a result.
fn files(ran: &Ran) -> BTreeMap<String, Vec<u8>> {
    let folder = ran.unpacked();
    let named = |path: &Path| path.strip_prefix(&folder).unwrap().display().to_string();
    below(&folder).iter().map(|path| (named(path), fs::read(path).unwrap())).collect()
}

#[tokio::test]
async fn a_folder_tables_and_an_api_give_the_same_files_in_every_format() {
    let desk = Desk::new();
    lay_down(&desk, "3", "60", "3");
    desk.write("token", IDAH_TOKEN);
    let server = IdahServer::start(&desk.path("sets")).await.unwrap();
    let folder = json!({"kind": "dataset", "directory": "sets"});
    let api = json!({"kind": "dataset", "http": {
        "url": format!("{}/api/v1", server.url), "bearer_file": "token", "ids": 30, "tries": 9,
    }});
    let namespace = Namespace::new();
    let tables = tables(&desk, &namespace).await;
    let allowed = server.url.trim_start_matches("http://");
    let allowed = format!("[addresses]\nallow = [\"{allowed}\"]\n");
    let mut expected = None;
    for (name, source, batch_size) in
        [("folder", &folder, 0), ("parts", &folder, 17), ("tables", &tables, 25), ("api", &api, 50)]
    {
        let definition = definition(source, batch_size);
        let ran = desk.define(&definition).config(&allowed).apart(name).run().await;
        // Points are no boxes: formats that have none tell that they left them out.
        assert_eq!(ran.code, 3, "{name}: {}", ran.said);
        let mut files = files(&ran);
        files.remove("warnings.jsonl");
        let expected = expected.get_or_insert_with(|| files.clone());
        assert_eq!(files.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{name}");
        for (file, content) in &files {
            assert!(expected[file] == *content, "{file} of {name} is another");
        }
    }
    let expected = expected.unwrap();
    let count = |folder: &str| expected.keys().filter(|name| name.starts_with(folder)).count();
    assert_eq!((count("pictures/"), count("labels/"), count("voc/")), (162, 162, 162));
    assert_eq!(count("every/"), 324);
    let coco: Value = serde_json::from_slice(&expected["coco.json"]).unwrap();
    assert_eq!(coco["images"].as_array().unwrap().len(), 162);
    assert_eq!(coco["images"][0]["width"], 64);
    let csv = String::from_utf8(expected["completed.csv"].clone()).unwrap();
    assert_eq!(csv.lines().count(), 1 + 180 - 25);
    let all = String::from_utf8(expected["all.jsonl"].clone()).unwrap();
    let first: Value = serde_json::from_str(all.lines().next().unwrap()).unwrap();
    assert_eq!((&first["dataset"]["name"], &first["width"]), (&json!("Häfen 1"), &json!(64)));
    assert_eq!(first["annotations"].as_array().unwrap().len(), 3);
    // Not one request for each entry: lists of ids, and pages.
    let asked = server.asked();
    let lists = asked.iter().filter(|path| !path.contains("/download")).count();
    assert!(lists < 1500, "{lists}");
}

#[tokio::test]
async fn an_api_that_lets_nobody_in_is_told_without_its_token() {
    let desk = Desk::new();
    lay_down(&desk, "1", "2", "1");
    desk.write("token", "canary-wrong");
    let server = IdahServer::start(&desk.path("sets")).await.unwrap();
    let source = json!({"kind": "dataset", "http": {
        "url": format!("{}/api/v1", server.url), "bearer_file": "token",
    }});
    let definition = json!({"name": "Sets", "sources": {"sets": source},
        "outputs": [{"to": "all.jsonl", "from": "sets", "format": "jsonl"}]});
    let allowed = server.url.trim_start_matches("http://");
    let allowed = format!("[addresses]\nallow = [\"{allowed}\"]\n");
    let ran = desk.define(&definition).config(&allowed).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert_eq!(ran.result()["faults"][0]["code"], "source_refused", "{}", ran.said);
    assert!(!ran.said.contains("canary"), "{}", ran.said);
}
