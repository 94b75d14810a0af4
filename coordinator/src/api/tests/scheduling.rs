//! Exports that start by themselves.

use axum::http::Method;
use fabric::record;
use fabric::store::StoreError;
use futures::TryStreamExt;
use futures::future::join_all;
use jiff::Timestamp;
use proto::id::{ExportId, Owner, RunId};
use proto::key::{Key, Prefix};
use proto::run::{Counts, Extent, Outcome, Start, State};
use serde_json::{Value, json};

use super::scene::{Answer, BEGIN, Scene, definition};
use crate::load::Standing;

pub(super) const HOUR: i64 = 3600;

/// An export that is due at each full hour. The scene begins some minutes after one.
pub(super) async fn hourly(scene: &Scene) -> ExportId {
    let made = scene.post("/v1/exports", &scene.ann, &scheduled()).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["id"].as_str().unwrap().parse().unwrap()
}

pub(super) fn scheduled() -> Value {
    let mut document = definition();
    document["schedules"] = json!([{"cron": "@hourly"}]);
    document
}

pub(super) async fn shown(scene: &Scene, export: ExportId) -> Value {
    scene.get(&format!("/v1/exports/{export}"), &scene.ann).await.json()
}

pub(super) async fn change(
    scene: &Scene,
    export: ExportId,
    version: &str,
    document: &Value,
) -> Answer {
    let headers = [("if-match", version)];
    let headers: &[_] = if version.is_empty() { &[] } else { &headers };
    let path = format!("/v1/exports/{export}");
    scene.send(Method::PUT, &path, &scene.ann, headers, &document.to_string()).await
}

async fn end(scene: &Scene, export: ExportId, run: u32) {
    let at = scene.coordinator.ambient.now();
    let (counts, faults, warnings) = (Counts::default(), Vec::new(), Vec::new());
    let outcome = Outcome { state: State::Done, at, counts, faults, warnings };
    let key = Key::outcome(RunId { export, run });
    record::create(&*scene.store, &key, &outcome).await.unwrap();
}

pub(super) async fn marks(scene: &Scene) -> Vec<String> {
    let keys = record::keys(&scene.store, Prefix::dues()).map_ok(|key| key.as_str().to_owned());
    keys.try_collect().await.unwrap()
}

/// Full hours after the beginning of the scene.
pub(super) fn due(hours: i64) -> Value {
    json!(Timestamp::from_second((BEGIN / HOUR + hours) * HOUR).unwrap())
}

#[tokio::test]
async fn an_export_with_schedules_waits_until_it_is_due_and_starts_once() {
    let scene = Scene::new().await;
    let export = hourly(&scene).await;
    let before = shown(&scene, export).await;
    assert_eq!((&before["state"], &before["schedule"]["next"]), (&json!("new"), &due(1)));
    let next = scene.coordinator.start_due().await.unwrap();
    assert_eq!(json!(next), due(1), "nothing is due, and it is known when something is");
    assert_eq!(shown(&scene, export).await, before);
    scene.pass(HOUR);
    for _ in 0..3 {
        assert_eq!(json!(scene.coordinator.start_due().await.unwrap()), due(2));
    }
    let after = shown(&scene, export).await;
    assert_eq!((&after["run"]["run"], &after["run"]["due"]), (&json!(1), &due(1)));
    assert_eq!((&after["schedule"]["next"], &after["schedule"]["last"]), (&due(2), &due(1)));
    assert_eq!(marks(&scene).await.len(), 1);
}

#[tokio::test]
async fn what_was_missed_is_caught_up_once() {
    let scene = Scene::new().await;
    let export = hourly(&scene).await;
    scene.pass(50 * HOUR);
    assert_eq!(json!(scene.coordinator.start_due().await.unwrap()), due(51));
    end(&scene, export, 1).await;
    assert_eq!(json!(scene.coordinator.start_due().await.unwrap()), due(51));
    let after = shown(&scene, export).await;
    assert_eq!((&after["run"]["run"], &after["run"]["due"]), (&json!(1), &due(1)));
}

