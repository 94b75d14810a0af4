//! Servers that die under a fleet and come back: it waits, and goes on.

use tests::env::S3;
use tests::{Backends, Kind, Server};

use super::crew::Crew;
use super::load::Load;

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
    let shared = Backends::shared().await.unwrap();
    let s3 = S3 {
        endpoint: server.address("LONGSHORE_TEST_S3").unwrap().to_owned(),
        access_key: server.address("LONGSHORE_TEST_S3_ACCESS_KEY").unwrap().to_owned(),
        secret_key: server.address("LONGSHORE_TEST_S3_SECRET_KEY").unwrap().to_owned(),
        ..shared.s3
    };
    survives(server, &Backends { s3, ..shared }).await;
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
