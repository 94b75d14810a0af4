//! `longshore sources`: what is configured, whether it answers, and what is in it.

use serde_json::{Value, json};
use tests::{Namespace, Site};
use tokio_postgres::NoTls;

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

/// A database with a table in a schema, and where it is.
async fn shop() -> String {
    const SHOP: &str = "CREATE SCHEMA told; \
        CREATE TABLE told.orders (id int PRIMARY KEY, customer text, total numeric(10, 2)); \
        INSERT INTO told.orders VALUES (1, 'Käthe', 61.50), (2, NULL, 7.00); \
        CREATE VIEW told.customers AS SELECT DISTINCT customer FROM told.orders";
    let url = Namespace::new().database().await.unwrap();
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(SHOP).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    url
}

#[tokio::test]
async fn apis_parquet_files_and_databases_that_answer_are_shown() {
    let desk = Desk::new();
    let site = Site::start(&desk.path("site")).unwrap();
    desk.write(
        "site/objects?page=1",
        "{\"total\":3,\"items\":[{\"id\":1,\"price\":1.50},{\"id\":2}]}",
    );
    desk.write("site/objects?page=2", "{\"total\":3,\"items\":[{\"id\":3,\"price\":null}]}");
    let parquet = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/manual/flights/2013.parquet");
    let (postgres, api, port) = (shop().await, site.url("objects"), site.port());
    let config = desk.write(
        "answering.toml",
        format!(
            r#"
            [addresses]
            allow = ["127.0.0.1:{port}"]
            [sources.api]
            kind = "http"
            url = "{api}"
            records = "/items"
            pages = {{ by = "number", total = "/total" }}
            [sources.flights]
            kind = "parquet"
            path = "{parquet}"
            [sources.shop]
            kind = "postgres"
            url = "{postgres}"
            table = "told.orders"
            key = "id"
            "#
        ),
    );
    let config = format!("--config={}", config.display());
    let tested = desk.command(&[&config, "sources", "test", "--json"]).await;
    assert_eq!(tested.code, 0, "{}", tested.said);
    let told = tested.result()["sources"].clone();
    let good = |at: usize| (&told[at]["name"], &told[at]["ok"], &told[at]["records"]);
    assert_eq!(good(0), (&json!("api"), &json!(true), &json!(3)), "{told:#}");
    assert_eq!(good(1), (&json!("flights"), &json!(true), &json!(5)), "{told:#}");
    assert_eq!(good(2), (&json!("shop"), &json!(true), &json!(2)), "{told:#}");
    assert_eq!(told[1]["fields"][5], "fare", "{told:#}");

    let shown = async |name: &str| {
        let ran = desk.command(&[&config, "sources", "show", name, "--json"]).await;
        assert_eq!(ran.code, 0, "{}", ran.said);
        (ran.result(), ran.said)
    };
    let (api, said) = shown("api").await;
    assert_eq!(api["first"].as_array().unwrap().len(), 3, "{api:#}");
    assert_eq!(api["fields"][1], json!({"name": "price", "holds": ["number"]}), "{api:#}");
    assert!(said.contains("\"price\":1.50"), "{said}");
    let (flights, said) = shown("flights").await;
    let held = flights["holds"][0]["name"].as_str().unwrap();
    assert!(held.ends_with("2013.parquet"), "{flights:#}");
    assert_eq!((&flights["records"], &flights["first"][0]["origin"]), (&json!(5), &json!("EWR")));
    assert!(said.contains("\"fare\":450.00"), "{said}");
    let (shop, said) = shown("shop").await;
    let held = shop["holds"].as_array().unwrap().iter().map(|held| &held["name"]);
    let ours: Vec<_> = held.filter(|name| name.as_str().unwrap().starts_with("told.")).collect();
    assert_eq!(ours, ["told.customers", "told.orders"], "{shop:#}");
    assert_eq!(shop["first"][1], json!({"id": 2, "customer": null, "total": 7.0}), "{shop:#}");
    assert!(said.contains("\"total\":61.50"), "{said}");
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
