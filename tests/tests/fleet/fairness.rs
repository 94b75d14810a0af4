//! A small export does not wait behind a large one.

use jiff::Timestamp;
use serde_json::json;
use tests::Backends;

use super::crew::{Crew, submit};
use super::load::Load;

#[tokio::test(flavor = "multi_thread")]
async fn a_small_export_of_another_owner_ends_before_a_large_one_that_began_earlier() {
    let load = Load::large();
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::working(&backends, &load.sources, 1).await;
    let bob = crew.owner("bob").await;
    let large = crew.submit(&load.definition()).await;
    crew.reaches(large, 2).await;
    let mut definition = json!({ "name": "Small", "outputs": [
        { "to": "airports.csv", "from": "airports", "format": "csv" },
        { "to": "airlines.json", "from": "airlines", "format": "json" },
    ]});
    let small = submit(&bob, &definition).await;
    // Nor do the owner's own.
    definition["name"] = json!("Small too");
    let own = crew.submit(&definition).await;

    let large = moment(&crew.ended(large).await);
    assert!(moment(&crew.ended(own).await) < large);
    let shown = bob.get(&format!("/v1/exports/{}", small.export)).await.unwrap().body;
    assert_eq!(shown["state"], "done", "{shown:#}");
    assert!(moment(&shown["run"]) < large);
}

/// When a run that is done ended.
fn moment(run: &serde_json::Value) -> Timestamp {
    assert_eq!(run["state"], "done", "{run:#}");
    run["ended"].as_str().unwrap().parse().unwrap()
}
