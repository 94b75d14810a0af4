//! A MariaDB table, exported by the real binary, in one process and by a fleet.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Backends, Fleet, Namespace, env};

use super::crew::Crew;
use super::load::embedded;

/// How long one run may take on a machine that has much else to do.
const DEADLINE: Duration = Duration::from_mins(3);

const TABLE: &str = "CREATE DATABASE shop; USE shop; \
    CREATE TABLE orders (id BIGINT UNSIGNED PRIMARY KEY, customer VARCHAR(40), total DECIMAL(30,10), \
        placed DATETIME, details JSON, seal BINARY(2)); \
    INSERT INTO orders SELECT 18446744073709551615 - seq, concat('Käufer ', seq % 7), seq / 100, \
        date_add('2024-01-01', interval seq minute), json_object('n', seq), unhex(lpad(hex(seq), 4, '0')) \
        FROM seq_1_to_3000; \
    UPDATE orders SET placed = NULL, details = NULL WHERE id % 10 = 0";

#[tokio::test]
async fn a_table_gives_the_same_files_for_any_batch_size() {
    let url = fill_anew("shop", TABLE);
    let fleet = Fleet::new("").unwrap();
    let mut seen = BTreeSet::new();
    for batch_size in [None, Some(0), Some(7), Some(1000)] {
        let mut definition = definition(&url, "orders");
        if let Some(size) = batch_size {
            definition["batch_size"] = json!(size);
        }
        let (code, said, out) = run(&fleet, &definition, &format!("run-{batch_size:?}")).await;
        assert_eq!(code, 0, "{said}");
        let unpacked = out.join("unpacked");
        let archive = out.join("Orders.zip");
        let ended = Command::new("unzip").arg("-qo").arg(archive).arg("-d").arg(&unpacked).status();
        assert!(ended.unwrap().success());
        let files = ["orders.csv", "orders.jsonl", "few.json"];
        seen.insert(files.map(|file| fs::read_to_string(unpacked.join(file)).unwrap()));
    }
    assert_eq!(seen.len(), 1, "the files are not always the same");
    let [csv, jsonl, few] = seen.first().unwrap();
    let first = "18446744073709548615,Käufer 4,30.0000000000,2024-01-03 02:00:00,\"{\"\"n\"\": 3000}\",0x0bb8";
    assert_eq!(csv.lines().nth(1), Some(first));
    assert_eq!((csv.lines().count(), jsonl.lines().count()), (3001, 3000));
    let few: Vec<Value> = serde_json::from_str(few).unwrap();
    assert_eq!(few.len(), 429);
    assert_eq!(few[0]["customer"], "Käufer 3");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_make_of_a_table_the_archive_that_one_process_makes() {
    let url = fill_anew("shop", TABLE);
    let mut definition = definition(&url, "orders");
    definition["batch_size"] = json!(100);
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::working(&backends, &definition["sources"], 2).await;
    let expected = embedded(&crew.fleet, &definition).await;
    definition.as_object_mut().unwrap().remove("sources");
    let run = crew.submit(&definition).await;
    assert_eq!(crew.sha256(run).await, expected);
    crew.is_recorded_once(run).await;
    let shown = crew.ended(run).await;
    // 30 of each of the two tables, and those of the orders of one customer.
    assert!(shown["batches"].as_u64() > Some(60), "{shown:#}");
}

#[tokio::test]
async fn a_table_that_is_not_there_fails_the_run_with_what_the_server_says() {
    let fleet = Fleet::new("").unwrap();
    let url = env::mysql().unwrap();
    let (code, said, _) = run(&fleet, &definition(&url, "test.none"), "run").await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("source_refused") && said.contains("test.none"), "{said}");
}

