//! Results that a fleet delivers to configured targets: to buckets of two makes and by rsync.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use fabric::record;
use proto::archive::{Delivered, Receipt};
use proto::id::RunId;
use proto::key::Key;
use serde_json::{Value, json};
use tests::env::S3;
use tests::{Backends, RsyncDaemon, env, laid};

use super::crew::{Crew, DEADLINE};
use super::load::Load;
use crate::far_bucket::fetched;

/// A target's table in the configuration.
pub(super) fn target(name: &str, server: &S3, prefix: &str, secret: &Path) -> String {
    format!(
        "[targets.{name}]\nkind = \"s3\"\nendpoint = \"{}\"\nregion = \"{}\"\nbucket = \"{}\"\n\
         prefix = \"{prefix}\"\naccess_key_id = \"{}\"\nsecret_access_key_file = \"{}\"\n",
        server.endpoint,
        server.region,
        server.bucket,
        server.access_key,
        secret.display(),
    )
}

/// What a transport's receipt says of the other side.
pub(super) async fn delivered(crew: &Crew, run: RunId, transport: u32) -> Delivered {
    let key = Key::receipt(run, transport, "target");
    let receipt: Receipt = record::read(&*crew.store, &key).await.unwrap();
    receipt.delivered.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_run_arrives_in_buckets_of_two_makes_and_by_rsync_and_is_the_same_everywhere() {
    let desk = tempfile::tempdir().unwrap();
    let backends = Backends::shared().await.unwrap();
    let (near, far) = (env::s3().unwrap(), env::second_s3().unwrap());
    let prefix = format!("{}-out", backends.namespace.name());
    let secret = desk.path().join("secret");
    fs::write(&secret, format!("{}\n", near.secret_key)).unwrap();
    let daemon = RsyncDaemon::start(desk.path(), &desk.path().join("there")).await.unwrap();
    let more = format!(
        "{}{}{}[targets.mirror]\nkind = \"rsync\"\nto = \"{}\"\npassword_file = \"{}\"\n",
        target("near", &near, &prefix, &secret),
        target("far", &far, &prefix, &secret),
        target("inside", &near, &format!("{}/out", backends.namespace.name()), &secret),
        daemon.to,
        daemon.password_file.display(),
    );
    let load = Load::large();
    let mut crew = Crew::idle(&backends, &load.sources, &more).await;
    crew.start("coordinator", "coordinator", &[]);
    crew.start("worker", "worker-1", &[("LONGSHORE_WORKER__SLOTS", "2")]);
    crew.start("transport-agent", "agent", &[]);
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    let define = |transports: &Value| {
        let mut definition = load.definition();
        definition["transports"] = transports.clone();
        definition
    };

    let unknown = json!([{"type": "s3", "target": "nera"}, {"type": "rsync", "target": "near"}]);
    let refused = crew.ann.post("/v1/exports", &define(&unknown)).await.unwrap();
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (422, &json!("unknown_target")));
    assert_eq!(refused.body["faults"][1]["place"], "/transports/1/target", "{}", refused.body);

    let transports = json!([
        {"type": "download"},
        {"type": "s3", "target": "near", "path": "zip"},
        {"type": "s3", "target": "near", "path": "tree", "packer": "none"},
        {"type": "s3", "target": "far", "path": "zip", "options": {"overwrite": false}},
        {"type": "s3", "target": "far", "path": "tree", "packer": "none"},
        {"type": "rsync", "target": "mirror", "packer": "none"},
    ]);
    let run = crew.submit(&define(&transports)).await;
    let sum = crew.sha256(run).await;
    let tree = laid(&desk.path().join("there")).unwrap();
    let mut expected: BTreeMap<String, String> =
        tree.iter().map(|(path, sum)| (format!("tree/{path}"), sum.clone())).collect();
    expected.insert("zip/Everything.zip".to_owned(), sum);
    for (name, server) in [("near", &near), ("far", &far)] {
        let folder = desk.path().join(name);
        let there = fetched(server, &prefix, &folder).await;
        assert!(there == expected, "what is in {name} differs");
    }
    let unpacked = desk.path().join("unpacked");
    let zip = desk.path().join("far/zip/Everything.zip");
    let unzip = Command::new("unzip").arg("-qo").arg(zip).arg("-d").arg(&unpacked).status();
    assert!(unzip.unwrap().success());
    assert!(laid(&unpacked).unwrap() == tree, "the archive holds another tree");

    let all = delivered(&crew, run, 4).await;
    assert!(all.answer.starts_with("ETag "), "{all:?}");
    assert_eq!((all.files, all.moved), (tree.len() as u64, Some(all.bytes)));
    assert!(all.place.ends_with(&format!("{prefix}/tree/")), "{}", all.place);
    // Where the server is the same it copies by itself, and elsewhere everything passes.
    let (copied, carried) = (delivered(&crew, run, 1).await, delivered(&crew, run, 3).await);
    assert!(copied.bytes > 10 << 20, "{copied:?}");
    assert_eq!((copied.moved, carried.moved), (Some(0), Some(copied.bytes)));
    assert_eq!(copied.digest, carried.digest);
    assert!(carried.answer.starts_with("ETag "), "{carried:?}");
    let shown = crew.ended(run).await;
    let receipt = &shown["transports"][1]["receipts"][0]["delivered"];
    assert_eq!(receipt["moved"], 0, "{shown:#}");

    // Nobody writes among what the fleet keeps for itself. What fails is tried again for hours otherwise.
    crew.kill("coordinator").await;
    let soon =
        [("LONGSHORE_COORDINATOR__ATTEMPTS", "2"), ("LONGSHORE_COORDINATOR__DELIVER_FOR", "0s")];
    crew.start("coordinator", "coordinator", &soon);
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    let inside = crew.submit(&define(&json!([{"type": "s3", "target": "inside"}]))).await;
    let shown = crew.ended(inside).await;
    let told = shown["faults"][0]["message"].to_string();
    assert!(told.contains("store itself") && told.contains("target_unavailable"), "{shown:#}");
}
