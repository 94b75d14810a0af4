//! Whole configurations: what they mean, what is wrong with them, and what the real service said to them.

mod answers;

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{Asked, Class, Classes, Configuration, Credential, Read, Refused, Values, Way};

/// A configuration with one query, and with more keys.
fn with(more: &Value) -> Value {
    let mut whole = json!({"catalog": {"host": "https://localhost:8443", "catalog_id": "7",
        "query_processors": [{"processor": "csv", "processor_params":
            {"query_path": "/entity/pnc:subject?limit=none", "output_path": "subject"}}]}});
    whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    whole
}

/// A configuration with these queries.
fn queries(queries: &Value) -> Value {
    with(&json!({"catalog": {"host": "h", "query_processors": queries}}))
}

/// A query for a file.
fn csv(path: &str, output: &str) -> Value {
    json!({"processor": "csv", "processor_params": {"query_path": path, "output_path": output}})
}

/// A query for variables.
fn env(keys: &Value) -> Value {
    json!({"processor": "env", "processor_params":
        {"query_path": "/entity/s:t", "query_keys": keys}})
}

fn read(configuration: &Value, way: Way) -> Result<Read, Refused> {
    Configuration::read(configuration, &Asked::new(way, &Classes::new()))
}

fn good(configuration: &Value, way: Way) -> Configuration {
    let read = read(configuration, way).unwrap_or_else(|refused| panic!("{refused:?}"));
    assert_eq!(read.warnings, [""; 0], "{configuration}");
    read.configuration
}

fn refused(configuration: &Value, places: &[&str], class: Class) {
    let refused = read(configuration, Way::Bag).map(|read| read.configuration).unwrap_err();
    let told: Vec<&str> = refused.mistakes.iter().map(|mistake| mistake.place.as_str()).collect();
    assert_eq!((told.as_slice(), refused.class()), (places, class), "{configuration}");
    for mistake in &refused.mistakes {
        assert!(!mistake.message.is_empty() && !mistake.hint.is_empty(), "{mistake}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let configuration = json!({
        "env": {"a": {}},
        "bag": {"bag_name": "../x", "bag_archiver": "rar", "bag_ro": "maybe"},
        "catalog": {"host": "ftp://h", "catalog_id": "7/8", "query_processors": [
            {"processor": "nope"},
            {"processor": "csv", "processor_params": {"query_path": "entity", "output_path": "/x"}},
        ]},
        "transform_processors": [{"processor": "geo"}, {"processor": "cat"}],
        "post_processors": [{"processor": "url_rewrite"}, {"processor": "identifier"}],
    });
    let places = [
        "/env/a",
        "/catalog/host",
        "/catalog/catalog_id",
        "/bag/bag_ro",
        "/bag/bag_name",
        "/bag/bag_archiver",
        "/catalog/query_processors/0/processor",
        "/catalog/query_processors/1/processor_params/query_path",
        "/catalog/query_processors/1/processor_params/output_path",
        "/transform_processors/0/processor_params",
        "/transform_processors/1/processor_params/input_path",
        "/transform_processors/1/processor_params/output_path",
        "/post_processors/0/processor_params/remote_path",
        "/post_processors/1/processor",
    ];
    refused(&configuration, &places, Class::Misconfigured);
}

#[test]
fn without_a_catalogue_and_a_host_nothing_is_asked() {
    for nothing in [json!({}), json!([]), json!(null), json!("x")] {
        refused(&nothing, &[""], Class::Incomplete);
    }
    refused(&json!({"bag": {}}), &["/catalog"], Class::Incomplete);
    refused(&json!({"catalog": null}), &["/catalog"], Class::Incomplete);
    let no_host = json!({"catalog": {"query_processors": [{"processor": "nope"}]}});
    let places = ["/catalog/host", "/catalog/query_processors/0/processor"];
    refused(&no_host, &places, Class::Incomplete);
}

#[test]
fn without_queries_only_a_bag_that_may_be_empty_is_made() {
    let place = ["/catalog/query_processors"];
    refused(&json!({"catalog": {"host": "h"}}), &place, Class::Failed);
    refused(&queries(&json!([])), &place, Class::Failed);
    refused(&queries(&json!({})), &[place[0], place[0]], Class::Failed);
    let mut lenient = queries(&json!([]));
    lenient["bag"] = json!({"bag_strict": false});
    assert!(good(&lenient, Way::Bag).queries.is_empty());
}

#[test]
fn a_bag_is_made_as_the_way_has_it() {
    let archiver = |bag: Value, way: Way| {
        good(&with(&json!({"bag": bag})), way)
            .bag
            .map(|bag| bag.archiver.map(super::Archiver::extension))
    };
    assert_eq!(archiver(json!({"bag_name": "b"}), Way::Bag), Some(Some("zip")));
    assert_eq!(archiver(json!({}), Way::Bag), Some(Some("zip")));
    assert_eq!(archiver(json!(null), Way::Bag), None);
    assert_eq!(archiver(json!({"bag_name": "b"}), Way::Files), None);
    assert_eq!(archiver(json!({"bag_name": "b"}), Way::Terminal), Some(None));
    assert_eq!(archiver(json!({"bag_archiver": "tgz"}), Way::Terminal), Some(Some("tgz")));
    assert_eq!(archiver(json!({}), Way::Terminal), None);
    assert_eq!(good(&with(&json!({})), Way::Bag).bag, None);
}

