//! Tables as other programs read them back: hard texts, exact numbers, every option, and nothing at
//! all.

use serde_json::{Value, json};

use super::desk::Desk;
use super::material::scenario;
use super::tool::tool;

/// A table in every shape, from one source.
fn every_shape(kind: &str, path: &str) -> Value {
    let csv = |to: &str, options: Value| json!({"to": to, "from": "s", "format": "csv", "options": options});
    json!({
        "name": "Shapes",
        "batch_size": 3,
        "outputs": [
            csv("plain.csv", json!({})),
            csv("semicolon.csv", json!({"delimiter": ";", "quote": "'"})),
            csv("tab.csv", json!({"delimiter": "\t", "always_quote": true})),
            csv("safe.csv", json!({"bom": true, "spreadsheet_safe": true})),
            {"to": "table.json", "from": "s", "format": "json"},
            {"to": "table.jsonl", "from": "s", "format": "jsonl"},
            {"to": "table.xml", "from": "s", "format": "xml"},
        ],
        "sources": {"s": {"kind": kind, "path": path}},
    })
}

#[tokio::test]
async fn python_reads_back_every_text_and_the_exact_spelling_of_every_number() {
    let desk = Desk::new();
    let records = scenario("formats/records.jsonl");
    let ran = desk.define(&every_shape("jsonl", records.to_str().unwrap())).done().await;
    ran.entries();
    let unpacked = ran.unpacked();
    tool("xmllint", ["--noout".as_ref(), unpacked.join("table.xml").as_os_str()]);
    let verdict = tool(
        "python3",
        [scenario("formats/judge.py").as_os_str(), records.as_os_str(), unpacked.as_os_str()],
    );
    assert_eq!(verdict, "read back\n");
}

#[tokio::test]
async fn a_source_without_records_gives_tables_without_rows() {
    for (kind, content, header) in [("csv", "id,name\n", "id,name\r\n"), ("jsonl", "", "")] {
        let desk = Desk::new();
        desk.write("empty", content);
        let ran = desk.define(&every_shape(kind, "empty")).done().await;
        assert_eq!(ran.entries().len(), 7, "{kind}");
        assert_eq!(ran.text("plain.csv"), header);
        let parsed: Value = serde_json::from_str(&ran.text("table.json")).unwrap();
        assert_eq!(parsed, json!([]));
        assert_eq!(ran.text("table.jsonl"), "");
        let table = ran.unpacked().join("table.xml");
        let count =
            tool("xmllint", ["--xpath".as_ref(), "count(/records/*)".as_ref(), table.as_os_str()]);
        assert_eq!(count.trim(), "0");
    }
}