/// The configured key is not among the fields of the other table.
#[tokio::test]
async fn a_source_is_tested_and_shown_and_so_is_another_table_of_it_on_request() {
    const TABLES: &str = "DROP DATABASE IF EXISTS depot; CREATE DATABASE depot; USE depot; \
        CREATE TABLE orders (id INT PRIMARY KEY); INSERT INTO orders VALUES (7), (8), (9); \
        CREATE TABLE drivers (name VARCHAR(20), weight DECIMAL(5,2)); \
        INSERT INTO drivers VALUES ('Käthe', 61.50), ('Bo', NULL)";
    let url = fill("depot", TABLES);
    let fleet = Fleet::new("").unwrap();
    let definition = fleet.dir().join("export.json");
    fs::write(&definition, self::definition(&url, "orders").to_string()).unwrap();
    let definition = format!("--definition={}", definition.display());
    let sources = async |arguments: &[&str]| {
        let all = [&["sources"], arguments, &[definition.as_str(), "--json"]].concat();
        let mut program = fleet.command(&arguments.join("-"), &all).unwrap();
        let status = program.wait(DEADLINE).await.unwrap();
        let said = program.log().unwrap();
        assert_eq!(status.code(), Some(0), "{said}");
        let told = said.lines().find(|line| line.starts_with('{')).unwrap();
        let told: Value = serde_json::from_str(told).unwrap();
        (told, said)
    };
    let (tested, _) = sources(&["test", "orders"]).await;
    let tested = &tested["sources"][0];
    assert_eq!((&tested["ok"], &tested["records"]), (&json!(true), &json!(3)), "{tested}");
    let (shown, _) = sources(&["show", "orders"]).await;
    let held = shown["holds"].as_array().unwrap().iter().map(|held| &held["name"]);
    let ours: Vec<_> = held.filter(|name| name.as_str().unwrap().starts_with("depot.")).collect();
    assert_eq!(ours, ["depot.drivers", "depot.orders"], "{shown:#}");
    assert_eq!(shown["first"], json!([{"id": 7}, {"id": 8}, {"id": 9}]), "{shown:#}");
    let (told, said) = sources(&["show", "orders", "depot.drivers"]).await;
    assert_eq!(
        told["first"],
        json!([{"name": "Käthe", "weight": 61.50}, {"name": "Bo", "weight": null}])
    );
    assert!(said.contains("\"weight\":61.50"), "{said}");
    assert!(told["where"].as_str().unwrap().ends_with("depot, depot.drivers"), "{told}");
}

#[tokio::test]
async fn years_are_compared_as_numbers_and_an_enum_is_no_key() {
    const PLANTS: &str = "CREATE DATABASE garden; USE garden; \
        CREATE TABLE plants (kind ENUM('tree', 'herb') NOT NULL, id INT NOT NULL, planted YEAR, \
            PRIMARY KEY (kind, id)); \
        INSERT INTO plants VALUES ('tree', 1, 1990), ('tree', 2, 2004), ('herb', 3, 2005)";
    let url = fill_anew("garden", PLANTS);
    let fleet = Fleet::new("").unwrap();
    let plants = |key: &str| {
        json!({
            "name": "Plants",
            "batch_size": 1,
            "outputs": [{"to": "plants.csv", "from": "plants", "format": "csv",
                "select": {"fields": ["id", "planted"], "where": {"planted": {"ge": 5}}}}],
            "transports": [{"type": "download", "packer": "none"}],
            "sources": {"plants": {"kind": "mysql", "url": url, "table": "plants", "key": key}},
        })
    };
    let (code, said, out) = run(&fleet, &plants("id"), "years").await;
    assert_eq!(code, 0, "{said}");
    let csv = fs::read_to_string(out.join("Plants/plants.csv")).unwrap();
    assert_eq!(csv, "id,planted\r\n1,1990\r\n2,2004\r\n3,2005\r\n");
    let (code, said, _) = run(&fleet, &plants("kind"), "kinds").await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("source_refused") && said.contains("ENUM or SET"), "{said}");
}

fn definition(url: &str, table: &str) -> Value {
    json!({
        "name": "Orders",
        "outputs": [
            {"to": "orders.csv", "from": "orders", "format": "csv"},
            {"to": "orders.jsonl", "from": "orders", "format": "jsonl"},
            {"to": "few.json", "from": "orders", "format": "json",
             "select": {"where": {"customer": "Käufer 3"}, "fields": ["id", "customer"]}},
        ],
        "sources": {"orders": {"kind": "mysql", "url": url, "table": table, "key": "id"}},
    })
}

async fn run(fleet: &Fleet, definition: &Value, name: &str) -> (i32, String, PathBuf) {
    let path = |what: &str| fleet.dir().join(format!("{name}-{what}"));
    let (file, out) = (path("export.json"), path("out"));
    fs::write(&file, definition.to_string()).unwrap();
    let told = |option: &str, path: &Path| format!("--{option}={}", path.display());
    let arguments = [
        "run".to_owned(),
        file.display().to_string(),
        "--json".to_owned(),
        told("out", &out),
        told("data", &path("data")),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut program = fleet.command(name, &arguments).unwrap();
    let status = program.wait(DEADLINE).await.unwrap();
    (status.code().unwrap_or(-1), program.log().unwrap(), out)
}

/// Fills a database that no other test has, under another name than `database`, and tells where it is.
fn fill_anew(database: &str, sql: &str) -> String {
    let namespace = Namespace::new();
    fill(namespace.name(), &sql.replace(database, namespace.name()))
}

/// Fills a database, and tells where it is.
fn fill(database: &str, sql: &str) -> String {
    let url = env::mysql().unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    let (_, port) = server.rsplit_once(':').unwrap();
    let ended = Command::new("mariadb")
        .args(["--no-defaults", "-h", "127.0.0.1", "-P", port, "-u", "root"])
        .args(["--default-character-set=utf8mb4", "-e", sql])
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    format!("{server}/{database}")
}
