//! Parquet files that another program wrote, exported by the real binary.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tests::env;

use super::desk::Desk;
use super::material::scenario;

/// Files of every type, codec and encoding, with the same 1,200 records in each.
fn written(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let python = env::venv().join("bin/python");
    let ended = Command::new(python).arg(scenario("parquet/write.py")).arg(folder).status();
    assert!(ended.unwrap().success());
}

fn definition(path: &str) -> Value {
    json!({
        "name": "Records",
        "outputs": [
            {"to": "all.csv", "from": "records", "format": "csv"},
            {"to": "all.jsonl", "from": "records", "format": "jsonl"},
            {"to": "few.json", "from": "records", "format": "json",
             "select": {"where": {"id": {"ge": 490, "lt": 510}}, "fields": ["id", "text", "people"]}},
        ],
        "sources": {"records": {"kind": "parquet", "path": path}},
    })
}

#[tokio::test]
async fn one_batch_and_many_give_the_same_files() {
    let desk = Desk::new();
    written(&desk.path("in"));
    let mut seen = BTreeSet::new();
    for (path, batch_size) in [
        ("in/zstd-2.0.parquet", None),
        ("in/none-1.0.parquet", Some(0)),
        ("in/delta-1.0.parquet", Some(333)),
    ] {
        let mut definition = definition(path);
        if let Some(size) = batch_size {
            definition["batch_size"] = json!(size);
        }
        let ask = desk.define(&definition);
        let ran = ask.apart(&format!("run-{batch_size:?}")).done().await;
        seen.insert(["all.csv", "all.jsonl", "few.json"].map(|file| ran.text(file)));
    }
    assert_eq!(seen.len(), 1, "the files are not always the same");
    let [_, all, few] = seen.first().unwrap();
    let expected = fs::read_to_string(desk.path("in/expected.jsonl")).unwrap();
    for (line, expected) in all.lines().zip(expected.lines()) {
        let expected: Value = serde_json::from_str(expected).unwrap();
        for (name, cell) in expected.as_object().unwrap() {
            let text = cell[1].as_str().unwrap();
            // Numbers and documents stand in the line as they are, texts as JSON.
            let written = match cell[0].as_str().unwrap() {
                "number" | "bool" => text.to_owned(),
                "text" => json!(text).to_string(),
                "null" => "null".to_owned(),
                _ => continue,
            };
            assert!(line.contains(&format!("\"{name}\":{written}")), "{name}: {written} in {line}");
        }
    }
    let few: Vec<Value> = serde_json::from_str(few).unwrap();
    assert_eq!((few.len(), &few[19]["id"]), (20, &json!(509)));
}

#[tokio::test]
async fn a_file_that_is_cut_short_fails_before_any_work() {
    let desk = Desk::new();
    written(&desk.path("in"));
    let whole = fs::read(desk.path("in/zstd-2.0.parquet")).unwrap();
    desk.write("cut.parquet", &whole[..whole.len() / 2]);
    let ran = desk.define(&definition("cut.parquet")).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_nothing_made();
    ran.assert_said(&["broken_file", "cut.parquet, byte", "write or fetch the file again"]);
}
