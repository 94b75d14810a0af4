//! More files than the old ZIP format counts.

use std::fmt::Write as _;

use serde_json::json;

use super::desk::Desk;

#[tokio::test]
async fn seventy_thousand_files_are_taken_by_every_reader() {
    let desk = Desk::new();
    let mut records = String::new();
    for id in 0..70_000 {
        writeln!(records, "{{\"id\":{id}}}").unwrap();
    }
    desk.write("records.jsonl", records);
    let definition = json!({
        "name": "Many",
        "batch_size": 10_000,
        "outputs": [{"to": "f/{id}", "from": "r", "format": "jsonl", "per": "record"}],
        "sources": {"r": {"kind": "jsonl", "path": "records.jsonl"}},
    });
    let ran = desk.define(&definition).done().await;
    let entries = ran.entries();
    assert_eq!(entries.len(), 70_000);
    assert_eq!(entries[69_999].name, "f/69999");
    assert_eq!(entries[69_999].crc32, crc32fast::hash(b"{\"id\":69999}\n"));
}