#[tokio::test]
async fn while_a_run_is_under_way_none_is_started_and_the_next_is() {
    let scene = Scene::new().await;
    let export = hourly(&scene).await;
    scene.pass(HOUR);
    scene.coordinator.start_due().await.unwrap();
    scene.pass(HOUR);
    scene.coordinator.start_due().await.unwrap();
    let skipped = shown(&scene, export).await;
    assert_eq!((&skipped["run"]["run"], &skipped["schedule"]["skipped"]), (&json!(1), &due(2)));
    end(&scene, export, 1).await;
    scene.pass(HOUR);
    scene.coordinator.start_due().await.unwrap();
    let after = shown(&scene, export).await;
    assert_eq!((&after["run"]["run"], &after["run"]["due"]), (&json!(2), &due(3)));
}

/// A schedule that is due meets somebody who has changed the export and starts everything.
#[tokio::test]
async fn who_loses_a_start_changes_nothing_of_how_the_run_began() {
    let scene = Scene::new().await;
    let export = hourly(&scene).await;
    let (before, tag) = scene.store.get(&Key::head(export)).await.unwrap();
    let mut other = scheduled();
    other["name"] = json!("changed");
    assert_eq!(change(&scene, export, "", &other).await.status, 200);
    let path = format!("/v1/exports/{export}/start?full=true");
    let started = scene.post(&path, &scene.ann, &Value::Null).await;
    assert_eq!(started.status, 202, "{started:?}");
    let before = record::decode(&Key::head(export), &before).unwrap();
    let due = Some(scene.coordinator.ambient.now());
    let lost = scene.coordinator.begin(before, &tag, due, Extent::Changes).await.unwrap_err();
    assert!(matches!(lost, StoreError::Changed { .. }), "{lost:?}");
    let run = RunId { export, run: 1 };
    let start: Start = record::read(&*scene.store, &Key::start(run)).await.unwrap();
    assert_eq!((start.version, start.extent, start.due), (2, Extent::Everything, None));
}

/// Earlier versions wrote the beginning first; this one's head says it where whoever began died.
#[tokio::test]
async fn how_a_run_began_is_read_from_its_head_where_no_record_or_another_one_says_it() {
    let scene = Scene::new().await;
    let export = hourly(&scene).await;
    scene.pass(HOUR);
    scene.coordinator.start_due().await.unwrap();
    let run = RunId { export, run: 1 };
    let (bytes, tag) = scene.store.get(&Key::start(run)).await.unwrap();
    let start: Start = record::decode(&Key::start(run), &bytes).unwrap();
    let left = Start { version: 7, ..start.clone() };
    scene.store.replace(&Key::start(run), record::encode(&left), &tag).await.unwrap();
    let found = || async {
        let standing = scene.coordinator.standing(run).await.unwrap();
        let Standing::UnderWay { start, .. } = standing else { panic!("it is under way") };
        start
    };
    assert_eq!(found().await, start);
    scene.store.delete(&[Key::start(run)]).await.unwrap();
    let owner: Owner = "ann".to_owned().try_into().unwrap();
    assert!(scene.coordinator.start(&owner, export, Extent::Changes).await.is_err());
    assert_eq!(found().await, start);
    assert_eq!(record::read::<Start>(&*scene.store, &Key::start(run)).await.unwrap(), start);
}

#[tokio::test]
async fn two_coordinators_that_both_lead_start_it_once() {
    let scene = Scene::new().await;
    let mut exports = Vec::new();
    for _ in 0..20 {
        exports.push(hourly(&scene).await);
    }
    scene.pass(HOUR);
    let others: Vec<_> = (0..2).map(|_| scene.coordinator.clone()).collect();
    for result in join_all(others.iter().map(crate::Coordinator::start_due)).await {
        result.unwrap();
    }
    scene.coordinator.start_due().await.unwrap();
    for export in exports {
        let after = shown(&scene, export).await;
        assert_eq!((&after["run"]["run"], &after["schedule"]["next"]), (&json!(1), &due(2)));
        assert_eq!(after["schedule"]["skipped"], Value::Null, "nobody met the other's run");
    }
    assert_eq!(marks(&scene).await.len(), 20);
}

