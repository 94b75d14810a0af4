//! Memory does not grow with an export of a catalogue: many times as many rows, or references to files, take hardly more
//! of it.

use serde_json::{Value, json};
use tests::{ErmrestRecording, ErmrestServer};

use super::desk::Desk;

/// How many rows the longer export has, and the shorter one, which is enough to fill whatever is read ahead.
const MANY: u64 = 200_000;
const FEW: u64 = 60_000;

/// What the longer one may take besides, in bytes.
const ALLOWED: u64 = 24 << 20;

/// What a reference is at the least, in the list of what is to be fetched and in two manifests.
const REFERENCE_BYTES: u64 = 200;

// Were the references held, they would take more than that.
const _: () = assert!((MANY - FEW) * REFERENCE_BYTES > ALLOWED);

/// Runs a query over few rows and over many, each in a process of its own, and compares the most memory that these had;
/// of each row there is a line in `file` that has `sign`.
async fn check(table: &str, query: &Value, (file, sign): (&str, &str)) {
    let mut measured = Vec::new();
    for count in [FEW, MANY] {
        let mut catalog = ErmrestRecording::read().unwrap().empty("7").unwrap();
        catalog.make("pnc", table, count).unwrap();
        let server = ErmrestServer::start([catalog]).await.unwrap();
        let desk = Desk::new();
        let cookie = desk.write("cookie", server.sign_in("test1"));
        let configuration = json!({
            "bag": {"bag_name": "b", "bag_archiver": "zip"},
            "catalog": {"catalog_id": "7", "query_processors": [query]},
        });
        let ask = desk
            .define(&configuration)
            .with(&format!("--host={}", server.url))
            .with(&format!("--cookie-file={}", cookie.display()))
            .with("--workers=2");
        let (ran, peak) = ask.start().measured().await;
        assert_eq!(ran.code, 0, "{}", ran.said);
        let told = ran.text(file);
        let lines = told.lines().filter(|line| line.contains(sign)).count();
        assert!(u64::try_from(lines).unwrap() >= count, "{lines} of {count}");
        measured.push(peak);
    }
    assert!(measured[1] <= measured[0] + ALLOWED, "{file}: {measured:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_does_not_grow_with_references_to_files() {
    let path = "/attribute/pnc:image_files/url:=uri,length:=bytes,filename:=filename,md5:=md5sum,\
        sha256:=sha256sum?limit=none";
    let params = json!({"query_path": path, "output_path": "files"});
    let query = json!({"processor": "fetch", "processor_params": params});
    check("image_files", &query, ("b/fetch.txt", "/hatrac/made/")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_does_not_grow_with_rows_as_they_are_answered() {
    let params = json!({"query_path": "/entity/pnc:big?limit=none", "output_path": "big"});
    let query = json!({"processor": "csv", "processor_params": params});
    check("big", &query, ("b/data/big.csv", " of row ")).await;
}
