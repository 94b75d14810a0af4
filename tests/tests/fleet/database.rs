//! A source that goes away: for a while, and for longer than a run waits.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tests::{Backends, Kind, Server};

use super::crew::{Crew, DEADLINE};
use super::load::embedded;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_comes_back_is_waited_for() {
    let (mut server, mut crew, definition, expected) = orders("attempts = 50").await;
    let run = crew.submit(&definition).await;
    crew.reaches(run, 3).await;
    assert!(!crew.has_ended(run).await, "it was too fast to be disturbed");
    server.kill().await.unwrap();
    // Followers are told that the fleet has noticed.
    let path = format!("/v1/exports/{}/events?follow=run", run.export);
    let seen = crew.ann.events(&path, None, "source_unavailable").await.unwrap();
    assert!(seen.contains("event: retrying"), "{seen}");
    server.start_again().await.unwrap();
    assert_eq!(crew.sha256(run).await, expected);
    crew.is_recorded_once(run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_database_stays_away_fails_and_is_taken_up_again() {
    let (mut server, mut crew, definition, expected) = orders("attempts = 2").await;
    let run = crew.submit(&definition).await;
    crew.reaches(run, 3).await;
    assert!(!crew.has_ended(run).await, "it was too fast to be disturbed");
    server.kill().await.unwrap();
    let shown = crew.ended(run).await;
    assert_eq!(shown["state"], "failed", "{shown:#}");
    let fault = &shown["faults"][0];
    assert_eq!(fault["code"], "attempts_exhausted", "{shown:#}");
    let message = fault["message"].as_str().unwrap();
    assert!(message.contains("[source_unavailable]"), "{message}");

    server.start_again().await.unwrap();
    let path = format!("/v1/exports/{}/retry", run.export);
    let accepted = crew.ann.post(&path, &Value::Null).await.unwrap();
    assert_eq!(accepted.status, 202, "{:#}", accepted.body);
    assert_eq!(crew.sha256(run).await, expected);
    crew.is_recorded_once(run).await;
}

/// A database of orders, a fleet that reads them in 120 batches, and what one process makes of them.
async fn orders(coordinator: &str) -> (Server, Crew, Value, String) {
    let server = Server::start(Kind::Postgres).await.unwrap();
    let address = server.address("LONGSHORE_TEST_POSTGRES").unwrap().to_owned();
    fill(&address).await;
    let source = json!({ "kind": "postgres", "url": address, "table": "orders", "key": "id" });
    let sources = json!({ "orders": source });
    let backends = Backends::shared().await.unwrap();
    let (key, value) = coordinator.split_once(" = ").unwrap();
    let variable = format!("LONGSHORE_COORDINATOR__{}", key.to_uppercase());
    let mut crew = Crew::idle(&backends, &sources, "").await;
    crew.start("coordinator", "coordinator", &[(variable.as_str(), value)]);
    crew.start("worker", "worker-1", &[("LONGSHORE_WORKER__SLOTS", "1")]);
    crew.start("transport-agent", "agent", &[]);
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    let mut definition = json!({ "name": "Orders", "batch_size": 500, "outputs": [
        { "to": "orders.csv", "from": "orders", "format": "csv" },
        { "to": "orders.jsonl", "from": "orders", "format": "jsonl" },
    ]});
    definition["sources"] = sources;
    let expected = embedded(&crew.fleet, &definition).await;
    definition.as_object_mut().unwrap().remove("sources");
    (server, crew, definition, expected)
}

async fn fill(address: &str) {
    let (client, connection) =
        tokio_postgres::connect(address, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut sql = String::new();
    write!(sql, "CREATE TABLE orders (id int PRIMARY KEY, customer text, total numeric(10, 2));")
        .unwrap();
    write!(
        sql,
        "INSERT INTO orders SELECT n, 'customer ' || n % 97, n / 100.0 FROM generate_series(1, 30000) n; ANALYZE orders;"
    )
    .unwrap();
    client.batch_execute(&sql).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}
