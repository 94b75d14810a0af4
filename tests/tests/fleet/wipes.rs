//! The board emptied and the queues purged in the middle of a run: the store is the truth.

use tests::{Backends, Kind, Server, env};

use super::crew::Crew;
use super::load::Load;

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_board_and_purged_queues_cost_time_and_nothing_else() {
    let load = Load::large();
    let redis = Server::start(Kind::Redis).await.unwrap();
    let address = redis.address("LONGSHORE_TEST_REDIS").unwrap().to_owned();
    let backends = Backends { redis: address.clone(), ..Backends::shared().await.unwrap() };
    let mut crew = Crew::working(&backends, &load.sources, 1).await;
    let expected = load.sha256(&crew.fleet).await;
    let run = crew.submit(&load.definition()).await;
    for batches in [5, 15, 30] {
        crew.reaches(run, batches).await;
        flush(&address).await;
        purge(&backends).await;
    }
    assert!(!crew.has_ended(run).await, "it was too fast to be disturbed");
    assert_eq!(crew.sha256(run).await, expected);
    crew.is_recorded_once(run).await;
    // The board is written anew: the export is listed again.
    let listed = crew.ann.get("/v1/exports").await.unwrap();
    assert_eq!(listed.body["exports"][0]["state"], "done", "{:#}", listed.body);
}

async fn flush(address: &str) {
    tell(address, "FLUSHALL").await;
}

/// Gives a Redis a command, which must succeed.
pub(crate) async fn tell(address: &str, command: &str) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let address = address.trim_start_matches("redis://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{command}\r\n").as_bytes()).await.unwrap();
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await.unwrap();
    assert!(matches!(answer[0], b'+' | b':'), "{command}: {answer:?}");
}

/// Deletes every waiting message of every queue of the fleet.
pub(crate) async fn purge(backends: &Backends) {
    let management = env::amqp_management().unwrap();
    let client = reqwest::Client::new();
    let host = format!("{management}/api/queues/{}", backends.namespace.name());
    let listed = client.get(&host).send().await.unwrap().text().await.unwrap();
    let queues: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
    assert!(queues.len() >= 4, "{listed}");
    for queue in queues {
        let name = queue["name"].as_str().unwrap();
        let purged = client.delete(format!("{host}/{name}/contents")).send().await.unwrap();
        assert!(purged.status().is_success(), "{name}: {}", purged.status());
    }
}
