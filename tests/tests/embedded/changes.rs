//! A source that changes between the plan and the reading is never mixed.

use std::fs;
use std::io::Write;

use serde_json::json;

use super::desk::Desk;
use super::material::example;

#[tokio::test]
async fn a_source_that_grew_since_the_plan_fails_the_run_and_the_next_one_reads_it_all() {
    let desk = Desk::new();
    let source = desk.path("flights.csv");
    fs::copy(example("flights/flights.csv"), &source).unwrap();
    let definition = json!({
        "name": "Growing",
        "batch_size": 20,
        "outputs": [{"to": "flights.csv", "from": "flights", "format": "csv"}],
        "sources": {"flights": {"kind": "csv", "path": "flights.csv"}},
    });
    let ask = || desk.define(&definition).with("--workers=1");
    let mut under = ask().start();
    under.is_amid(&desk.path("data"), 5).await;
    under.killed().await;

    let line = fs::read_to_string(&source).unwrap().lines().nth(1).unwrap().to_owned();
    let mut grown = fs::File::options().append(true).open(&source).unwrap();
    writeln!(grown, "{line}").unwrap();
    let ran = ask().for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["going on with the run that was cut off", "[source_changed]"]);
    ran.assert_nothing_made();

    let again = ask().done().await;
    let table = again.text("flights.csv");
    assert_eq!(table.lines().count(), 20_002);
    assert_eq!(table.lines().last(), Some(&*line));
}
