//! What becomes of steps, and which are refused.

use serde_json::{Value, json};

use super::*;
use crate::deriva::engine::{Asked, Classes, Configuration};

/// The digest of whoever exports.
const OWNER: &str = "0cc175b9c0f1b6a831c399e269772661";

/// Where the service has the output.
const SERVICE: &str = "https://s/deriva/export/file/k";

fn configuration(steps: &Value) -> Configuration {
    let queries = json!([{"processor": "csv", "processor_params":
        {"query_path": "/entity/s:t", "output_path": "t"}}]);
    let whole = json!({"env": {"folder": "a b", "RID": "1-X"}, "post_processors": steps,
        "catalog": {"host": "https://h", "query_processors": queries}});
    let classes = Classes::new();
    let asked = Asked { has_identifiers: true, ..Asked::new(Way::Files, &classes) };
    let read = Configuration::read(&whole, &asked);
    read.unwrap_or_else(|refused| panic!("{refused:?}")).configuration
}

fn buckets() -> BTreeMap<String, S3Target> {
    let target = |prefix: &str, more: Value| {
        let mut target = json!({"bucket": "exports", "prefix": prefix, "access_key_id": "us",
            "endpoint": "https://s3.example.org/", "secret_access_key_file": "/run/secrets/s3"});
        target.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(target).unwrap()
    };
    [
        ("all", target("", json!({}))),
        ("inner", target("a b", json!({}))),
        ("open", target("open", json!({"acl": "public-read"}))),
        ("aws", target("", json!({"bucket": "far", "endpoint": null, "acl": "public-read"}))),
    ]
    .map(|(name, target)| (name.to_owned(), target))
    .into()
}

fn prepared(steps: &Value, way: Way) -> Result<Prepared, Refused> {
    let Configuration { post_processors, variables, .. } = configuration(steps);
    let afterwards = Afterwards {
        post_processors: &post_processors,
        variables: &variables,
        packer: &Packer::Zip,
        buckets: &buckets(),
        owner_md5: OWNER,
        way,
        now: "2026-11-21T02:19:53Z".parse().unwrap(),
    };
    afterwards.prepared()
}

fn step(processor: &str, params: &Value) -> Value {
    json!({"processor": processor, "processor_params": params})
}

fn output(path: &str) -> Output<'_> {
    Output { path, stored: path, service_url: SERVICE }
}

/// The target, the path and the address of a file that is brought somewhere.
fn brought(params: &Value) -> (String, String, String) {
    let prepared = prepared(&json!([step("cloud_upload", params)]), Way::Files).unwrap();
    let [Transport::S3(s3)] = prepared.transports.as_slice() else { panic!("{prepared:?}") };
    let places = places(&prepared.steps, output("x/b c.csv"));
    (s3.target.clone(), s3.path.clone(), places.concat())
}

fn refused(steps: &Value) -> Vec<(String, u16)> {
    let refused = prepared(steps, Way::Files).unwrap_err();
    let told = |mistake: Mistake| {
        assert!(!mistake.hint.is_empty());
        (mistake.place, mistake.class.status())
    };
    refused.mistakes.into_iter().map(told).collect()
}

#[test]
fn results_go_below_their_owner_and_their_time() {
    let time = "2026-11-21_02.19.53";
    let (target, path, place) = brought(&json!({"target_url": "s3://exports/x/y/"}));
    assert_eq!((target.as_str(), path), ("all", format!("x/y/{OWNER}/{time}")));
    assert_eq!(place, format!("s3://exports/x/y/{OWNER}/{time}/x/b c.csv"));
    let once = json!({"target_url": "s3://exports/{folder}", "overwrite": true});
    let (target, path, place) = brought(&once);
    assert_eq!((target.as_str(), path), ("inner", OWNER.to_owned()));
    assert_eq!(place, format!("s3://exports/a b/{OWNER}/x/b c.csv"));
}

#[test]
fn an_open_bucket_has_addresses_for_browsers() {
    let open = json!({"target_url": "s3://exports/open/ü", "acl": "public-read", "overwrite": 1});
    let (target, path, place) = brought(&open);
    assert_eq!((target.as_str(), path), ("open", format!("ü/{OWNER}")));
    let base = "https://s3.example.org/exports/open/%C3%BC";
    assert_eq!(place, format!("{base}/{OWNER}/x/b%20c.csv"));
    let named = json!({"target_url": "s3://far", "acl": "public-read", "overwrite": 1});
    let base = "https://far.s3.us-east-1.amazonaws.com";
    assert_eq!(brought(&named).2, format!("{base}/{OWNER}/x/b%20c.csv"));
    let unsigned = json!({"target_url": "s3://far", "acl": "public-read", "overwrite": 1,
        "signed_url": false});
    assert_eq!(brought(&unsigned).2, format!("s3://far/{OWNER}/x/b c.csv"));
}

