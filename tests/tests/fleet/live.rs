//! A catalogue that a fleet asks for, with all that goes wrong with a server.

use serde_json::json;
use tests::Backends;

use super::crew::{Crew, DEADLINE};
use super::load::embedded_with;
use crate::easydb::live::Live;

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_makes_of_a_troubled_server_what_one_process_makes_of_its_folder() {
    let live = Live::of(1000).await;
    let mut definition = Live::definition(2, &json!({}));
    definition["batch_size"] = json!(40);
    let backends = Backends::shared().await.unwrap();
    let sources = json!({"museum": live.behind_server()});
    let mut crew = Crew::idle(&backends, &sources, &live.addresses()).await;
    crew.start("coordinator", "coordinator", &[]);
    crew.start("transport-agent", "agent", &[]);
    for worker in ["worker-1", "worker-2"] {
        crew.start("worker", worker, &[("LONGSHORE_WORKER__SLOTS", "2")]);
    }
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    live.is_troubled();
    let run = crew.submit(&definition).await;
    crew.reaches(run, 2).await;
    assert!(!crew.has_ended(run).await, "it was too fast to be disturbed");
    crew.restart("worker-1").await;
    let made = crew.sha256(run).await;
    crew.is_recorded_once(run).await;
    definition["sources"] = json!({"museum": live.in_folder()});
    assert_eq!(made, embedded_with(&crew.fleet, &definition, &live.addresses()).await);
}
