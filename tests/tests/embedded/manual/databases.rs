//! The shop's database of the manual's examples, at both servers, with a user who may read its tables and do nothing else.

use std::process::Command;

use tests::{Namespace, env};
use tokio_postgres::NoTls;

use super::site::PASSWORD;

/// The rows, by the words of either server.
const ROWS: &str = "INSERT INTO orders VALUES (1, 'Anna', 10.50, false), (2, 'Bert', 7.25, true), \
     (3, 'Cleo', 99.00, false); \
     INSERT INTO articles VALUES (1, 'Lamp', 'moon.png'), (2, 'Rope', NULL)";

/// The address of a database on the shared PostgreSQL, with what statements make there besides.
pub(super) async fn postgres(namespace: &Namespace, besides: &str) -> String {
    let url = namespace.database().await.unwrap();
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let reader = format!("reader_{}", namespace.name());
    let made = format!(
        "CREATE TABLE orders (id int PRIMARY KEY, customer text, total numeric(9,2), test boolean); \
         CREATE TABLE articles (id int PRIMARY KEY, name text, picture text); \
         {ROWS}; {besides}; CREATE ROLE {reader} LOGIN PASSWORD '{PASSWORD}'; \
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}"
    );
    client.batch_execute(&made).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    url.replace("postgres@", &format!("{reader}@"))
}

/// The address of a database on the shared MariaDB.
pub(super) fn mysql(namespace: &Namespace) -> String {
    let url = env::mysql().unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    let (_, port) = server.rsplit_once(':').unwrap();
    let name = namespace.name();
    // Users have names of at most 80 characters, and passwords that are asked for.
    let made = format!(
        "CREATE DATABASE {name}; USE {name}; \
         CREATE TABLE orders (id INT PRIMARY KEY, customer VARCHAR(40), total DECIMAL(9,2), test BOOLEAN); \
         CREATE TABLE articles (id INT PRIMARY KEY, name VARCHAR(40), picture VARCHAR(40)); \
         {ROWS}; CREATE USER r{name} IDENTIFIED BY '{PASSWORD}'; GRANT SELECT ON {name}.* TO r{name}"
    );
    let ended = Command::new("mariadb")
        .args(["--no-defaults", "-h", "127.0.0.1", "-P", port, "-u", "root", "-e", &made])
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    format!("mysql://r{name}@127.0.0.1:{port}/{name}")
}
