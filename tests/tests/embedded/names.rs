//! Names that would do harm, or be lost, where an archive is unpacked.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

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

/// The folder that a program has unpacked the archive into.
fn unpacked_by(program: &str, ran: &Ran) -> PathBuf {
    let (folder, archive) = (ran.out.join(program), ran.archive());
    if program == "7zz" {
        let into = format!("-o{}", folder.display());
        tool(program, ["x".as_ref(), into.as_ref(), archive.as_os_str()]);
    } else {
        let [from, to] = [archive.as_os_str(), folder.as_os_str()];
        tool(program, ["-m".as_ref(), "zipfile".as_ref(), "-e".as_ref(), from, to]);
    }
    folder
}

/// The names that the records and the definition ask for, of all files that are there.
fn asked() -> Vec<String> {
    let records = fs::read_to_string(scenario("names/records.jsonl")).unwrap();
    let mut asked = vec!["table".to_owned()];
    for line in records.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let (name, file) =
            (record["name"].as_str().unwrap_or(""), record["file"].as_str().unwrap());
        asked.push(name.to_owned());
        // What lies beyond the folder of the records is not taken.
        if file != "pictures/gone.svg" && !file.contains("..") {
            let file = file.rsplit('/').next().unwrap();
            asked.extend([format!("media/{file}"), format!("named/{name}.svg")]);
        }
    }
    asked.sort();
    asked
}

/// The names that a result's files were to have, by the names they have and the list of those that have
/// others.
fn originals(ran: &Ran) -> Vec<String> {
    let text = ran.text("renamed.jsonl");
    let renamed: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let field = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
    let paths: BTreeSet<String> = renamed.iter().map(|line| field(line, "path")).collect();
    assert_eq!(paths.len(), renamed.len(), "{text}");
    let mut originals: Vec<String> = renamed.iter().map(|line| field(line, "original")).collect();
    let (mut found, made) = (0, ["renamed.jsonl", "warnings~2.jsonl"]);
    for entry in ran.entries() {
        if paths.contains(&entry.name) {
            found += 1;
        } else if !made.contains(&entry.name.as_str()) {
            originals.push(entry.name);
        }
    }
    assert_eq!(found, renamed.len(), "the list names files that are not there: {text}");
    originals.sort();
    originals
}

#[tokio::test]
async fn the_result_tells_what_every_renamed_file_was_to_be_called() {
    for batch_size in [1, 2, 0] {
        let desk = Desk::new();
        let ran = run(&desk, batch_size).await;
        assert_eq!(originals(&ran), asked(), "batches of {batch_size}");
    }
    let desk = Desk::new();
    let mut bag = definition(3);
    bag["transports"] = json!([{"type": "download", "packer": {"bag": {}}}]);
    let ran = desk.define(&bag).run().await;
    let manifest = ran.text("Names v1.0/manifest-sha256.txt");
    assert!(manifest.contains("  data/renamed.jsonl\n"), "{manifest}");
}

#[tokio::test]
async fn what_is_left_out_takes_no_name_in_one_batch_as_in_many() {
    for batch_size in [1, 0] {
        let desk = Desk::new();
        desk.write("r.jsonl", "{\"f\":\"gone/a.bin\"}\n{\"f\":\"b/a.bin\"}\n{\"f\":\"c/a.bin\"}\n");
        desk.write("b/a.bin", "b");
        desk.write("c/a.bin", "c");
        let definition = json!({
            "name": "Left out",
            "batch_size": batch_size,
            "on_error": "warn",
            "outputs": [{"to": "m/", "from": "r", "assets": {"field": "f"}}],
            "sources": {"r": {"kind": "jsonl", "path": "r.jsonl"}},
        });
        let ran = desk.define(&definition).run().await;
        let names: Vec<String> = ran.entries().into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["m/a.bin", "m/a~2.bin", "renamed.jsonl", "warnings.jsonl"]);
        let renamed = "{\"path\":\"m/a~2.bin\",\"original\":\"m/a.bin\"}\n";
        assert_eq!(ran.text("renamed.jsonl"), renamed, "batches of {batch_size}");
    }
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
        for program in ["7zz", "python3"] {
            let unpacked = unpacked_by(program, &ran);
            assert_eq!(tree(&unpacked), entries, "{program}, batches of {batch_size}");
        }
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
    assert_eq!(names, ["media", "n~2", "media~2/x", "media~2/y", "n", "renamed.jsonl"]);
}
