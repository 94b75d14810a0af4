//! Scenarios of formats: what comes out is compared byte by byte with files that are checked in, the
//! same in one batch and in many, and read by other people's programs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::desk::Desk;
use super::material::scenario;
use super::ran::Ran;
use super::tool::tool;

type Files = BTreeMap<String, Vec<u8>>;

/// Runs a scenario, a folder with `outputs.json` and `records.jsonl`, with batches of several sizes;
/// compares every file with those of the first run, and with those in `expected/` where the format is
/// text; lets `judge.py` read them.
async fn run(name: &str) -> (Desk, Ran) {
    let folder = scenario(name);
    let (desk, mut first) = (Desk::new(), None);
    for batch_size in [0, 1, 2] {
        let ask = desk.define(&definition(&folder, batch_size)).apart(&batch_size.to_string());
        let ran = ask.run().await;
        // Replaced characters are told for each batch, and fail nothing.
        assert!(matches!(ran.code, 0 | 3), "{}", ran.said);
        ran.entries();
        let found = files(&ran.unpacked());
        if folder.join("expected").exists() {
            compare(&found, &files(&folder.join("expected")), batch_size);
        }
        let (_, before) = first.get_or_insert_with(|| (ran, found.clone()));
        compare(&found, before, batch_size);
    }
    let (ran, _) = first.unwrap();
    judge(name, &ran);
    (desk, ran)
}

fn compare(found: &Files, expected: &Files, batch_size: u32) {
    let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected), "in batches of {batch_size}");
    for (name, content) in found {
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            *content == expected[name],
            "{name} in batches of {batch_size} is\n{}\nand not\n{}",
            shown(content),
            shown(&expected[name])
        );
    }
}

/// Lets the scenario's own program read what came out.
fn judge(name: &str, ran: &Ran) {
    let program = scenario(name).join("judge.py");
    let python = tests::env::venv().join("bin/python");
    let unpacked = ran.unpacked();
    let verdict = tool(python.to_str().unwrap(), [program.as_os_str(), unpacked.as_os_str()]);
    assert_eq!(verdict, "as it should be\n");
}

fn definition(folder: &Path, batch_size: u32) -> Value {
    let outputs: Value =
        serde_json::from_slice(&fs::read(folder.join("outputs.json")).unwrap()).unwrap();
    json!({
        "name": "Expected",
        "batch_size": batch_size,
        "outputs": outputs,
        "sources": {"s": {"kind": "jsonl", "path": folder.join("records.jsonl")}},
    })
}

/// Every file below a folder, by its path, but for the list of what was told of each batch.
fn files(folder: &Path) -> Files {
    tests::laid(folder)
        .unwrap()
        .into_keys()
        .filter(|path| path != "warnings.jsonl")
        .map(|path| {
            let content = fs::read(folder.join(&path)).unwrap();
            (path, content)
        })
        .collect()
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

/// The page is a file as any other: in a bag and in a listing too.
#[tokio::test]
async fn an_index_lists_every_file_and_works_from_a_disk() {
    let desk = Desk::new();
    let definition = json!({
        "name": "Pictures & <more>",
        "index": {"title": "What there is"},
        "batch_size": 1,
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
    let ran = desk.define(&definition).done().await;
    ran.entries();
    let judge = scenario("index/judge.py");
    let tree = ran.result()["trees"][0]["path"].as_str().unwrap().to_owned();
    for folder in [ran.unpacked(), tree.into()] {
        let verdict = tool("python3", [judge.as_os_str(), folder.as_os_str()]);
        assert_eq!(verdict, "as it should be\n");
    }
}

/// The mistakes that a stylesheet can make are judged beside the code that runs it.
#[tokio::test]
async fn each_record_goes_through_a_stylesheet() {
    let desk = Desk::new();
    desk.write(
        "styles/titles.xsl",
        "<xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\">\
         <xsl:output method=\"text\"/><xsl:template match=\"/\">\
         <xsl:value-of select=\"/record/name\"/>|<xsl:copy-of select=\"document('/etc/hostname')\"/>\
         </xsl:template></xsl:stylesheet>",
    );
    let records = scenario("layouts/records.jsonl");
    let definition = |stylesheet: &str| {
        json!({
            "name": "Styled",
            "outputs": [{
                "to": "{id}.txt", "from": "s", "format": "xml", "per": "record",
                "options": {"stylesheet": stylesheet},
                "select": {"fields": ["name"]},
            }],
            "sources": {"s": {"kind": "jsonl", "path": records}},
        })
    };
    let config = format!("[worker]\nstylesheets = {:?}\n", desk.path("styles"));
    let ran = desk.define(&definition("titles")).config(&config).done().await;
    assert_eq!(ran.entries().len(), 3);
    assert_eq!(ran.text("1.txt"), "a < b & \"c\" ]]>|");
    assert_eq!(ran.text("3.txt"), "ä 🚢|");
    let ran = desk.define(&definition("missing")).apart("missing").config(&config).run().await;
    ran.assert_said(&["xslt_failed"]);
    ran.assert_nothing_made();
}
