//! IDAH's own surface, as its pages and programs written for it see it.

mod making;
mod following;
mod fetching;
mod deleting;

use proto::definition::Packer;
use proto::fault::Fault;
use proto::id::{ExportId, RunId};
use proto::key::Key;
use proto::run::{BatchFault, State};
use serde_json::{Value, json};

use super::scene::{ANNOTATOR, Answer, Scene, tables};

/// Where the surface is.
const SYNC: &str = "/api/v1/sync";

/// What is asked for where nothing else matters.
fn request() -> Value {
    json!({"project_id": 7, "dataset_ids": ["harbour"], "exporter": "Longshore::Coco"})
}

/// The token that the deployment gave somebody.
fn token(name: &str) -> String {
    format!("{ANNOTATOR}{name}")
}

/// What is wrong with a request, as the first error says it.
fn error(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), "application/vnd.api+json", "{answer:?}");
    answer.json()["errors"][0].clone()
}

impl Scene {
    /// An export of Ann's; its id.
    async fn sync(&self, request: &Value) -> String {
        let made = self.post(&format!("{SYNC}/exports/export"), &self.ann, request).await;
        assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
        made.json()["data"]["id"].as_str().unwrap().to_owned()
    }

    /// Ends its run, as all runs end that have ended here.
    async fn end_sync(&self, id: &str, state: State, faults: Vec<Fault>) {
        let run = run_of(id);
        let of = |fault| BatchFault { batch: None, transport: None, fault };
        let faults = faults.into_iter().map(of).collect();
        self.end(run, &tables(), Packer::Zip, state, faults).await;
        let head = fabric::record::read(&*self.store, &Key::head(run.export)).await.unwrap();
        let outcome = fabric::record::read(&*self.store, &Key::outcome(run)).await.unwrap();
        self.coordinator.conclude(run, &head, &outcome).await.unwrap();
    }

    /// Asks the surface as Ann.
    async fn sync_get(&self, path: &str) -> Answer {
        self.get(&format!("{SYNC}{path}"), &self.ann).await
    }
}

/// The only run of an export.
fn run_of(id: &str) -> RunId {
    RunId { export: id.parse::<ExportId>().unwrap(), run: 1 }
}
