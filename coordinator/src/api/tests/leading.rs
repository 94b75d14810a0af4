//! Who leads, and what goes on, where the store is slow.

use std::sync::atomic::Ordering;
use std::time::Duration;

use fabric::board::Board;
use fabric::record;
use proto::definition::Packer;
use proto::delivery::{Delivery, Step};
use proto::event::Happening;
use proto::id::{ExportId, RunId};
use proto::key::{Key, Prefix};
use proto::run::{Outcome, State};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::scene::{Scene, Waits, definition, failing, slow};
use crate::Settings;

/// Makes an export whose run fails as soon as it is planned; the end of that.
async fn fails_at_once(scene: &Scene) -> Key {
    let mut document = definition();
    document["outputs"][0]["select"] = json!({"fields": ["what no column is called"]});
    let made = scene.post("/v1/exports", &scene.ann, &document).await;
    assert_eq!(made.status, 201, "{made:?}");
    let export: ExportId = made.json()["id"].as_str().unwrap().parse().unwrap();
    Key::outcome(RunId { export, run: 1 })
}

async fn is_written(scene: &Scene, end: &Key) {
    while !record::exists(&*scene.store, end).await.unwrap() {
        tokio::task::yield_now().await;
    }
}

/// A run that shall stop, and that nobody has in memory: three batches are finished.
async fn to_be_stopped(scene: &Scene) -> RunId {
    let run = scene.ended(Packer::Zip).await;
    scene.store.delete(&[Key::outcome(run)]).await.unwrap();
    let at = scene.coordinator.ambient.now();
    record::create(&*scene.store, &Key::stop(run), &at).await.unwrap();
    run
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
    let end = fails_at_once(&scene).await;
    let stop = CancellationToken::new();
    let (coordinator, token) = (scene.coordinator.clone(), stop.clone());
    let leading = tokio::spawn(async move { coordinator.lead(token).await });
    asked.notified().await;
    let written = tokio::time::timeout(Duration::from_secs(20), is_written(&scene, &end));
    written.await.expect("it waits for the others");
    let open = scene.store.list(&Prefix::open(), None, 16).await.unwrap();
    assert_eq!(open.len(), 10, "none is closed yet");
    stop.cancel();
    let_through.cancel();
    leading.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_run_that_is_stopped_holds_up_no_other() {
    let (scene, asked, let_through) = slow(Waits::Deletions).await;
    let run = to_be_stopped(&scene).await;
    let stop = CancellationToken::new();
    let (coordinator, token) = (scene.coordinator.clone(), stop.clone());
    let leading = tokio::spawn(async move { coordinator.lead(token).await });
    asked.notified().await;
    assert!(record::exists(&*scene.store, &Key::outcome(run)).await.unwrap());
    let other = fails_at_once(&scene).await;
    let written = tokio::time::timeout(Duration::from_secs(20), is_written(&scene, &other));
    written.await.expect("it waits for the one that is stopped");
    stop.cancel();
    let_through.cancel();
    leading.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_run_that_is_stopped_counts_what_is_finished_whoever_stops_it() {
    let scene = Scene::new().await;
    let run = to_be_stopped(&scene).await;
    let stop = CancellationToken::new();
    let (coordinator, token) = (scene.coordinator.clone(), stop.clone());
    let leading = tokio::spawn(async move { coordinator.lead(token).await });
    let end = Key::outcome(run);
    let written = tokio::time::timeout(Duration::from_secs(20), is_written(&scene, &end));
    written.await.expect("it is not written");
    stop.cancel();
    leading.await.unwrap().unwrap();
    let outcome: Outcome = record::read(&*scene.store, &end).await.unwrap();
    assert_eq!((outcome.state, outcome.counts.batches), (State::Stopped, 3));
    assert_eq!((outcome.counts.records, outcome.counts.bytes), (2, 18));
}

/// What was left out is named in the end of a run, and is read for that.
#[tokio::test]
async fn a_run_of_which_many_warnings_are_read_for_its_end_holds_up_no_other() {
    let (scene, asked, let_through) = slow(Waits::LaterCommits).await;
    let mut warned = Vec::new();
    for _ in 0..9 {
        warned.push(scene.warned().await);
    }
    let ends: Vec<Key> = warned.iter().copied().map(Key::outcome).collect();
    let stop = CancellationToken::new();
    let (coordinator, token) = (scene.coordinator.clone(), stop.clone());
    let leading = tokio::spawn(async move { coordinator.lead(token).await });
    asked.notified().await;
    let other = fails_at_once(&scene).await;
    let written = tokio::time::timeout(Duration::from_secs(20), is_written(&scene, &other));
    written.await.expect("it waits for what is read of the others");
    for end in &ends {
        assert!(!record::exists(&*scene.store, end).await.unwrap(), "{end}");
    }
    let_through.cancel();
    let written = async {
        for end in &ends {
            is_written(&scene, end).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), written).await.expect("it is not written");
    stop.cancel();
    leading.await.unwrap().unwrap();
    for (run, end) in warned.iter().zip(&ends) {
        let outcome: Outcome = record::read(&*scene.store, end).await.unwrap();
        assert_eq!((outcome.state, outcome.warnings.len()), (State::DoneWithWarnings, 3), "{run}");
        let shown = scene.board.summary(run.export).await.unwrap();
        assert_eq!(shown.map(|shown| shown.state), Some(State::DoneWithWarnings), "{run}");
    }
    let open = scene.store.list(&Prefix::open(), None, 16).await.unwrap();
    assert!(open.is_empty(), "{open:?}");
}

/// Whoever has a transport tried again at that moment is told that it will be.
#[tokio::test]
async fn a_transport_that_is_tried_again_while_the_end_of_its_run_is_written_is() {
    let (scene, asked, let_through) = slow(Waits::LaterEnds).await;
    let run = scene.half_failed().await;
    let end = Key::outcome(run);
    scene.store.delete(std::slice::from_ref(&end)).await.unwrap();
    let stop = CancellationToken::new();
    let (coordinator, token) = (scene.coordinator.clone(), stop.clone());
    let leading = tokio::spawn(async move { coordinator.lead(token).await });
    asked.notified().await;
    let path = format!("/v1/exports/{}/runs/1/transports/1/retry", run.export);
    let accepted = scene.post(&path, &scene.ann, &Value::Null).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let_through.cancel();
    // Whoever is told to stop does to the end what it has begun.
    stop.cancel();
    leading.await.unwrap().unwrap();
    assert!(!record::exists(&*scene.store, &end).await.unwrap(), "it failed for good");
    assert!(record::exists(&*scene.store, &Key::open(run)).await.unwrap());
    let kept: Delivery = record::read(&*scene.store, &Key::delivery(run, 1)).await.unwrap();
    assert_eq!(kept.log.last().unwrap().step, Step::Resumed);
}

/// Wants the failed transport tried again, as somebody who cannot see yet that its run ends.
async fn want_again(scene: &Scene, run: RunId) {
    let kept: Delivery = record::read(&*scene.store, &Key::delivery(run, 1)).await.unwrap();
    scene.coordinator.resume_delivery(run, 1, kept).await.unwrap();
}

/// Whoever wrote the end may have died before it looked whether somebody wants more.
#[tokio::test]
async fn a_transport_that_was_wanted_again_while_its_run_ended_is_tried_by_whoever_leads_next() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    want_again(&scene, run).await;
    let stop = CancellationToken::new();
    let (coordinator, token) = (scene.coordinator.clone(), stop.clone());
    let leading = tokio::spawn(async move { coordinator.lead(token).await });
    let told = scene.board.events(run.export, None, 8, Duration::from_secs(30)).await.unwrap();
    stop.cancel();
    leading.await.unwrap().unwrap();
    let first = told.into_iter().map(|(_, event)| event.what).next();
    assert_eq!(first, Some(Happening::State { state: State::Processing }));
    assert!(!record::exists(&*scene.store, &Key::outcome(run)).await.unwrap());
    assert!(record::exists(&*scene.store, &Key::open(run)).await.unwrap());
}

/// Nobody can tell then whether it goes on.
#[tokio::test]
async fn a_run_that_ended_stays_open_where_its_transports_cannot_be_read() {
    let (scene, fails, failed) = failing().await;
    let run = scene.half_failed().await;
    want_again(&scene, run).await;
    fails.store(true, Ordering::Relaxed);
    let stop = CancellationToken::new();
    let (coordinator, token) = (scene.coordinator.clone(), stop.clone());
    let leading = tokio::spawn(async move { coordinator.lead(token).await });
    failed.notified().await;
    // Whoever is told to stop does to the end what it has begun.
    stop.cancel();
    leading.await.unwrap().unwrap();
    assert!(record::exists(&*scene.store, &Key::open(run)).await.unwrap(), "it failed for good");
}
