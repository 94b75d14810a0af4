//! Names that would do harm, or be lost, where an archive is unpacked.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::Entry;

use super::desk::Desk;
use super::material::scenario;
use super::ran::Ran;
use super::tool::tool;

/// Files for the scenario's records, with the same names over and over, as an archive and as a tree.
fn definition(batch_size: u64) -> Value {
    json!({
        "name": "Names v1.0",
        "batch_size": batch_size,
        "on_error": "warn",
        "outputs": [
            {"to": "{name}", "from": "records", "format": "json", "per": "record"},
            {"to": "media/", "from": "records", "assets": {"field": "file"}},
            {"to": "named/", "from": "records",
             "assets": {"field": "file", "name": "{name}.{_extension}"}},
            {"to": "table", "from": "records", "format": "csv"},
        ],
        "transports": [{"type": "download"}, {"type": "download", "packer": "none"}],
        "sources": {"records": {"kind": "jsonl", "path": scenario("names/records.jsonl")}},
    })
}

/// Runs it with few and with many workers; the result, which must be the same, warnings and all.
async fn run(desk: &Desk, batch_size: u64) -> Ran {
    let ask = |name: &str| desk.define(&definition(batch_size)).apart(name);
    let one = ask("one").with("--workers=1").run().await;
    let four = ask("four").with("--workers=4").run().await;
    assert_eq!((one.code, four.code), (3, 3), "{}{}", one.said, four.said);
    assert_eq!(one.sha256(), four.sha256(), "batches of {batch_size}");
    four
}

/// The files of a tree.
fn tree(root: &Path) -> Vec<Entry> {
    let (mut folders, mut found) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.push(Entry { name, crc32: crc32fast::hash(&fs::read(&path).unwrap()) });
            }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn harmful_and_clashing_names_become_safe_distinct_and_the_same_everywhere() {
    for batch_size in [1, 2, 0] {
        let desk = Desk::new();
        let ran = run(&desk, batch_size).await;
        let mut entries = ran.entries();
        let verdict =
            tool("python3", [scenario("names/judge.py").as_os_str(), ran.archive().as_os_str()]);
        assert_eq!(verdict, "safe and distinct\n");
        entries.sort();
        assert_eq!(tree(&ran.out.join("Names v1.0")), entries, "batches of {batch_size}");
        if batch_size == 1 {
            let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
            let expected = fs::read_to_string(scenario("names/expected.txt")).unwrap();
            assert_eq!(names, expected.lines().collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn a_file_in_the_way_of_a_folder_of_another_batch_moves_whoever_comes_later() {
    let desk = Desk::new();
    desk.write("r.jsonl", "{\"a\":\"media\",\"b\":\"x\"}\n{\"a\":\"n\",\"b\":\"y\"}\n");
    let definition = json!({
        "name": "Ways",
        "batch_size": 1,
        "outputs": [
            {"to": "{a}", "from": "r", "format": "json", "per": "record"},
            {"to": "media/{b}", "from": "r", "format": "json", "per": "record"},
            {"to": "n", "from": "r", "format": "csv"},
        ],
        "sources": {"r": {"kind": "jsonl", "path": "r.jsonl"}},
    });
    let ran = desk.define(&definition).done().await;
    let names: Vec<String> = ran.entries().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["media", "n~2", "media~2/x", "media~2/y", "n"]);
}