#[test]
fn variables_are_of_the_configuration_the_arguments_and_the_request() {
    let classes = Classes::new();
    let arguments = ["b=argument".to_owned(), "c=x=y".to_owned()];
    let asked = Asked {
        request_ip: Some("127.0.0.1"),
        service_url: Some("https://s/deriva/export/bdbag/k"),
        arguments: &arguments,
        ..Asked::new(Way::Bag, &classes)
    };
    let env = with(&json!({"env": {"a": 7, "b": "own", "d": true, "hostname": "mine"}}));
    let read = Configuration::read(&env, &asked).unwrap();
    let value = |name: &str| read.configuration.variables.value(name).map(Cow::into_owned);
    for (name, expected) in [
        ("a", "7"),
        ("b", "argument"),
        ("c", "x=y"),
        ("c_urlencoded", "x%3Dy"),
        ("d", "True"),
        ("hostname", "localhost:8443"),
        ("request_ip", "127.0.0.1"),
        ("deriva_service_url", "https://s/deriva/export/bdbag/k"),
    ] {
        assert_eq!(value(name).as_deref(), Some(expected), "{name}");
    }
    assert_eq!(read.warnings, ["/env/b has no effect: an argument gives the variable its value"]);
    let loose = Configuration::read(&env, &Asked { way: Way::Files, ..asked.clone() }).unwrap();
    let ip = loose.configuration.variables.value("request_ip").map(Cow::into_owned);
    assert_eq!(ip.as_deref(), Some("ip-unknown"));
    let arguments = ["nothing".to_owned()];
    let refused = Configuration::read(&env, &Asked { arguments: &arguments, ..asked });
    assert_eq!(refused.unwrap_err().mistakes[0].place, "/env");
}

#[test]
fn a_variable_that_nothing_sets_is_missed_before_anything_runs() {
    let place =
        |n: usize, key: &str| format!("/catalog/query_processors/{n}/processor_params/{key}");
    let at = [place(0, "query_path"), place(0, "output_path")];
    let steps = json!([csv("/entity/{a}", "{b}")]);
    refused(&queries(&steps), &[&at[0], &at[1]], Class::Failed);
    // Its columns have values behind it, and others have not.
    let at = [place(0, "query_path"), place(2, "output_path")];
    let steps = json!([csv("/entity/{a}", "x"), env(&json!(["a"])), csv("/entity/{a}", "{b}")]);
    refused(&queries(&steps), &[&at[0], &at[1]], Class::Failed);
    // Nobody knows which columns there are.
    good(&queries(&json!([env(&json!([])), csv("/entity/{a}", "{b_urlencoded}")])), Way::Bag);
    // Each row has its own.
    let fetch = json!({"processor": "fetch", "processor_params":
        {"query_path": "/entity/s:t", "output_path": "{kind}"}});
    good(&queries(&json!([fetch])), Way::Bag);
    let mut cat = with(&json!({}));
    cat["transform_processors"] = json!([{"processor": "cat", "processor_params":
        {"input_path": "subject.csv", "output_path": "{a}"}}]);
    refused(&cat, &["/transform_processors/0/processor_params/output_path"], Class::Failed);
}

#[test]
fn keys_that_nobody_knows_are_named() {
    let mut odd = with(&json!({"public": true, "version": 2, "bag": {"bag_profile": "x"}}));
    odd["catalog"]["schema"] = json!("x");
    odd["catalog"]["query_processors"][0]["name"] = json!("x");
    let warnings = read(&odd, Way::Bag).unwrap().warnings;
    let places =
        ["/version", "/catalog/schema", "/bag/bag_profile", "/catalog/query_processors/0/name"];
    assert_eq!(warnings, places.map(|place| format!("{place} has no effect: it is not known")));
}

#[test]
fn nobody_sees_who_reads() {
    let mut configuration = with(&json!({}));
    configuration["catalog"]["token"] = json!("hidden");
    let read = good(&configuration, Way::Bag);
    assert!(matches!(read.catalog.credential, Some(Credential::Cookie(_))));
    assert!(!format!("{read:?}").contains("hidden"));
}

#[test]
fn a_server_may_be_named_outside() {
    let classes = Classes::new();
    let asked = Asked {
        host: Some("http://localhost:8080"),
        catalog_id: Some("8"),
        ..Asked::new(Way::Terminal, &classes)
    };
    let inside =
        json!({"catalog": {"query_processors": with(&json!({}))["catalog"]["query_processors"]}});
    let read = Configuration::read(&inside, &asked).unwrap().configuration;
    assert_eq!(
        (read.catalog.host.origin().as_str(), read.catalog.id.as_str()),
        ("http://localhost:8080", "8")
    );
}
