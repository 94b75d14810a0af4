//! Scenarios of formats: what comes out is compared byte by byte with files that are checked in, the
//! same in one batch and in many, and read by other people's programs.

use std::fmt::Write as _;
use std::fs;

use serde_json::json;

use super::desk::Desk;
use super::material::scenario;
use super::ran::Ran;
use super::tool::tool;
use crate::scenario::{Scenario, compare, files};

/// Runs a scenario with batches of several sizes; holds every file against those of the first run and
/// those that are checked in, and lets its judge read them.
async fn run(name: &str) -> (Desk, Ran) {
    let scenario = Scenario::new(name);
    let config = scenario.config();
    let (desk, mut first) = (Desk::new(), None);
    for batch_size in [0, 1, 2] {
        let definition = json!({
            "name": "Expected",
            "batch_size": batch_size,
            "outputs": scenario.outputs(),
            "sources": {"s": scenario.source()},
        });
        let ask = desk.define(&definition).apart(&batch_size.to_string()).config(&config);
        let ran = ask.run().await;
        // Replaced characters are told for each batch, and fail nothing.
        assert!(matches!(ran.code, 0 | 3), "{}", ran.said);
        ran.entries();
        let (told, unpacked) = (format!("in batches of {batch_size}"), ran.unpacked());
        let found = files(&unpacked);
        let (_, before) = first.get_or_insert_with(|| {
            scenario.judge(&unpacked, &told);
            (ran, found.clone())
        });
        compare(&found, before, &told);
    }
    let (ran, _) = first.unwrap();
    (desk, ran)
}

#[tokio::test]
async fn every_dialect_of_csv_is_as_it_should_be() {
    run("dialects").await;
}

#[tokio::test]
async fn json_and_xml_are_laid_out_and_named_as_the_options_say() {
    let (_desk, ran) = run("layouts").await;
    for file in ["flights.xml", "records/1.xml"] {
        tool("xmllint", ["--noout".as_ref(), ran.unpacked().join(file).as_os_str()]);
    }
}

#[tokio::test]
async fn stylesheets_transform_whole_documents_and_each_record() {
    run("stylesheets").await;
}

#[tokio::test]
async fn workbooks_hold_what_the_records_hold() {
    run("workbooks").await;
}

#[tokio::test]
async fn sequences_are_read_by_biologists() {
    run("sequences").await;
}

#[tokio::test]
async fn shapes_on_pictures_are_where_they_were() {
    run("shapes").await;
}

#[tokio::test]
async fn columns_of_parquet_have_the_types_of_their_values() {
    run("columns").await;
}

/// The page is a file as any other: in a bag and in a listing too; and the same in one batch and in many.
#[tokio::test]
async fn an_index_lists_every_file_and_works_from_a_disk() {
    let desk = Desk::new();
    let mut definition = json!({
        "name": "Pictures & <more>",
        "index": {"title": "What there is"},
        "outputs": [
            {"to": "objects.csv", "from": "s", "format": "csv"},
            {"to": "index.html", "from": "s", "format": "jsonl"},
            {"to": "media/", "from": "s", "assets": {"field": "file"}},
        ],
        "transports": [
            {"type": "download", "packer": "zip"},
            {"type": "download", "packer": "tar_gz"},
            {"type": "download", "packer": "none"},
        ],
        "sources": {"s": {"kind": "jsonl", "path": "records.jsonl", "assets": "."}},
    });
    let mut records = String::new();
    for name in ["a #1 ä.svg", "b&c'd.png", "plain.txt"] {
        desk.write(name, name);
        records.push_str(&json!({"file": name}).to_string());
        records.push('\n');
    }
    desk.write("records.jsonl", records);
    let expected = fs::read_to_string(scenario("index/expected.html")).unwrap();
    for batch_size in [0, 1, 2] {
        definition["batch_size"] = json!(batch_size);
        let ran = desk.define(&definition).apart(&batch_size.to_string()).done().await;
        ran.entries();
        let judge = scenario("index/judge.py");
        let tree = ran.result()["trees"][0]["path"].as_str().unwrap().to_owned();
        for folder in [ran.unpacked(), tree.into()] {
            let page = fs::read_to_string(folder.join("index~2.html")).unwrap();
            assert_eq!(page, expected, "in batches of {batch_size}");
            let verdict = tool("python3", [judge.as_os_str(), folder.as_os_str()]);
            assert_eq!(verdict, "as it should be\n");
        }
    }
}

/// The numbers in labels stand for what the definition says, so no source is asked for it.
#[tokio::test]
async fn the_names_of_categories_are_written_although_the_source_is_gone() {
    let desk = Desk::new();
    let definition = |format: &str| {
        json!({
            "name": "Names",
            "outputs": [{
                "to": "data.yaml", "from": "s", "format": format,
                "options": {"dataset": {"categories": ["boat", "crane"]}},
            }],
            "sources": {"s": {"kind": "jsonl", "path": "gone.jsonl"}},
        })
    };
    let ran = desk.define(&definition("yolo")).done().await;
    let names = "path: .\ntrain: \".\"\nval: \".\"\nnames:\n  0: \"boat\"\n  1: \"crane\"\n";
    assert_eq!(ran.text("data.yaml"), names);
    let ran = desk.define(&definition("coco")).apart("coco").run().await;
    assert_eq!(ran.code, 1, "the source is there: {}", ran.said);
}

/// A sheet has 1,048,576 rows with its header, and a row group of Parquet 131,072.
#[tokio::test]
async fn a_table_that_is_one_row_longer_than_a_sheet_has_two_and_eight_row_groups() {
    let desk = Desk::new();
    let mut rows = String::from("n\n");
    for n in 1..=1_048_576 {
        writeln!(rows, "{n}").unwrap();
    }
    desk.write("numbers.csv", rows);
    let definition = json!({
        "name": "Long",
        "outputs": [
            {"to": "numbers.xlsx", "from": "s", "format": "xlsx"},
            {"to": "numbers.parquet", "from": "s", "format": "parquet"},
        ],
        "transports": [{"type": "download", "packer": "none"}],
        "sources": {"s": {"kind": "csv", "path": "numbers.csv", "types": {"n": "number"}}},
    });
    let ran = desk.define(&definition).done().await;
    let tree = ran.result()["trees"][0]["path"].as_str().unwrap().to_owned();
    let python = tests::env::venv().join("bin/python");
    let judge = scenario("workbooks/long.py");
    let verdict = tool(python.to_str().unwrap(), [judge.as_os_str(), tree.as_ref()]);
    assert_eq!(verdict, "as it should be\n");
}
