//! Servers that die under a fleet and come back: it waits, and goes on.

use std::fs;
use std::time::Duration;

use fabric::task::UNSEEN;
use serde_json::json;
use tests::env::S3;
use tests::{Backends, Kind, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::crew::{Crew, DEADLINE};
use super::load::Load;
use super::wipes::tell;

/// How long the board is empty: longer than the fleet's coordinator is patient before it asks after a
/// task, which is 2 s; and by so much shorter than [`UNSEEN`] that a worker which keeps its lease each
/// second is seen by the second look, also where the machine stands still for a while.
const EMPTY: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_survives_the_death_of_its_broker() {
    let server = Server::start(Kind::RabbitMq).await.unwrap();
    let amqp = server.address("LONGSHORE_TEST_AMQP").unwrap().to_owned();
    let backends = Backends { amqp, ..Backends::shared().await.unwrap() };
    survives(server, &backends).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_survives_the_death_of_its_board() {
    let server = Server::start(Kind::Redis).await.unwrap();
    let redis = server.address("LONGSHORE_TEST_REDIS").unwrap().to_owned();
    let backends = Backends { redis, ..Backends::shared().await.unwrap() };
    survives(server, &backends).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_survives_the_death_of_its_store() {
    let server = Server::start(Kind::SeaweedFs).await.unwrap();
    let backends = on_store(&server).await;
    survives(server, &backends).await;
}

/// The shared servers, but for the store.
pub(crate) async fn on_store(server: &Server) -> Backends {
    let shared = Backends::shared().await.unwrap();
    let s3 = S3 {
        endpoint: server.address("LONGSHORE_TEST_S3").unwrap().to_owned(),
        access_key: server.address("LONGSHORE_TEST_S3_ACCESS_KEY").unwrap().to_owned(),
        secret_key: server.address("LONGSHORE_TEST_S3_SECRET_KEY").unwrap().to_owned(),
        ..shared.s3
    };
    Backends { s3, ..shared }
}

/// The only try of each task would be over if it counted as lost.
#[tokio::test(flavor = "multi_thread")]
async fn while_the_board_is_away_or_empty_no_task_at_work_counts_as_lost() {
    let mut server = Server::start(Kind::Redis).await.unwrap();
    let redis = server.address("LONGSHORE_TEST_REDIS").unwrap().to_owned();
    let backends = Backends { redis: redis.clone(), ..Backends::shared().await.unwrap() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let data = tempfile::tempdir().unwrap();
    let list = data.path().join("list.jsonl");
    fs::write(&list, format!("{{\"file\":\"http://{address}/slow.txt\"}}\n")).unwrap();
    let sources = json!({"list": {"kind": "jsonl", "path": list}});
    let allowed = format!("[addresses]\nallow = [\"{address}\"]\n");
    let mut crew = Crew::idle(&backends, &sources, &allowed).await;
    crew.start("coordinator", "coordinator", &[("LONGSHORE_COORDINATOR__ATTEMPTS", "1")]);
    crew.start("transport-agent", "agent", &[]);
    crew.start("worker", "worker-1", &[]);
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();

    let output = json!({"to": "files/", "from": "list", "assets": {"field": "file"}});
    let run = crew.submit(&json!({"name": "Slow", "outputs": [output]})).await;
    let (asking, _) = listener.accept().await.unwrap();
    let (end, told_to_end) = oneshot::channel();
    let dripping = tokio::spawn(drip(asking, told_to_end));
    server.kill().await.unwrap();
    // What must not happen gets the time in which it would: longer than who leads is patient before it
    // asks after a task, both without a board and with one that has lost the worker's lease.
    sleep(Duration::from_secs(4)).await;
    server.start_again().await.unwrap();
    // As long as that by the clock, however long one command takes.
    let filled = Instant::now() + EMPTY;
    while Instant::now() < filled {
        tell(&redis, "FLUSHALL").await;
        sleep(Duration::from_millis(50)).await;
    }
    let asked_again = timeout(UNSEEN + Duration::from_secs(1), listener.accept()).await;
    assert!(asked_again.is_err(), "the file was fetched twice");
    end.send(()).unwrap();
    dripping.await.unwrap();
    let shown = crew.ended(run).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
}

/// Answers a request with a byte each second until told to end: whoever asks has no reason to take the
/// server for silent, however long the rest takes.
async fn drip(mut asking: TcpStream, mut told_to_end: oneshot::Receiver<()>) {
    assert!(asking.read(&mut [0; 4096]).await.unwrap() > 0);
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    asking.write_all(head).await.unwrap();
    while timeout(Duration::from_secs(1), &mut told_to_end).await.is_err() {
        asking.write_all(b"1\r\n.\r\n").await.unwrap();
    }
    asking.write_all(b"0\r\n\r\n").await.unwrap();
}

/// Kills a server early and late in a run.
async fn survives(mut server: Server, backends: &Backends) {
    let load = Load::large();
    let mut crew = Crew::working(backends, &load.sources, 1).await;
    let expected = load.sha256(&crew.fleet).await;
    let run = crew.submit(&load.definition()).await;
    for batches in [4, 30] {
        crew.reaches(run, batches).await;
        assert!(!crew.has_ended(run).await, "it was too fast to be disturbed");
        server.kill().await.unwrap();
        server.start_again().await.unwrap();
    }
    assert_eq!(crew.sha256(run).await, expected);
    crew.is_recorded_once(run).await;
}
