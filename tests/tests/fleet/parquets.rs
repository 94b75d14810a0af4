//! Parquet files in a bucket, read by a fleet.

use std::process::Command;

use bytes::Bytes;
use proto::key::Key;
use serde_json::json;
use tests::{Backends, env};

use super::crew::Crew;
use super::load::embedded;

#[tokio::test(flavor = "multi_thread")]
async fn files_in_a_bucket_give_the_archive_that_one_process_makes_of_files_on_a_disk() {
    let folder = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/parquet/write.py");
    let python = env::venv().join("bin/python");
    let ended = Command::new(python).arg(script).arg(folder.path()).status();
    assert!(ended.unwrap().success());
    let backends = Backends::shared().await.unwrap();
    let place = format!("s3://{}/{}/in", backends.s3.bucket, backends.namespace.name());
    let source = |place: &str| json!({"records": {"kind": "parquet", "path": format!("{place}/*-2.0.parquet")}});
    let mut crew = Crew::working(&backends, &source(&place), 2).await;
    for name in ["gzip-2.0.parquet", "zstd-2.0.parquet", "delta-2.0.parquet"] {
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        let key = Key::listed(format!("in/{name}"));
        crew.store.put_if_absent(&key, Bytes::from(bytes)).await.unwrap();
    }
    for name in ["none", "snappy", "lz4"] {
        std::fs::remove_file(folder.path().join(format!("{name}-2.0.parquet"))).unwrap();
    }
    let mut definition = json!({
        "name": "Records",
        "batch_size": 350,
        "outputs": [
            {"to": "all.csv", "from": "records", "format": "csv"},
            {"to": "few.jsonl", "from": "records", "format": "jsonl",
             "select": {"where": {"id": {"ge": 900}}, "fields": ["id", "text", "people"]}},
        ],
    });
    definition["sources"] = source(folder.path().to_str().unwrap());
    let expected = embedded(&crew.fleet, &definition).await;
    definition.as_object_mut().unwrap().remove("sources");
    let run = crew.submit(&definition).await;
    assert_eq!(crew.sha256(run).await, expected);
    crew.is_recorded_once(run).await;
}
