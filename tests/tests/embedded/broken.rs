//! Broken records and missing files: the run fails, or leaves them out and says so.

use serde_json::{Value, json};

use super::desk::Desk;
use super::ran::Ran;

const GOOD: &str = "id,name\n1,one\n2,two\n3,three\n4,four\n";
const BROKEN: &str = "id,name\n1,one\n2,two,too\n3,three\n4,four\n";

fn table(on_error: &str) -> Value {
    json!({
        "name": "Table",
        "batch_size": 1,
        "on_error": on_error,
        "outputs": [{"to": "t.csv", "from": "t", "format": "csv"}],
        "sources": {"t": {"kind": "csv", "path": "t.csv"}},
    })
}

fn files(on_error: &str) -> Value {
    json!({
        "name": "Files",
        "on_error": on_error,
        "outputs": [{"to": "media/", "from": "t", "assets": {"field": "file"}}],
        "sources": {"t": {"kind": "jsonl", "path": "t.jsonl"}},
    })
}

/// What `warnings.jsonl` in the archive says.
fn warnings(ran: &Ran) -> Vec<Value> {
    let text = ran.text("warnings.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_broken_record_fails_the_run_with_its_place_and_mending_it_mends_the_run() {
    let desk = Desk::new();
    desk.write("t.csv", BROKEN);
    let ran = desk.define(&table("fail")).for_people().run().await;
    assert_eq!(ran.code, 1);
    ran.assert_said(&["t.csv:3, byte 14: the record has 3 fields, the header 2 [broken_record]"]);
    ran.assert_nothing_made();
    desk.write("t.csv", GOOD);
    let mended = desk.define(&table("fail")).done().await;
    assert_eq!(mended.text("t.csv"), GOOD.replace('\n', "\r\n"));
    let elsewhere = desk.define(&table("fail")).apart("elsewhere").done().await;
    assert_eq!(mended.sha256(), elsewhere.sha256());
}

#[tokio::test]
async fn a_broken_record_is_left_out_and_named_where_that_is_wanted() {
    let desk = Desk::new();
    desk.write("t.csv", BROKEN);
    let told = desk.define(&table("warn")).apart("told").for_people().run().await;
    assert_eq!(told.code, 3);
    told.assert_said(&["warning: t.csv: t.csv:3, byte 14: ", "[broken_record]", "1 warnings"]);
    let ran = desk.define(&table("warn")).run().await;
    assert_eq!(ran.code, 3);
    assert_eq!(ran.entries().len(), 2);
    assert_eq!(ran.text("t.csv"), "id,name\r\n1,one\r\n3,three\r\n4,four\r\n");
    let warnings = warnings(&ran);
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0]["code"], "broken_record");
    assert_eq!(warnings[0]["place"], "t.csv:3, byte 14");
    assert_eq!(warnings[0].get("hint"), None, "what is left out already needs no advice to do so");
    assert_eq!(warnings[0]["output"], "t.csv");
    assert_eq!(warnings[0]["subject"].as_str().unwrap().trim_end(), "2,two,too");
    assert_eq!(ran.result()["warnings"][0], warnings[0]);
}

#[tokio::test]
async fn a_missing_file_fails_the_run_and_putting_it_there_mends_the_run() {
    let desk = Desk::new();
    desk.write("t.jsonl", "{\"file\":\"here.txt\"}\n{\"file\":\"gone.txt\"}\n");
    desk.write("here.txt", "here");
    let ran = desk.define(&files("fail")).for_people().run().await;
    assert_eq!(ran.code, 1);
    ran.assert_said(&["the asset \"gone.txt\" is missing", "[asset_missing]"]);
    ran.assert_nothing_made();
    desk.write("gone.txt", "found");
    let mended = desk.define(&files("fail")).done().await;
    assert_eq!(mended.entries().len(), 2);
    assert_eq!(mended.text("media/gone.txt"), "found");
}

#[tokio::test]
async fn a_missing_file_is_left_out_and_named_where_that_is_wanted_alike_wherever_it_runs() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut sums = Vec::new();
    for desk in [&here, &there] {
        desk.write(
            "t.jsonl",
            "{\"file\":\"here.txt\"}\n{\"file\":\"gone.txt\"}\n{\"file\":\"/etc/passwd\"}\n",
        );
        desk.write("here.txt", "here");
        let ran = desk.define(&files("warn")).run().await;
        assert_eq!(ran.code, 3);
        assert_eq!(ran.entries().len(), 2);
        let told = warnings(&ran);
        assert_eq!(told[0].get("hint"), None, "what is left out already needs no advice to do so");
        let told: Vec<_> =
            told.iter().map(|told| (told["code"].as_str(), told["subject"].as_str())).collect();
        let expected = [
            (Some("asset_missing"), Some("gone.txt")),
            (Some("address_refused"), Some("/etc/passwd")),
        ];
        assert_eq!(told, expected);
        sums.push(ran.sha256());
    }
    assert_eq!(sums[0], sums[1], "the archive depends on where the source lies");
}
