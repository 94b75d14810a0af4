//! The servers that the other tests stand on are real, shared without meeting, and break when told.

use std::time::Duration;

use tests::{Kind, Namespace, Server, env, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends one inline command and returns Redis's first answer.
async fn redis(address: &str, command: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address.trim_start_matches("redis://")).await?;
    stream.write_all(format!("{command}\r\n").as_bytes()).await?;
    let mut answer = [0; 512];
    let len = stream.read(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer[..len]).into_owned())
}

#[tokio::test]
async fn two_namespaces_have_hosts_and_databases_of_their_own() {
    let (one, two) = (Namespace::new(), Namespace::new());
    assert_ne!(one.name(), two.name());
    assert_ne!(one.amqp().await.unwrap(), two.amqp().await.unwrap());
    for namespace in [&one, &two] {
        let database = namespace.database().await.unwrap();
        let (client, connection) =
            tokio_postgres::connect(&database, tokio_postgres::NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute("CREATE TABLE t (id int)").await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn both_object_servers_have_the_bucket() {
    let (first, second) = (env::s3().unwrap(), env::second_s3().unwrap());
    assert_ne!(first.endpoint, second.endpoint);
    for server in [first, second] {
        let answer = reqwest::get(format!("{}/{}", server.endpoint, server.bucket)).await.unwrap();
        assert_ne!(answer.status(), reqwest::StatusCode::NOT_FOUND, "{}", server.endpoint);
    }
}

#[tokio::test]
async fn a_server_that_is_killed_comes_back_on_its_port_with_its_data() {
    let mut server = Server::start(Kind::Redis).await.unwrap();
    let address = server.address("LONGSHORE_TEST_REDIS").unwrap().to_owned();
    assert_ne!(address, env::redis().unwrap());
    assert_eq!(redis(&address, "SET kept 1").await.unwrap(), "+OK\r\n");
    // Redis syncs its file every second; the kernel keeps what was written before a SIGKILL.
    server.kill().await.unwrap();
    redis(&address, "PING").await.unwrap_err();
    server.start_again().await.unwrap();
    assert_eq!(redis(&address, "GET kept").await.unwrap(), "$1\r\n1\r\n");
}

#[tokio::test]
async fn a_server_that_is_frozen_answers_once_it_is_thawed() {
    let server = Server::start(Kind::Redis).await.unwrap();
    let address = server.address("LONGSHORE_TEST_REDIS").unwrap().to_owned();
    server.freeze().unwrap();
    let mut asked = tokio::spawn(async move { redis(&address, "PING").await });
    let early = tokio::time::timeout(Duration::from_millis(300), &mut asked).await;
    early.unwrap_err();
    server.thaw().unwrap();
    assert_eq!(asked.await.unwrap().unwrap(), "+PONG\r\n");
}

#[tokio::test]
async fn a_server_ends_with_its_test() {
    let server = Server::start(Kind::Redis).await.unwrap();
    let address = server.address("LONGSHORE_TEST_REDIS").unwrap().to_owned();
    drop(server);
    until("refused connection", Duration::from_mins(1), async || {
        Ok(redis(&address, "PING").await.is_err().then_some(()))
    })
    .await
    .unwrap();
}
