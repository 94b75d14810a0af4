//! The changes of objects in tables, of a server that tells them where it is asked for them, and of one that does not.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::EasydbServer;

use super::desk::{Desk, below};
use super::ran::Ran;

/// Lays the small catalogue down in a folder of the desk, each object with its changes.
fn lay_down(desk: &Desk) {
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    let about = fs::read(small.join("catalogue.json")).unwrap();
    desk.write("catalogue/catalogue.json", about);
    let answer = fs::read(small.join("search-00000.json")).unwrap();
    let mut answer: Value = serde_json::from_slice(&answer).unwrap();
    for object in answer["objects"].as_array_mut().unwrap() {
        object["_changelog"] = json!([
            {"time": "2026-01-01T00:00:00Z", "operation": "INSERT",
             "user": {"_basetype": "user", "user": {"_generated_displayname": "Ann"}}},
            {"time": object["_last_modified"], "operation": "UPDATE", "user": {"user": {"_id": 2}}}]);
    }
    desk.write("catalogue/search-00000.json", answer.to_string());
}

/// A table of objects in batches of ten, from a source.
async fn run(desk: &Desk, server: &EasydbServer, name: &str, source: &Value, easydb: Value) -> Ran {
    let (_, address) = server.url.split_once("//").unwrap();
    let mut easydb = easydb;
    easydb["exported_at"] = "2026-03-05T09:07:00Z".into();
    let definition = json!({
        "name": name, "batch_size": 10, "sources": {"museum": source},
        "outputs": [{"to": "all/", "from": "museum", "easydb": easydb}],
    });
    let config = format!("[addresses]\nallow = [\"{address}\"]\n");
    desk.define(&definition).apart(name).config(&config).run().await
}

/// The text of all tables, in the order of their names.
fn tables(ran: &Ran) -> String {
    let mut files = below(&ran.unpacked().join("all"));
    files.retain(|path| path.extension() == Some("csv".as_ref()));
    files.sort_unstable();
    files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_asked_for_the_changes_of_objects_where_a_table_tells_them() {
    let desk = Desk::new();
    lay_down(&desk);
    let server = EasydbServer::start(&desk.path("catalogue")).await.unwrap();
    desk.write("password", "secret\n");
    let live = json!({"kind": "easydb", "url": server.url, "login": "ann",
        "password_file": desk.path("password")});
    let folder = json!({"kind": "easydb", "path": desk.path("catalogue")});
    let users = json!({"csv": {"changelog": "users"}});
    let asked = run(&desk, &server, "asked", &live, users.clone()).await;
    assert_eq!(asked.code, 0, "{}", asked.said);
    let told = tables(&asked);
    assert_eq!(told.matches("2026-01-01T00:00:00Z INSERT Ann\n").count(), 30, "{told}");
    let saved = run(&desk, &server, "saved", &folder, users).await;
    assert_eq!(tables(&saved).matches(" UPDATE 2").count(), told.matches(" UPDATE 2").count());
    let unasked = run(&desk, &server, "unasked", &live, json!({"csv": {}})).await;
    assert!(unasked.code == 0 && !tables(&unasked).contains("_changelog"), "{}", unasked.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_tells_no_changes_is_told_of_once() {
    let desk = Desk::new();
    lay_down(&desk);
    let server = EasydbServer::start(&desk.path("catalogue")).await.unwrap();
    server.knows_no_changes();
    desk.write("password", "secret\n");
    let live = json!({"kind": "easydb", "url": server.url, "login": "ann",
        "password_file": desk.path("password")});
    let all = json!({"csv": {"changelog": "changes"}});
    // Those above these are planned by themselves.
    let mut some = all.clone();
    some["include_parents"] = true.into();
    some["search"] = json!({"search": [{"type": "in", "bool": "must",
        "fields": ["_system_object_id"], "in": [1006, 1010, 1012, 1022]}]});
    for (name, easydb, id) in [("all", all, "1088"), ("some", some, "1016")] {
        let ran = run(&desk, &server, name, &live, easydb).await;
        assert_eq!(ran.code, 3, "{}", ran.said);
        let told = ran.text("warnings.jsonl");
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(told.contains("unknown_source_field") && told.contains("_changelog"), "{told}");
        let tables = tables(&ran);
        assert!(tables.contains(id) && !tables.contains("INSERT"), "{tables}");
    }
}
