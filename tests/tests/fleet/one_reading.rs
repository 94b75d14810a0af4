//! Several packings of one table read it once: counted by the database itself.

use serde_json::{Value, json};
use tests::{Backends, Namespace, until};
use tokio_postgres::{Client, NoTls};

use super::crew::{Crew, DEADLINE};

const ROWS: i64 = 20_000;

/// A table of orders, and a client to ask about it.
async fn orders() -> (String, Client) {
    let address = Namespace::new().database().await.unwrap();
    let (client, connection) = tokio_postgres::connect(&address, NoTls).await.unwrap();
    tokio::spawn(connection);
    let fill = format!(
        "CREATE TABLE orders (id int PRIMARY KEY, customer text);
         INSERT INTO orders SELECT n, 'customer ' || n FROM generate_series(1, {ROWS}) n;
         VACUUM ANALYZE orders;"
    );
    for statement in fill.split_inclusive(';').map(str::trim).filter(|text| !text.is_empty()) {
        client.batch_execute(statement).await.unwrap();
    }
    (address, client)
}

/// How many rows were read of the table so far, once that no longer changes. A session that waits may
/// keep to itself what it read, for ten seconds; one that ends tells it.
async fn rows_read(client: &Client) -> i64 {
    let end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    client.batch_execute(end_all).await.unwrap();
    let query = "SELECT seq_tup_read + idx_tup_fetch + (SELECT sum(idx_tup_read)
        FROM pg_stat_user_indexes WHERE relname = 'orders')::bigint
        FROM pg_stat_user_tables WHERE relname = 'orders'";
    let mut before = (-1, 0);
    until("settled statistics", DEADLINE, async || {
        let read: i64 = client.query_one(query, &[]).await?.get(0);
        before = if read == before.0 { (read, before.1 + 1) } else { (read, 0) };
        // Two seconds without a change: a session that ends needs a moment.
        Ok((before.1 >= 40).then_some(read))
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_read_once_for_four_packings() {
    let (address, client) = orders().await;
    let source = json!({"kind": "postgres", "url": address, "table": "orders", "key": "id"});
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::working(&backends, &json!({"orders": source}), 2).await;
    let mut read = Vec::new();
    let bag = json!({"bag": {"archive": "tar_zst"}});
    for packers in [vec![json!("zip")], vec![json!("zip"), json!("tar"), json!("tar_bz2"), bag]] {
        let transports: Vec<Value> =
            packers.iter().map(|packer| json!({"type": "download", "packer": packer})).collect();
        let definition = json!({
            "name": "Orders", "batch_size": 2000, "transports": transports,
            "outputs": [
                {"to": "orders.csv", "from": "orders", "format": "csv"},
                {"to": "{id}.json", "from": "orders", "format": "json", "per": "record"},
            ],
        });
        let before = rows_read(&client).await;
        let run = crew.submit(&definition).await;
        let shown = crew.ended(run).await;
        assert_eq!(shown["state"], "done", "{shown:#}");
        read.push(rows_read(&client).await - before);
    }
    assert!(read[0] >= 2 * ROWS, "{read:?}");
    assert_eq!(read[0], read[1], "rows read for one packing and for four");
}
