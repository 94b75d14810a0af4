//! The service is killed amid an export, and its client notices nothing but the wait.

use std::fs;

use reqwest::StatusCode;
use serde_json::json;
use tests::until;

use super::super::desk::commits;
use super::super::tool::tool;
use super::door::{DEADLINE, Door, query};

/// Rows that fill several batches, whatever a batch holds.
const ROWS: u64 = 60_000;

#[tokio::test(flavor = "multi_thread")]
async fn an_export_goes_on_after_the_service_was_killed_and_ends_as_if_it_had_not_been() {
    let mut door = Door::with("hold = \"1s\"", "page_size = 500\nper_second = 10").await;
    door.catalogue.change("7", |catalog| catalog.make("pnc", "big", ROWS)).unwrap();
    let queries = [
        query("csv", "/entity/pnc:big?limit=none", "big"),
        query("csv", "/entity/pnc:subject?limit=none", "subject"),
    ];
    let bag = json!({"bag_name": "big", "bag_idempotent": true});
    let request = json!({"bag": bag, "catalog": door.catalog(&queries)});
    let asked = door.ask("bdbag", &request).await;
    let url = asked.url().to_owned();
    assert_eq!(door.status(&url, &door.token).await, StatusCode::SERVICE_UNAVAILABLE);
    let data = door.path("data");
    let amid = until("batch committed", DEADLINE, async || {
        let count = commits(&data).len();
        Ok((count > 0).then_some(count))
    });
    amid.await.unwrap();
    door.killed().await;
    assert_eq!(door.status(&url, &door.token).await, StatusCode::SERVICE_UNAVAILABLE);
    // What the export began with is what it ends with.
    door.catalogue.change("7", |catalog| catalog.delete("pnc", "subject", "20A")).unwrap();
    assert_eq!(door.ready(&url, &door.token).await, StatusCode::OK, "{}", door.log());
    let killed = door.fetch(&url).await.bytes;
    let archive = door.path("big.zip");
    fs::write(&archive, &killed).unwrap();
    let entry = |name: &str| {
        let arguments = ["-p".as_ref(), archive.as_os_str(), name.as_ref()];
        tool("unzip", arguments)
    };
    assert_eq!(u64::try_from(entry("big/data/big.csv").matches("\n1-").count()).unwrap(), ROWS);
    assert!(entry("big/data/subject.csv").contains("\n20A,"), "a row that was there is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_whose_address_was_told_is_made_whenever_the_service_is_killed() {
    let mut door = Door::with("hold = \"0s\"", "").await;
    let queries = [
        query("csv", "/entity/pnc:subject?limit=none", "subject"),
        query("json", "/entity/pnc:image_files?limit=none", "files"),
    ];
    let bag = json!({"bag_name": "subjects", "bag_idempotent": true});
    let request = json!({"bag": bag, "catalog": door.catalog(&queries)});
    let undisturbed = door.exported("bdbag", &request).await;
    let data = door.path("data");
    // Before anything is read, between the two queries, and while the bag is packed.
    for awaited in 0..=queries.len() {
        let due = commits(&data).len() + awaited;
        let url = door.ask("bdbag", &request).await.url().to_owned();
        let amid = until("batches committed", DEADLINE, async || {
            Ok((commits(&data).len() >= due).then_some(()))
        });
        amid.await.unwrap();
        door.killed().await;
        assert_eq!(door.ready(&url, &door.token).await, StatusCode::OK, "{}", door.log());
        let made = door.fetch(&url).await.bytes;
        assert!(made == undisturbed, "killed after {awaited} batches, it is another bag");
    }
}
