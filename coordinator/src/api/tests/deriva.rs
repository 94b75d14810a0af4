//! The Deriva dialect as deriva-py, ermrestjs and browsers see it.

mod accepting;
mod refusing;
mod fetching;
mod holding;
mod opening;
mod guessing;
mod registering;

use axum::http::Method;
use proto::definition::Packer;
use proto::fault::Fault;
use proto::id::{ExportId, RunId};
use proto::key::Key;
use proto::run::{BatchFault, State};
use serde_json::{Value, json};

use super::scene::{Answer, SESSION, Scene, tables};

/// Where exports are.
const EXPORT: &str = "https://export.example/base/deriva/export/";

/// A configuration for one file of CSV.
fn configuration() -> Value {
    json!({"catalog": {"host": "https://deriva.example", "catalog_id": "1", "query_processors": [
        {"processor": "csv", "processor_params": {"query_path": "/entity/s:t", "output_path": "flights"}}]}})
}

/// The same in a bag.
fn in_bag() -> Value {
    let mut configuration = configuration();
    configuration["bag"] = json!({"bag_name": "b"});
    configuration
}

fn text(answer: &Answer) -> &str {
    str::from_utf8(&answer.body).unwrap()
}

/// The cookies of somebody with a session.
fn cookie(name: &str) -> String {
    format!("a=b; webauthn={SESSION}{name}")
}

/// The run of an export, by its address.
fn run_of(url: &str) -> RunId {
    let key = url.strip_prefix(EXPORT).unwrap().split('/').nth(1).unwrap();
    let export: ExportId = key.split('.').next().unwrap().parse().unwrap();
    RunId { export, run: 1 }
}

impl Scene {
    /// A request of somebody with a session, or of nobody where the name is empty.
    async fn call(&self, method: Method, path: &str, name: &str, body: &Value) -> Answer {
        let cookie = cookie(name);
        let headers = [("cookie", cookie.as_str())];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, path, "", if name.is_empty() { &[] } else { &headers }, &body).await
    }

    /// Makes an export of Ann's; its first address.
    async fn made(&self, path: &str, configuration: &Value) -> String {
        let made = self.call(Method::POST, path, "ann", configuration).await;
        assert_eq!(made.status, 201, "{}", text(&made));
        text(&made).lines().next().unwrap().to_owned()
    }

    /// Ends its run, as all runs end that have ended here.
    async fn end_made(&self, url: &str, packer: Packer, state: State, faults: Vec<Fault>) {
        let run = run_of(url);
        let of = |fault| BatchFault { batch: None, transport: None, fault };
        let faults = faults.into_iter().map(of).collect();
        self.end(run, &tables(), packer, state, faults).await;
        let head = fabric::record::read(&*self.store, &Key::head(run.export)).await.unwrap();
        let outcome = fabric::record::read(&*self.store, &Key::outcome(run)).await.unwrap();
        self.coordinator.conclude(run, &head, &outcome).await.unwrap();
    }
}
