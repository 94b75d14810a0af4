//! `longshore sources`: what is configured, whether it answers, and what is in it.

use serde_json::Value;

use super::desk::Desk;
use super::ran::Ran;

const CONFIG: &str = r#"
[sources.flights]
kind = "csv"
path = "flights-*.csv"

[sources.log]
kind = "jsonl"
path = "log.jsonl"

[sources.gone]
kind = "parquet"
path = "gone.parquet"

[sources.api]
kind = "http"
url = "http://127.0.0.1:9/objects?token=canary-query"
bearer_file = "token"

[sources.shop]
kind = "postgres"
url = "postgresql://reader@127.0.0.1:9/shop"
password_file = "password"
table = "orders"
key = "id"
"#;

/// The desk with its sources, and the command over them.
async fn sources(desk: &Desk, arguments: &[&str]) -> Ran {
    desk.write("flights-1.csv", "id,name\n1,one\n2,\"\u{1b}[31mred\"\n");
    desk.write("flights-2.csv", "id,name\n3,three\n");
    desk.write(
        "log.jsonl",
        "{\"n\":1.50,\"at\":{\"x\":[1]}}\n{\"n\":null,\"who\":\"ann\"}\n{broken\n",
    );
    desk.write("token", "canary-token\n");
    desk.write("password", "canary-password\n");
    let paths = CONFIG
        .replace("path = \"", &format!("path = \"{}/", desk.path("").display()))
        .replace("_file = \"", &format!("_file = \"{}/", desk.path("").display()));
    let config = desk.write("sources.toml", paths);
    let config = format!("--config={}", config.display());
    let mut all = vec![config.as_str(), "sources"];
    all.extend(arguments);
    let ran = desk.command(&all).await;
    assert!(!ran.said.contains("canary"), "{}", ran.said);
    ran
}

#[tokio::test]
async fn sources_are_listed_without_secrets() {
    let desk = Desk::new();
    let ran = sources(&desk, &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    ran.assert_said(&["flights", "csv", "flights-*.csv", "http://127.0.0.1:9/objects", "orders"]);
    let listed = sources(&desk, &["list", "--json"]).await.result();
    let names = listed["sources"].as_array().unwrap().iter().map(|source| &source["name"]);
    assert_eq!(names.collect::<Vec<_>>(), ["api", "flights", "gone", "log", "shop"]);
}

#[tokio::test]
async fn a_test_tells_each_source_that_cannot_be_read_and_why() {
    let desk = Desk::new();
    let good = sources(&desk, &["test", "flights", "log"]).await;
    assert_eq!(good.code, 0, "{}", good.said);
    good.assert_said(&["flights (csv): good, 3 records, 2 fields, 1 batches", "log (jsonl): good"]);
    let all = sources(&desk, &["test", "--json"]).await;
    assert_eq!(all.code, 1, "{}", all.said);
    let told = |name: &str| -> Value {
        let sources = all.result()["sources"].as_array().unwrap().clone();
        sources.into_iter().find(|source| source["name"] == name).unwrap()
    };
    assert_eq!(told("flights")["ok"], true);
    assert_eq!(told("gone")["fault"]["code"], "source_refused");
    assert_eq!(told("api")["fault"]["code"], "address_refused");
    assert_eq!(told("shop")["fault"]["code"], "source_unavailable");
    let unknown = sources(&desk, &["test", "flight"]).await;
    assert_eq!(unknown.code, 2, "{}", unknown.said);
    unknown.assert_said(&["[unknown_source]", "there are api, flights"]);
}

#[tokio::test]
async fn fields_and_first_records_are_shown_and_no_terminal_obeys_them() {
    let desk = Desk::new();
    let people = sources(&desk, &["show", "flights", "--records", "2"]).await;
    assert_eq!(people.code, 0, "{}", people.said);
    people.assert_said(&["flights-1.csv", "about 3 records", "one", "\\u{1b}[31mred"]);
    assert!(!people.said.contains('\u{1b}') && !people.said.contains("three"), "{}", people.said);
    let shown = sources(&desk, &["show", "flights", "--json"]).await;
    let json = shown.result();
    assert_eq!(json["first"][2]["name"], "three");
    assert_eq!(json["holds"].as_array().unwrap().len(), 2);
    let documents = sources(&desk, &["show", "log", "--json"]).await;
    // Numbers keep their spelling, and what cannot be read is told.
    documents.assert_said(&["\"n\":1.50", "\"at\":{\"x\":[1]}", "broken_record"]);
    let json = documents.result();
    assert_eq!(json["fields"][0]["holds"], serde_json::json!(["number"]));
    assert_eq!(json["fields"][2]["name"], "who");
    let chosen = sources(&desk, &["show", "flights", "flights-1.csv"]).await;
    assert_eq!(chosen.code, 1, "{}", chosen.said);
    chosen.assert_said(&["has no tables to choose from", "only databases have"]);
    let gone = sources(&desk, &["show", "gone"]).await;
    assert_eq!(gone.code, 1, "{}", gone.said);
    gone.assert_said(&["there is no file", "[source_refused]"]);
}

#[tokio::test]
async fn sources_of_a_definition_are_looked_into_before_it_is_run() {
    let desk = Desk::new();
    desk.write("in/t.csv", "a\n1\n");
    let definition = desk.write(
        "in/export.json",
        r#"{"name": "T", "outputs": [{"to": "t.csv", "from": "t", "format": "csv"}],
            "sources": {"t": {"kind": "csv", "path": "t.csv"}}}"#,
    );
    let definition = format!("--definition={}", definition.display());
    let ran = desk.command(&["sources", "show", "t", &definition]).await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    ran.assert_said(&["about 1 records", "a "]);
}