#[tokio::test]
async fn a_clock_that_is_put_back_starts_nothing_twice() {
    let scene = Scene::new().await;
    let export = hourly(&scene).await;
    scene.pass(2 * HOUR);
    scene.coordinator.start_due().await.unwrap();
    end(&scene, export, 1).await;
    scene.pass(-2 * HOUR);
    for _ in 0..2 {
        scene.coordinator.start_due().await.unwrap();
        scene.pass(HOUR);
    }
    assert_eq!(shown(&scene, export).await["run"]["run"], 1);
    scene.pass(HOUR);
    scene.coordinator.start_due().await.unwrap();
    assert_eq!(shown(&scene, export).await["run"]["run"], 2);
}

/// The due times of the runs that start by themselves until a moment, each ended at once.
async fn dues(scene: &Scene, zones: &[&str], from: &str, until: &str) -> Vec<String> {
    let moment = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
    scene.pass(moment(from) - scene.coordinator.ambient.now().as_second());
    let mut document = definition();
    document["schedules"] =
        zones.iter().map(|zone| json!({"cron": "30 2 * * *", "zone": zone})).collect();
    let made = scene.post("/v1/exports", &scene.ann, &document).await.json();
    let export: ExportId = made["id"].as_str().unwrap().parse().unwrap();
    let mut dues = Vec::new();
    while scene.coordinator.ambient.now().as_second() < moment(until) {
        scene.pass(HOUR / 2);
        scene.coordinator.start_due().await.unwrap();
        let shown = shown(scene, export).await;
        assert_eq!(shown["schedule"]["skipped"], Value::Null, "{shown:#}");
        if shown["run"]["run"].as_u64() > Some(dues.len() as u64) {
            dues.push(shown["run"]["due"].as_str().unwrap().to_owned());
            end(scene, export, u32::try_from(dues.len()).unwrap()).await;
        }
    }
    dues
}

#[tokio::test]
async fn runs_follow_the_clocks_of_two_zones_through_their_changes() {
    const ZONES: [&str; 2] = ["Europe/Berlin", "America/New_York"];
    let scene = Scene::new().await;
    // In spring 02:30 does not exist in Berlin on the 28th: the run starts when the clocks change.
    let spring = dues(&scene, &ZONES, "2027-03-27T00:00:00Z", "2027-03-29T12:00:00Z").await;
    let expected = [
        "2027-03-27T01:30:00Z",
        "2027-03-27T06:30:00Z",
        "2027-03-28T01:00:00Z",
        "2027-03-28T06:30:00Z",
        "2027-03-29T00:30:00Z",
        "2027-03-29T06:30:00Z",
    ];
    assert_eq!(spring, expected);
    // In autumn it exists twice in Berlin on the 31st: it starts once, at the first.
    let autumn = dues(&scene, &ZONES, "2027-10-30T00:00:00Z", "2027-11-01T12:00:00Z").await;
    let expected = [
        "2027-10-30T00:30:00Z",
        "2027-10-30T06:30:00Z",
        "2027-10-31T00:30:00Z",
        "2027-10-31T06:30:00Z",
        "2027-11-01T01:30:00Z",
        "2027-11-01T06:30:00Z",
    ];
    assert_eq!(autumn, expected);
    // New York changes its own on other days.
    let spring = dues(&scene, &ZONES[1..], "2028-03-11T00:00:00Z", "2028-03-13T12:00:00Z").await;
    let expected = ["2028-03-11T07:30:00Z", "2028-03-12T07:00:00Z", "2028-03-13T06:30:00Z"];
    assert_eq!(spring, expected);
}
