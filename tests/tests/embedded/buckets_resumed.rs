//! Trees on their way into a bucket that are cut off, and go on.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fabric::store::Store;
use proto::key::Key;
use serde_json::{Value, json};
use tests::{Namespace, env, laid, until};

use super::buckets::target;
use super::desk::{Desk, below};
use crate::far_bucket::{fetched, opened};

/// How many objects there are: it is noted after each hundred of them.
const FILES: usize = 2000;

fn definition(desk: &Desk, targets: &Value) -> Value {
    let mut lines = String::new();
    for id in 0..FILES {
        writeln!(lines, "{{\"id\":{id}}}").unwrap();
    }
    desk.write("many.jsonl", lines);
    json!({
        "name": "Many",
        "outputs": [{"to": "{id}.json", "from": "many", "format": "json", "per": "record"}],
        "transports": [{"type": "s3", "target": "far", "packer": "none"}],
        "sources": {"many": {"kind": "jsonl", "path": "many.jsonl"}},
        "targets": targets,
    })
}

/// How many objects were noted to be in the bucket.
fn noted(data: &Path) -> u64 {
    let steps = below(&data.join("store/runs"));
    let steps = steps.iter().find(|path| path.ends_with("steps/0.json"));
    // It is replaced while it is read.
    let read = steps.and_then(|path| serde_json::from_slice::<Value>(&fs::read(path).ok()?).ok());
    read.and_then(|steps| steps["sent"].as_u64()).unwrap_or(0)
}

/// Puts something else in the place of an object.
async fn replace(bucket: &Arc<dyn Store>, key: &Key, bytes: &Bytes) {
    bucket.delete(std::slice::from_ref(key)).await.unwrap();
    bucket.put_if_absent(key, bytes.clone()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_that_is_cut_off_goes_on_after_what_was_noted_if_that_is_still_there() {
    let desk = Desk::new();
    let server = env::s3().unwrap();
    desk.write("secret", &server.secret_key);
    let prefix = Namespace::new().name().to_owned();
    let ask = desk.define(&definition(&desk, &json!({"far": target(&server, &prefix)})));
    let data = desk.path("data");
    let cut_off = async |before: u64| {
        let mut under = ask.start();
        let sent = until("objects put", Duration::from_mins(3), async || {
            under.program.still_runs()?;
            let sent = noted(&data);
            Ok((sent > before).then_some(sent))
        });
        let sent = sent.await.unwrap();
        under.killed().await;
        let sent = noted(&data).max(sent);
        assert!(sent < FILES as u64, "it was never met in the middle");
        sent
    };
    let bucket = opened(&server, &prefix).await;
    let key = |id: u64| Key::listed(format!("{id}.json"));
    let mark = Bytes::from_static(b"marked");

    // What was noted is not put again: a mark stays.
    cut_off(0).await;
    replace(&bucket, &key(0), &mark).await;
    let sent = cut_off(100).await;
    assert_eq!(bucket.get(&key(0)).await.unwrap().0, mark);
    // The last of it is gone, and everything is put again.
    bucket.delete(&[key(sent - 1)]).await.unwrap();
    ask.done().await;
    let plain = json!([{"type": "download", "packer": "none"}]);
    let mut expected = definition(&desk, &json!({}));
    expected["transports"] = plain;
    let ran = desk.define(&expected).apart("plain").done().await;
    let there = fetched(&server, &prefix, &desk.path("there")).await;
    assert!(there == laid(&ran.out.join("Many")).unwrap(), "the bucket has something else");
}
