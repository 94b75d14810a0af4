//! A program written for easydb, against a fleet: it signs in, tidies up, exports, waits, fetches, unpacks and
//! tidies up.

use std::path::Path;

use serde_json::{Value, json};
use tests::{Api, Backends, free_port, until};

use super::crew::{Crew, DEADLINE};
use crate::dialect::{Guest, client, objects_unpacked, real_body};

#[tokio::test(flavor = "multi_thread")]
async fn the_sequence_of_a_real_client_gets_its_files_from_a_fleet() {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    let sources = json!({"catalogue": {"kind": "easydb", "path": catalogue}});
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::idle(&backends, &sources, "[easydb]\nsource = \"catalogue\"\n").await;
    crew.start("coordinator", "coordinator", &[]);
    crew.start("transport-agent", "agent", &[]);
    let workers = ["worker-1", "worker-2"].map(|name| worker(&mut crew, name));
    for (at, path) in
        [(&crew.ann, "/health/ready"), (&workers[0], "/metrics"), (&workers[1], "/metrics")]
    {
        at.serves(path, DEADLINE).await.unwrap();
    }
    let guest = Guest(crew.ann.clone());
    // Only what a worker has done tells that it is there to be given something.
    let mut many = 0;
    let old = until("export that both workers worked at", DEADLINE, async || {
        many += 1;
        let old = guest.makes(&format!("old {many}"), &Value::Null).await;
        guest.sees_end(&old, 1).await;
        Ok((!tasks_done(&workers).await.contains(&0)).then_some(old))
    })
    .await
    .unwrap();
    let before = tasks_done(&workers).await;
    let url = format!("http://127.0.0.1:{}/", crew.port);
    let who = ("ann", crew.ann.token().unwrap());
    let mut body = real_body(&[10, 20]);
    body["export"]["batch_size"] = json!(1);
    let printed = client(&url, who, &body, crew.fleet.dir()).unwrap();
    assert_eq!(printed[0], "done");
    let objects = objects_unpacked(&printed, crew.fleet.dir());
    assert_eq!(objects.into_iter().collect::<Vec<_>>(), [1046, 1058, 1060, 1070, 1072, 1082]);
    assert_eq!(guest.0.get(&old).await.unwrap().status, 404);
    // The queue gives to each in turn.
    let after = tasks_done(&workers).await;
    let mut each = before.iter().zip(after);
    assert!(each.all(|(before, after)| after > *before), "{before:?} {after:?}");
}

/// Starts a worker; where it tells its numbers.
fn worker(crew: &mut Crew, name: &str) -> Api {
    let address = format!("127.0.0.1:{}", free_port().unwrap());
    let variables =
        [("LONGSHORE_WORKER__SLOTS", "2"), ("LONGSHORE_TELEMETRY__METRICS_LISTEN", &*address)];
    crew.start("worker", name, &variables);
    Api::new(&format!("http://{address}")).unwrap()
}

/// How many tasks each of some workers has done.
async fn tasks_done(workers: &[Api; 2]) -> [u64; 2] {
    let mut done = [0; 2];
    for (worker, done) in workers.iter().zip(&mut done) {
        let told = worker.get("/metrics").await.unwrap().body;
        let mut lines = told.as_str().unwrap_or_default().lines();
        let line = lines.find(|line| line.starts_with("longshore_batch_seconds_count{"));
        let count = line.and_then(|line| line.rsplit(' ').next());
        *done = count.map_or(0, |count| count.parse().unwrap());
    }
    done
}
