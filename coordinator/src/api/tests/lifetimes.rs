//! How long runs of an export that was changed are kept at the most, and what it costs to know that.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use fabric::record;
use fabric::store::interposed::{Between, Call, Interposed};
use fabric::store::{Store, StoreError};
use proto::definition::{Definition, Packer};
use proto::id::ExportId;
use proto::key::Key;
use proto::run::StoredDefinition;
use serde_json::{Value, json};

use super::scene::{Scene, definition};
use super::scheduling::change;

const DAY: Duration = Duration::from_hours(24);

/// Counts how often a version of a definition is read.
struct Counting(Arc<AtomicUsize>);

#[async_trait]
impl Between for Counting {
    async fn before(&self, call: Call<'_>) -> Result<(), StoreError> {
        if let Call::Get(key) = call
            && key.as_str().contains("/definition-")
        {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }
}

fn kept_for(lifetime: &str) -> Value {
    let mut document = definition();
    document["lifetime"] = json!(lifetime);
    document
}

#[tokio::test]
async fn links_are_listed_by_one_version_of_a_definition_that_was_changed_often() {
    let read = Arc::new(AtomicUsize::new(0));
    let counting = Counting(Arc::clone(&read));
    let scene = Scene::over(|store| Arc::new(Interposed::new(store, counting)) as Arc<dyn Store>);
    let scene = scene.await;
    let run = scene.ended(Packer::Zip).await;
    for lifetime in ["30d", "2d", "1d"] {
        let changed = change(&scene, run.export, "", &kept_for(lifetime)).await;
        assert_eq!(changed.status, 200, "{changed:?}");
    }
    read.store(0, Ordering::SeqCst);
    let links = scene.get(&format!("/v1/exports/{}/links", run.export), &scene.ann).await.json();
    assert_eq!(links["links"].as_array().unwrap().len(), 1, "{links:#}");
    assert_eq!(read.load(Ordering::SeqCst), 1);
    let longest = async |version| scene.coordinator.longest_lifetime(run.export, version).await;
    assert_eq!(longest(1).await.unwrap(), 7 * DAY);
    for version in 2..=4 {
        assert_eq!(longest(version).await.unwrap(), 30 * DAY, "{version}");
    }
}

#[tokio::test]
async fn versions_that_say_nothing_of_those_before_are_read_back_to_one_that_does() {
    let scene = Scene::new().await;
    let export = ExportId(uuid::Uuid::from_u128(7));
    // The third was left over from a change that came to nothing, and is gone.
    for (version, lifetime, longest_before) in
        [(1, "40d", None), (2, "1d", Some(9 * DAY)), (4, "3d", None), (5, "2d", None)]
    {
        let document = kept_for(lifetime);
        let definition = Definition::parse(&document.to_string()).unwrap();
        let stored = StoredDefinition {
            definition,
            original: document,
            idempotency: None,
            longest_before,
            secrets: Vec::new(),
        };
        let key = Key::definition(export, version);
        record::create(&*scene.store, &key, &stored).await.unwrap();
    }
    for (version, days) in [(1, 40), (2, 9), (4, 9), (5, 9)] {
        let longest = scene.coordinator.longest_lifetime(export, version).await.unwrap();
        assert_eq!(longest, days * DAY, "{version}");
    }
}
