//! Who leads, and what goes on, where the store is slow.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use fabric::board::Board;
use fabric::record;
use fabric::store::{Entry, Presign, Store, StoreError, Tag, Upload};
use futures::stream::BoxStream;
use proto::definition::Packer;
use proto::event::Happening;
use proto::id::{ExportId, RunId};
use proto::key::{Key, Prefix};
use proto::run::State;
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::scene::{Scene, definition};
use crate::Settings;

/// A store in which something waits until it is let through.
struct Slow {
    store: Arc<dyn Store>,
    waits: Waits,
    asked: Arc<Notify>,
    let_through: CancellationToken,
}

/// What waits.
#[derive(PartialEq)]
enum Waits {
    /// Whoever lists the open runs.
    Listings,
    /// Whoever takes a mark away.
    Deletions,
}

impl Slow {
    async fn wait(&self) {
        self.asked.notify_one();
        self.let_through.cancelled().await;
    }
}

/// A scene over a slow store, what is notified once somebody waits, and what lets all of them through.
async fn slow(waits: Waits) -> (Scene, Arc<Notify>, CancellationToken) {
    let (asked, let_through) = (Arc::new(Notify::new()), CancellationToken::new());
    let (told, waited) = (Arc::clone(&asked), let_through.clone());
    let scene = Scene::over(move |store| {
        Arc::new(Slow { store, waits, asked: told, let_through: waited }) as Arc<dyn Store>
    });
    (scene.await, asked, let_through)
}

#[async_trait]
impl Store for Slow {
    async fn get(&self, key: &Key) -> Result<(Bytes, Tag), StoreError> {
        self.store.get(key).await
    }

    async fn head(&self, key: &Key) -> Result<Entry, StoreError> {
        self.store.head(key).await
    }

    async fn read(
        &self,
        key: &Key,
        range: Range<u64>,
        tag: Option<&Tag>,
    ) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
        self.store.read(key, range, tag).await
    }

    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> Result<Tag, StoreError> {
        self.store.put_if_absent(key, bytes).await
    }

    async fn replace(&self, key: &Key, bytes: Bytes, expected: &Tag) -> Result<Tag, StoreError> {
        self.store.replace(key, bytes, expected).await
    }

    async fn upload(&self, key: &Key) -> Result<Box<dyn Upload>, StoreError> {
        self.store.upload(key).await
    }

    async fn list(
        &self,
        prefix: &Prefix,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        if self.waits == Waits::Listings && *prefix == Prefix::open() {
            self.wait().await;
        }
        self.store.list(prefix, after, limit).await
    }

    async fn delete(&self, keys: &[Key]) -> Result<(), StoreError> {
        if self.waits == Waits::Deletions && keys.iter().any(|key| key.open_run().is_some()) {
            self.wait().await;
        }
        self.store.delete(keys).await
    }

    async fn presign(&self, key: &Key, link: &Presign) -> Result<Option<Url>, StoreError> {
        self.store.presign(key, link).await
    }

    fn local_path(&self, key: &Key) -> Option<std::path::PathBuf> {
        self.store.local_path(key)
    }

    async fn sweep(&self, prefix: &Prefix, before: SystemTime) -> Result<(), StoreError> {
        self.store.sweep(prefix, before).await
    }

    fn moved(&self) -> u64 {
        self.store.moved()
    }

    fn counted(&self) -> Arc<dyn Store> {
        self.store.counted()
    }
}

#[tokio::test]
async fn whoever_leads_goes_on_leading_while_it_reads_the_store() {
    let (scene, asked, let_through) = slow(Waits::Listings).await;
    let stop = CancellationToken::new();
    let (mut coordinator, token) = (scene.coordinator.clone(), stop.clone());
    // A third of it is all that may pass until it is kept, and the rest is for a machine that stands still.
    let lease = Duration::from_secs(4);
    coordinator.settings = Settings { lease, ..Settings::default() }.into();
    let leading = tokio::spawn(async move { coordinator.lead(token).await });
    asked.notified().await;
    // Longer than the lease holds where nobody keeps it.
    for _ in 0..6 {
        tokio::time::sleep(lease / 4).await;
        let is_taken =
            scene.board.lease("leader", "another", Duration::from_secs(1)).await.unwrap();
        assert!(!is_taken, "another coordinator took the lease amid the reading");
    }
    let_through.cancel();
    stop.cancel();
    leading.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_run_whose_end_takes_long_holds_up_no_other() {
    let (scene, asked, let_through) = slow(Waits::Deletions).await;
    let runs = [scene.ended(Packer::Zip).await, scene.ended(Packer::Zip).await];
    let stop = CancellationToken::new();
    let (coordinator, token) = (scene.coordinator.clone(), stop.clone());
    let leading = tokio::spawn(async move { coordinator.lead(token).await });
    asked.notified().await;
    for run in runs {
        let told = scene.board.events(run.export, None, 8, Duration::from_secs(30)).await.unwrap();
        let told: Vec<_> = told.into_iter().map(|(_, event)| event.what).collect();
        assert_eq!(told, [Happening::State { state: State::Done }], "{run}");
    }
    // Whoever is told to stop closes what it has begun to close.
    stop.cancel();
    let_through.cancel();
    leading.await.unwrap().unwrap();
    let left = scene.store.list(&Prefix::open(), None, 8).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}

/// Until it is written a retry is lost, a stop comes to nothing, and no other run can start.
#[tokio::test]
async fn how_a_run_ended_is_written_however_many_others_are_being_closed() {
    let (scene, asked, let_through) = slow(Waits::Deletions).await;
    for _ in 0..9 {
        scene.ended(Packer::Zip).await;
    }
    let mut document = definition();
    document["outputs"][0]["select"] = json!({"fields": ["what no column is called"]});
    let made = scene.post("/v1/exports", &scene.ann, &document).await;
    assert_eq!(made.status, 201, "{made:?}");
    let export: ExportId = made.json()["id"].as_str().unwrap().parse().unwrap();
    let end = Key::outcome(RunId { export, run: 1 });
    let stop = CancellationToken::new();
    let (coordinator, token) = (scene.coordinator.clone(), stop.clone());
    let leading = tokio::spawn(async move { coordinator.lead(token).await });
    asked.notified().await;
    let written = async {
        while !record::exists(&*scene.store, &end).await.unwrap() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), written).await.expect("it waits for the others");
    let open = scene.store.list(&Prefix::open(), None, 16).await.unwrap();
    assert_eq!(open.len(), 10, "none is closed yet");
    stop.cancel();
    let_through.cancel();
    leading.await.unwrap().unwrap();
}
