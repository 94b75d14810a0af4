//! Exports of easydb catalogues as records, from a folder and from a server.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::EasydbServer;

use super::desk::{Desk, below};
use super::served::Served;

/// Thirty objects of all kinds.
fn small() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small")
}

fn copied(folder: &Path) {
    for path in below(&small()) {
        let to = folder.join(path.strip_prefix(small()).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(path, to).unwrap();
    }
}

#[tokio::test]
async fn a_run_has_the_objects_that_changed_since_the_last_one() {
    let catalogue = tempfile::tempdir().unwrap();
    copied(catalogue.path());
    let easydb = EasydbServer::start(catalogue.path()).await.unwrap();
    let fylr = EasydbServer::start_fylr(catalogue.path()).await.unwrap();
    let (url, fylr_url) = (&easydb.url, &fylr.url);
    let secrets = tempfile::tempdir().unwrap();
    let password = secrets.path().join("password");
    fs::write(&password, "secret").unwrap();
    let password = password.display();
    let served = Served::start(&format!(
        "[sources.saved]\nkind = \"easydb\"\npath = \"{{folder}}/catalogue\"\n\
         [sources.easydb]\nkind = \"easydb\"\nurl = \"{url}\"\nlogin = \"ann\"\n\
         password_file = \"{password}\"\n\
         [sources.fylr]\nkind = \"easydb\"\nurl = \"{fylr_url}\"\nlogin = \"ann\"\n\
         password_file = \"{password}\"\n[addresses]\nallow = [\"{}\", \"{}\"]\n",
        url.trim_start_matches("http://"),
        fylr_url.trim_start_matches("http://"),
    ))
    .await;
    copied(&served.path("catalogue"));
    let output = |from: &str| {
        json!({"to": format!("{from}.csv"), "from": from, "format": "csv",
            "select": {"fields": ["_system_object_id"], "where": {"_objecttype": "bild"}},
            "incremental": {"by": {"field": "_last_modified"}}})
    };
    let outputs = [output("saved"), output("easydb"), output("fylr")];
    let export = served.export(&json!({"name": "Changes", "outputs": outputs})).await;
    let first = served.unpacked(&export, 1).await;
    assert_eq!(first[0].1.lines().count(), 15, "{first:?}");
    assert!(first.iter().all(|(_, file)| *file == first[0].1), "{first:?}");

    for folder in [&*served.path("catalogue"), catalogue.path()] {
        change(folder, 1054);
    }
    easydb.read_again().await.unwrap();
    fylr.read_again().await.unwrap();
    for (run, changed) in [(2, "1054\r\n"), (3, "")] {
        served.start_run(&export).await;
        let files = served.unpacked(&export, run).await;
        assert_eq!(files.len(), 3);
        for (name, file) in files {
            assert_eq!(file, format!("_system_object_id\r\n{changed}"), "{name} of run {run}");
        }
    }
}

/// Changes an object of a folder.
fn change(folder: &Path, id: u64) {
    let file = folder.join("search-00000.json");
    let mut answer: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let objects = answer["objects"].as_array_mut().unwrap();
    let changed = objects.iter_mut().find(|object| object["_system_object_id"] == id).unwrap();
    changed["_last_modified"] = json!("2025-01-01T00:00:00Z");
    fs::write(&file, answer.to_string()).unwrap();
}

#[tokio::test]
async fn a_catalogue_is_told_before_any_export_needs_it() {
    let desk = Desk::new();
    copied(&desk.path("catalogue"));
    let sources = json!({"saved": {"kind": "easydb", "path": "catalogue"}});
    let outputs = json!([{"to": "a.jsonl", "from": "saved", "format": "jsonl"}]);
    let definition = json!({"name": "Told", "sources": sources, "outputs": outputs}).to_string();
    let file = desk.write("told.json", definition).display().to_string();
    let arguments = ["sources", "show", "saved", "--definition", &file, "--json"];
    let told = desk.command(&arguments).await.result();
    assert_eq!((&told["kind"], &told["records"]), (&json!("easydb"), &json!(30)));
    assert_eq!(told["first"][0]["_system_object_id"], json!(1000));
}
