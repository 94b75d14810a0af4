//! Exports that take longer than clients wait for an answer.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;

use super::client::Client;
use super::door::{Door, query};

/// The program waits 63 seconds for an answer, and asks for the way to an export but once.
const LONG: Duration = Duration::from_secs(70);

/// Pages of one row each, of which a second brings one: so many that the export takes longer, and no more.
const ROWS: u64 = 75;

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_takes_longer_than_the_program_waits_comes_nevertheless() {
    let door = Door::with("hold = \"20s\"", "page_size = 1\nper_second = 1").await;
    door.catalogue.change("7", |catalog| catalog.make("pnc", "big", ROWS)).unwrap();
    let queries = [query("csv", "/entity/pnc:big?limit=none", "big")];
    let request = json!({"bag": {"bag_name": "big"}, "catalog": door.catalog(&queries)});
    let began = Instant::now();
    let client = Client::run(&door, "long", &["--token", &door.token], &request, &[]).await;
    assert!(client.has_succeeded, "{}\n{}", client.said, door.log());
    assert!(began.elapsed() > LONG, "it took {:?} alone", began.elapsed());
    let rows = fs::read_to_string(client.bag("big").join("data/big.csv")).unwrap();
    let count = rows.matches("\n1-").count();
    assert_eq!(u64::try_from(count).unwrap(), ROWS);
}