#[test]
fn only_what_the_operator_opens_is_written_to() {
    let steps = [
        json!({"target_url": "gs://exports"}),
        json!({"target_url": "s3://other"}),
        json!({"target_url": "s3://exports", "acl": "public-read"}),
        json!({"target_url": "s3://exports", "signed_url": true}),
        json!({"target_url": "s3://exports/../x"}),
        json!({"target_url": "s3://exports/{nope}"}),
        json!({"target_url": "{RID}"}),
    ];
    let steps: Vec<Value> = steps.iter().map(|params| step("cloud_upload", params)).collect();
    let expected = [
        ("target_url", 409),
        ("target_url", 409),
        ("acl", 409),
        ("signed_url", 409),
        ("target_url", 502),
        ("target_url", 502),
        ("target_url", 409),
    ];
    let expected: Vec<(String, u16)> = (0..)
        .zip(expected)
        .map(|(n, (key, status)): (usize, _)| {
            (format!("/post_processors/{n}/processor_params/{key}"), status)
        })
        .collect();
    assert_eq!(refused(&json!(steps)), expected);
}

#[test]
fn what_the_operator_says_has_no_effect_in_a_request() {
    let params = json!({"target_url": "s3://exports", "role_arn": "arn", "region": "eu"});
    let warnings = prepared(&json!([step("cloud_upload", &params)]), Way::Bag).unwrap().warnings;
    let places: Vec<&str> =
        warnings.iter().map(|warning| warning.split(' ').next().unwrap()).collect();
    let place = "/post_processors/0/processor_params";
    assert_eq!(places, [format!("{place}/role_arn"), format!("{place}/region")]);
}

#[test]
fn an_identifier_leads_somewhere_and_tells_what_the_variables_say() {
    let nowhere = step("identifier", &json!({}));
    let place = "/post_processors/0/processor_params/locations".to_owned();
    assert_eq!(refused(&json!([nowhere])), [(place, 409)]);
    let params = json!({"locations": ["https://l"], "env_column_map": {"Dataset": "{RID}@2"},
        "test": "True"});
    let prepared = prepared(&json!([step("identifier", &params)]), Way::Bag).unwrap();
    let [Step::Identified(identified)] = prepared.steps.as_slice() else { panic!("{prepared:?}") };
    assert_eq!(identified.told, [("Dataset".to_owned(), "1-X@2".to_owned())]);
    assert_eq!(
        (identified.is_test, identified.visible_to.as_slice()),
        (true, &["public".to_owned()][..])
    );
    let twice = step("identifier", &params);
    let place = "/post_processors/1/processor_params".to_owned();
    assert_eq!(refused(&json!([twice, twice])), [(place, 409)]);
    let unset = json!({"locations": ["https://l"], "env_column_map": {"a": "{nope}"}});
    let place = "/post_processors/0/processor_params/env_column_map/a".to_owned();
    assert_eq!(refused(&json!([step("identifier", &unset)])), [(place, 502)]);
}

#[test]
fn clients_are_sent_elsewhere_and_only_with_what_is_meant() {
    let meant = json!({"input_paths": ["{RID}.csv"], "remote_path": "https://h/{folder_urlencoded}?u={output_url_urlencoded}&{{o}}={output}"});
    let steps = json!([
        step("cloud_upload", &json!({"target_url": "s3://exports", "overwrite": true})),
        step("url_rewrite", &meant),
    ]);
    let steps = prepared(&steps, Way::Files).unwrap().steps;
    // What is kept says the same when it is read again.
    let text = serde_json::to_string(&steps).unwrap();
    let steps: Vec<Step> = serde_json::from_str(&text).unwrap();
    let url = "https%3A%2F%2Fs%2Fderiva%2Fexport%2Ffile%2Fk%2F1-X.csv";
    let address = format!("https://h/a%20b?u={url}&{{o}}=1-X.csv");
    assert_eq!(places(&steps, output("1-X.csv")), [address]);
    assert_eq!(places(&steps, output("y.csv")), [format!("s3://exports/{OWNER}/y.csv")]);
}

#[test]
fn another_address_of_a_bag_is_seen_where_it_is_registered() {
    let rewrite = step("url_rewrite", &json!({"remote_path": "https://h/{output}"}));
    let warned = |steps: Value, way: Way| prepared(&steps, way).unwrap().warnings.len();
    assert_eq!(warned(json!([rewrite]), Way::Bag), 1);
    assert_eq!(warned(json!([rewrite]), Way::Files), 0);
    assert_eq!(warned(json!([rewrite, step("identifier", &json!({}))]), Way::Bag), 0);
}
