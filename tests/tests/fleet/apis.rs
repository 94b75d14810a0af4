//! Records of a paged API, and the files they name, read by a fleet.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::Site;

use super::crew::Crew;
use super::load::embedded_with;

const RECORDS: u32 = 230;
const PAGE: u32 = 20;

/// Lays the answers of an API down as files, for a server that looks for what it is asked by its path
/// and query: `objects?page=1`.
fn pages(folder: &Path, site: &Site) {
    let record = |id: u32| {
        let file = site.url(&format!("files/f{id}.txt"));
        json!({"id": id, "name": format!("Objekt {id}"), "file": file})
    };
    for page in 0..=RECORDS.div_ceil(PAGE) {
        let ids = page * PAGE + 1..=((page + 1) * PAGE).min(RECORDS);
        let items: Vec<Value> = ids.map(record).collect();
        let answer = json!({"total": RECORDS, "items": items});
        fs::write(folder.join(format!("objects?page={}", page + 1)), answer.to_string()).unwrap();
    }
    fs::create_dir(folder.join("files")).unwrap();
    for id in 1..=RECORDS {
        fs::write(folder.join(format!("files/f{id}.txt")), format!("content of {id}\n")).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_make_of_an_api_the_archive_that_one_process_makes() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(folder.path()).unwrap();
    pages(folder.path(), &site);
    let sources = json!({"objects": {
        "kind": "http", "url": site.url("objects"), "records": "/items",
        "pages": {"by": "number", "total": "/total"},
    }});
    let mut definition = json!({
        "name": "Objects",
        "batch_size": PAGE,
        "sources": sources,
        "outputs": [
            {"to": "all.csv", "from": "objects", "format": "csv", "select": {"fields": ["id", "name"]}},
            {"to": "all.jsonl", "from": "objects", "format": "jsonl"},
            {"to": "files/", "from": "objects", "assets": {"field": "file"}},
        ],
    });
    let allowed = format!("[addresses]\nallow = [\"127.0.0.1:{}\"]\n", site.port());
    let mut crew = Crew::configured(&sources, &allowed).await;
    crew.start("worker", "worker-2", &[("LONGSHORE_WORKER__SLOTS", "2")]);
    let expected = embedded_with(&crew.fleet, &definition, &allowed).await;
    definition.as_object_mut().unwrap().remove("sources");
    let asked = site.asked().len();
    let run = crew.submit(&definition).await;
    assert_eq!(crew.sha256(run).await, expected);
    crew.is_recorded_once(run).await;
    let shown = crew.ended(run).await;
    assert_eq!(shown["batches"], 3 * RECORDS.div_ceil(PAGE), "{shown:#}");
    assert!(site.asked().len() >= asked + (3 * RECORDS.div_ceil(PAGE) + RECORDS) as usize);
}
