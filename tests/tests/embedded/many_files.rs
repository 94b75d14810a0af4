//! More files than the old ZIP format counts, and more than a batch can tell of.

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

#[tokio::test]
async fn more_records_that_are_files_than_a_batch_can_tell_of_fail_the_run_as_soon_as_it_is_known()
{
    let desk = Desk::new();
    // What a file was to be called is told besides what it is called: up to a thousand characters.
    let (mut records, name) = (String::new(), "\u{1F600}".repeat(1000));
    for id in 0..17_000 {
        writeln!(records, "{{\"id\":{id},\"name\":\"{name}\"}}").unwrap();
    }
    desk.write("records.jsonl", records);
    let definition = json!({
        "name": "Many",
        "batch_size": 20_000,
        "outputs": [{"to": "f/{id}-{name}", "from": "r", "format": "jsonl", "per": "record",
            "select": {"fields": ["id"]}}],
        "sources": {"r": {"kind": "jsonl", "path": "records.jsonl"}},
    });
    let ran = desk.define(&definition).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["more files than its record can hold", "too_large"]);
}
