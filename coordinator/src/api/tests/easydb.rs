//! The easydb dialect as clients of both products see it.

mod signing_in;
mod grants;
mod documents;
mod changes;
mod running;
mod expired;
mod files;
mod archives;
mod unsigned;
mod read_only;
mod events;
mod payloads;
mod fetched;
mod mails_told;
mod owner_mails;
mod far;
mod fylr;

use axum::http::Method;
use proto::definition::Packer;
use proto::id::RunId;
use proto::run::State;
use serde_json::{Value, json};

use super::scene::{Answer, Scene, tables};

/// What an export of everything looks like.
fn document(name: &str) -> Value {
    json!({"export": {"name": name, "type": "export", "search": {"search": []}, "xml": true}})
}

/// One whose archive is downloaded.
fn with_download(name: &str) -> Value {
    let mut document = document(name);
    document["_transports"] = json!([{"type": "download", "packer": "zip"}]);
    document
}

impl Scene {
    /// A request as clients of easydb 5 make it: with Ann's token in the query.
    async fn ask(&self, method: Method, path: &str, body: &Value) -> Answer {
        let joint = if path.contains('?') { '&' } else { '?' };
        let path = format!("/api/v1/{path}{joint}token={}", self.ann);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, &path, "", &[], &body).await
    }

    /// The same as clients of fylr make it.
    async fn ask_fylr(&self, method: Method, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, &format!("/api/v1/{path}"), &self.ann, &[], &body).await
    }

    /// Makes an export; its number.
    async fn put(&self, document: &Value) -> u64 {
        let made = self.ask(Method::PUT, "export", document).await;
        assert_eq!(made.status, 200, "{}", String::from_utf8_lossy(&made.body));
        made.json()["export"]["_id"].as_u64().unwrap()
    }

    /// The last run of an export.
    async fn run_of(&self, number: u64) -> RunId {
        let head = self.coordinator.numbered(number).await.unwrap().unwrap();
        RunId { export: head.id, run: head.run }
    }

    /// An export whose run has ended, with files as all of them have.
    async fn exported(&self, document: &Value, state: State) -> u64 {
        let number = self.put(document).await;
        self.end_run(number, state).await;
        number
    }

    async fn end_run(&self, number: u64, state: State) {
        let run = self.run_of(number).await;
        self.end(run, &tables(), Packer::Zip, state, Vec::new()).await;
        // As whoever leads does what follows from the end of a run.
        let head = self.coordinator.numbered(number).await.unwrap().unwrap();
        let outcome =
            fabric::record::read(&*self.store, &proto::key::Key::outcome(run)).await.unwrap();
        self.coordinator.conclude(run, &head, &outcome).await.unwrap();
    }
}
