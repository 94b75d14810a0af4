//! Transports that fail, alone: what made one fail is mended, and nothing else is done again.

use proto::id::RunId;
use proto::key::{Key, Prefix};
use serde_json::{Value, json};
use tests::Backends;

use super::crew::{Crew, DEADLINE};
use super::load::Load;

#[tokio::test(flavor = "multi_thread")]
async fn a_transport_that_fails_is_retried_alone_across_kills() {
    let load = Load::small();
    let mut crew = Crew::working(&Backends::shared().await.unwrap(), &load.sources, 1).await;
    let mut definition = load.definition();
    definition["transports"] =
        json!([{"type": "download"}, {"type": "download", "packer": "none"}]);
    let made = crew.ann.post("/v1/exports?start=false", &definition).await.unwrap();
    let export = made.body["id"].as_str().unwrap().parse().unwrap();
    let run = RunId { export, run: 1 };

    // Somebody spoiled what the second transport will deliver.
    let spoiled = Key::archive(run, 1);
    crew.store.put_if_absent(&spoiled, b"{".to_vec().into()).await.unwrap();
    let start = format!("/v1/exports/{export}/start");
    assert_eq!(crew.ann.post(&start, &Value::Null).await.unwrap().status, 202);
    let failed = crew.ended(run).await;
    assert_eq!(failed["state"], "failed", "{failed:#}");
    assert_eq!(states(&failed), ["done", "failed"]);
    let fault = &failed["transports"][1]["fault"];
    assert_eq!(fault["code"], "store_damaged", "{failed:#}");
    assert_eq!(failed["faults"][0]["transport"], 1);
    let url = failed["downloads"][0]["volumes"][0]["url"].as_str().unwrap();
    let whole = crew.fleet.dir().join("first.zip");
    crew.ann.download(url, &whole).await.unwrap();
    let before = left(&crew, run).await;

    // A coordinator that takes up the run after a crash leaves the failed transport alone.
    crew.restart("coordinator").await;
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    assert_eq!(states(&crew.ended(run).await), ["done", "failed"]);

    crew.store.delete(&[spoiled]).await.unwrap();
    let (token, server) = (crew.token("ann").await, format!("http://127.0.0.1:{}/", crew.port));
    let id = export.to_string();
    let server = ["--url", &server, "--token", &token];
    let retry = [&["retry", &id, "--transport", "1"], &server[..]].concat();
    crew.fleet.run(&retry).await.unwrap();
    crew.restart("coordinator").await;
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    let done = crew.ended(run).await;
    assert_eq!((&done["state"], states(&done)), (&json!("done"), vec!["done", "done"]), "{done:#}");
    let steps: Vec<_> =
        done["transports"][1]["log"].as_array().unwrap().iter().map(|at| &at["step"]).collect();
    assert!(steps.contains(&&json!("failed")) && steps.contains(&&json!("resumed")), "{steps:?}");
    assert_eq!(left(&crew, run).await, before, "nothing else was done again");
    let shown = crew.fleet.run(&[&["show", &id], &server[..]].concat()).await.unwrap();
    assert!(shown.contains("transport 1 (download, none): done"), "{shown}");
    assert!(shown.contains("received by link"), "{shown}");
    crew.is_closed().await;
}

fn states(run: &Value) -> Vec<&str> {
    run["transports"].as_array().unwrap().iter().filter_map(|all| all["state"].as_str()).collect()
}

/// What the batches and the first transport left in the store.
async fn left(crew: &Crew, run: RunId) -> Vec<Key> {
    let mut keys = crew.keys(Prefix::commits(run)).await;
    keys.extend(crew.keys(Prefix::segments(run)).await);
    let all = crew.keys(Prefix::run(run)).await;
    let first = ["/archives/0/", "/receipts/0-", "/handovers/0."];
    keys.extend(
        all.into_iter().filter(|key| first.iter().any(|part| key.as_str().contains(*part))),
    );
    keys
}
