//! Deliveries of `longshore run` to buckets of two makes.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::env::{self, S3};
use tests::{Kind, Namespace, Relay, Server, laid};

use super::desk::Desk;
use super::material::example;
use crate::far_bucket::fetched;

pub(super) fn target(server: &S3, prefix: &str) -> Value {
    json!({
        "kind": "s3", "endpoint": server.endpoint, "region": server.region,
        "bucket": server.bucket, "prefix": prefix, "access_key_id": server.access_key,
        "secret_access_key_file": "secret",
    })
}

fn definition(transports: &Value, targets: &Value) -> Value {
    json!({
        "name": "Out there",
        "outputs": [
            {"to": "flights.csv", "from": "flights", "format": "csv"},
            {"to": "media/", "from": "clipart", "assets": {"field": "file"}},
        ],
        "transports": transports,
        "sources": {
            "flights": {"kind": "csv", "path": example("flights/flights.csv")},
            "clipart": {"kind": "jsonl", "path": example("clipart/clipart.jsonl")},
        },
        "targets": targets,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn archive_and_tree_arrive_in_buckets_and_only_what_is_the_same_may_be_there_before() {
    let desk = Desk::new();
    for (name, server) in [("one", env::s3().unwrap()), ("another", env::second_s3().unwrap())] {
        desk.write("secret", format!("{}\n", server.secret_key));
        let prefix = Namespace::new().name().to_owned();
        let once = json!({"overwrite": false});
        let transports = json!([
            {"type": "download"},
            {"type": "s3", "target": "far", "path": "a b/zip", "options": {"verify": true}},
            {"type": "s3", "target": "far", "path": "tree", "packer": "none", "options": once},
        ]);
        let targets = json!({"far": target(&server, &prefix)});
        let asked = definition(&transports, &targets);
        let ran = desk.define(&asked).apart(name).done().await;
        let folder = desk.path(name).join("there");
        let tree = laid(&ran.unpacked()).unwrap();
        let mut expected: BTreeMap<String, String> =
            tree.iter().map(|(path, sum)| (format!("tree/{path}"), sum.clone())).collect();
        expected.insert("a b/zip/Out there.zip".to_owned(), ran.sha256());
        assert!(fetched(&server, &prefix, &folder).await == expected, "{name} has something else");

        // The same again finds its objects there; another content does not take their place.
        desk.define(&asked).apart(&format!("{name}-again")).done().await;
        let mut other = asked.clone();
        other["outputs"][0]["select"] = json!({"fields": ["carrier"]});
        let ran = desk.define(&other).apart(&format!("{name}-other")).for_people().run().await;
        assert_eq!(ran.code, 1, "{}", ran.said);
        ran.assert_said(&["[target_refused]", "flights.csv is there with other content"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_gives_back_otherwise_than_it_was_put_is_not_taken_for_delivered() {
    let desk = Desk::new();
    let server = env::s3().unwrap();
    desk.write("secret", server.secret_key.clone());
    desk.write("notes.csv", "text\nCANARY\n");
    let relay = Relay::lying(server.endpoint.strip_prefix("http://").unwrap(), "CANARY").await;
    let endpoint = format!("http://127.0.0.1:{}", relay.unwrap().port);
    let far = target(&S3 { endpoint, ..server }, Namespace::new().name());
    let to = |options: Value| {
        json!({
            "name": "Notes",
            "outputs": [{"to": "notes.csv", "from": "notes", "format": "csv"}],
            "transports": [{"type": "s3", "target": "far", "packer": "none", "options": options}],
            "sources": {"notes": {"kind": "csv", "path": "notes.csv"}},
            "targets": {"far": far},
        })
    };
    let ask = |options| desk.define(&to(options)).config("[coordinator]\nattempts = 1\n");
    let ran = ask(json!({"verify": true})).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_damaged]", "notes.csv has other content"]);
    // Who does not ask does not read it.
    ask(json!({})).apart("unasked").done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_tried_again_until_it_is_back() {
    let desk = Desk::new();
    let mut server = Server::start(Kind::SeaweedFs).await.unwrap();
    let address = |name: &str| server.address(name).unwrap().to_owned();
    let far = S3 {
        endpoint: address("LONGSHORE_TEST_S3"),
        access_key: address("LONGSHORE_TEST_S3_ACCESS_KEY"),
        secret_key: address("LONGSHORE_TEST_S3_SECRET_KEY"),
        ..env::s3().unwrap()
    };
    desk.write("secret", far.secret_key.clone());
    let transports = json!([{"type": "download"}, {"type": "s3", "target": "far"}]);
    let asked = definition(&transports, &json!({"far": target(&far, "away")}));
    server.kill().await.unwrap();
    let mut under = desk.define(&asked).start();
    under.has_tried("target_unavailable").await;
    server.start_again().await.unwrap();
    let ran = under.ended().await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    let expected = [("Out there.zip".to_owned(), ran.sha256())].into();
    assert_eq!(fetched(&far, "away", &desk.path("there")).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_or_not_ours_ends_the_delivery() {
    let desk = Desk::new();
    let server = env::s3().unwrap();
    let prefix = Namespace::new().name().to_owned();
    desk.write("secret", "CANARY-secret");
    let transports = json!([{"type": "s3", "target": "far"}]);
    let ours = definition(&transports, &json!({"far": target(&server, &prefix)}));
    let ran = desk.define(&ours).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]"]);
    assert!(!ran.said.contains("CANARY-secret"), "{}", ran.said);

    desk.write("secret", server.secret_key.clone());
    let missing = S3 { bucket: "nobody-made-it".to_owned(), ..server };
    let missing = definition(&transports, &json!({"far": target(&missing, &prefix)}));
    let ran = desk.define(&missing).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]"]);
}

#[tokio::test]
async fn buckets_and_paths_that_lead_astray_are_refused_by_name() {
    let desk = Desk::new();
    let mut bad = target(&env::s3().unwrap(), "../other");
    bad["endpoint"] = json!("file:///etc");
    let transports = json!([{"type": "s3", "target": "far", "path": "../up"}]);
    let ran = desk.define(&definition(&transports, &json!({"far": bad}))).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    let places = ["/targets/far/endpoint", "/targets/far/prefix", "/transports/0/path"];
    ran.assert_said(&places);
    ran.assert_said(&["[invalid_value]"]);
}
