//! How runs end and expire, also where a coordinator dies on the way.

use std::time::Duration;

use bytes::Bytes;
use fabric::board::Board;
use fabric::record;
use jiff::Timestamp;
use proto::commit::Commit;
use proto::definition::Packer;
use proto::event::Happening;
use proto::fault::Code;
use proto::id::{Owner, RunId};
use proto::key::{Key, Prefix};
use proto::run::{Counts, Extent, Head, Outcome, State};
use tokio_util::sync::CancellationToken;

use super::scene::{Scene, Waits, slow};
use crate::notify::{Audience, Webhook};
use crate::run::Ending;
use crate::{Coordinator, Settings};

/// How long the results of the scene are kept, in seconds.
const LIFETIME: i64 = 7 * 24 * 3600;

async fn outcome(scene: &Scene, run: RunId) -> Outcome {
    record::read(&*scene.store, &Key::outcome(run)).await.unwrap()
}

async fn is_there(scene: &Scene, key: &Key) -> bool {
    record::exists(&*scene.store, key).await.unwrap()
}

/// When a run that has ended expires.
async fn expiry(scene: &Scene, run: RunId) -> Key {
    scene.coordinator.expiry_of(run).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_concluded_by_whoever_leads_next() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    assert!(is_there(&scene, &Key::open(run)).await, "the end is written, and nothing after it");
    let stop = CancellationToken::new();
    let (coordinator, token) = (scene.coordinator.clone(), stop.clone());
    let leading = tokio::spawn(async move { coordinator.lead(token).await });
    let wait = Duration::from_secs(30);
    let told = scene.board.events(run.export, None, 8, wait).await.unwrap();
    stop.cancel();
    leading.await.unwrap().unwrap();
    let told: Vec<_> = told.into_iter().map(|(_, event)| event.what).collect();
    assert_eq!(told, [Happening::State { state: State::Done }]);
    assert!(is_there(&scene, &expiry(&scene, run).await).await);
    assert!(!is_there(&scene, &Key::open(run)).await);
    let shown = scene.board.summary(run.export).await.unwrap().unwrap();
    assert_eq!(shown.state, State::Done);
}

/// What follows from an end may have waited for its turn, and its owner has retried meanwhile.
#[tokio::test]
async fn a_run_that_is_taken_up_again_stays_open_and_is_not_shown_or_told_as_failed() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    let ann = Owner::try_from("ann".to_owned()).unwrap();
    let head = scene.coordinator.head(&ann, run.export).await.unwrap();
    let outcome = outcome(&scene, run).await;
    scene.coordinator.retry(&ann, run.export).await.unwrap();
    scene.coordinator.conclude(run, &head, &outcome).await.unwrap();
    assert!(is_there(&scene, &Key::open(run)).await);
    let shown = scene.board.summary(run.export).await.unwrap().unwrap();
    assert_eq!(shown.state, State::Pending);
    let told = scene.board.events(run.export, None, 8, Duration::ZERO).await.unwrap();
    assert!(told.is_empty(), "{told:?}");
}

/// What follows from an end may be done long after it.
#[tokio::test]
async fn an_end_that_is_concluded_late_hides_no_later_run() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let ann = Owner::try_from("ann".to_owned()).unwrap();
    let head = scene.coordinator.head(&ann, run.export).await.unwrap();
    let outcome = outcome(&scene, run).await;
    let later = scene.coordinator.start(&ann, run.export, Extent::Changes).await.unwrap();
    scene.coordinator.conclude(run, &head, &outcome).await.unwrap();
    let shown = scene.board.summary(run.export).await.unwrap().unwrap();
    assert_eq!((shown.run, shown.state), (later.run, State::Pending));
}

/// Whoever retries has seen that the run failed, and another expires it in between.
#[tokio::test]
async fn a_run_that_has_expired_meanwhile_is_not_opened_again() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    let due = expiry(&scene, run).await;
    record::create(&*scene.store, &due, &()).await.unwrap();
    scene.store.delete(&[Key::open(run)]).await.unwrap();
    scene.pass(LIFETIME);
    scene.coordinator.clean_up().await.unwrap();
    let head: Head = record::read(&*scene.store, &Key::head(run.export)).await.unwrap();
    let refused = scene.coordinator.open_again(&head, run).await.unwrap_err();
    assert_eq!(refused.code, Code::Conflict, "{refused}");
    assert_eq!(outcome(&scene, run).await.state, State::Expired);
    assert!(!is_there(&scene, &Key::open(run)).await);
}

/// Whoever expires has seen that it is time, and another retries in between.
#[tokio::test]
async fn a_run_that_is_taken_up_again_is_not_expired_by_its_former_end() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    let due = expiry(&scene, run).await;
    record::create(&*scene.store, &due, &()).await.unwrap();
    let (seen, tag) = scene.store.get(&Key::outcome(run)).await.unwrap();
    scene.pass(LIFETIME);
    let ann = Owner::try_from("ann".to_owned()).unwrap();
    scene.coordinator.retry(&ann, run.export).await.unwrap();
    scene.store.replace(&Key::outcome(run), seen, &tag).await.unwrap_err();
    record::create(&*scene.store, &due, &()).await.unwrap();
    scene.coordinator.clean_up().await.unwrap();
    assert!(is_there(&scene, &Key::archive(run, 0)).await, "what was made is still there");
    assert!(is_there(&scene, &Key::open(run)).await);
    assert!(!is_there(&scene, &due).await);
}

#[tokio::test]
async fn what_is_left_of_an_earlier_end_expires_nothing() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let left = Key::expiry(Timestamp::from_second(super::scene::BEGIN).unwrap(), run);
    let due = expiry(&scene, run).await;
    for mark in [&left, &due] {
        record::create(&*scene.store, mark, &()).await.unwrap();
    }
    scene.coordinator.clean_up().await.unwrap();
    assert_eq!(outcome(&scene, run).await.state, State::Done);
    assert!(!is_there(&scene, &left).await);
    scene.pass(LIFETIME);
    scene.coordinator.clean_up().await.unwrap();
    assert_eq!(outcome(&scene, run).await.state, State::Expired);
    assert!(!is_there(&scene, &due).await);
}

/// The coordinator of a scene, with a webhook for these.
fn with_webhook(scene: &Scene, events: &[&str]) -> Coordinator {
    let hook = Webhook {
        name: "hook".to_owned(),
        url: "http://h.example/".parse().unwrap(),
        secret: None,
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        audience: Audience::Everyone,
        deadline: Duration::from_secs(30),
        give_up_after: Duration::from_secs(30),
    };
    let mut coordinator = scene.coordinator.clone();
    coordinator.settings = Settings { webhooks: vec![hook], ..Settings::default() }.into();
    coordinator
}

/// What the webhook is to be told, in the order of the alphabet.
async fn noticed(scene: &Scene) -> Vec<String> {
    let mut types = Vec::new();
    for entry in scene.store.list(&Prefix::notices_of("hook"), None, 8).await.unwrap() {
        let (bytes, _) = scene.store.get(&entry.key).await.unwrap();
        let notice: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let body: serde_json::Value =
            serde_json::from_str(notice["body"].as_str().unwrap()).unwrap();
        types.push(body["type"].as_str().unwrap().to_owned());
    }
    types.sort_unstable();
    types
}

#[tokio::test]
async fn webhooks_are_told_once_of_each_run_that_is_stopped_or_expires() {
    let scene = Scene::new().await;
    let (done, stopped) = (scene.ended(Packer::Zip).await, scene.half_failed().await);
    let coordinator = with_webhook(&scene, &["run.stopped", "run.expired"]);
    let ann = Owner::try_from("ann".to_owned()).unwrap();
    let head = coordinator.head(&ann, stopped.export).await.unwrap();
    scene.store.delete(&[Key::outcome(stopped)]).await.unwrap();
    for _ in 0..2 {
        coordinator.end_stopped(stopped, &head, Counts::default()).await.unwrap();
    }
    let due = expiry(&scene, done).await;
    scene.pass(LIFETIME);
    for _ in 0..2 {
        record::create(&*scene.store, &due, &()).await.unwrap();
        coordinator.clean_up().await.unwrap();
    }
    // The one that was stopped expires too.
    assert_eq!(noticed(&scene).await, ["run.expired", "run.expired", "run.stopped"]);
}

/// Whoever expires a run has seen how it ended, and a retry takes that away in between.
#[tokio::test]
async fn webhooks_are_not_told_that_a_run_expired_which_was_taken_up_again() {
    let (scene, asked, let_through) = slow(Waits::Ends).await;
    let run = scene.half_failed().await;
    let coordinator = with_webhook(&scene, &["run.expired"]);
    let due = expiry(&scene, run).await;
    record::create(&*scene.store, &due, &()).await.unwrap();
    scene.pass(LIFETIME);
    let cleaning = tokio::spawn(async move { coordinator.clean_up().await });
    asked.notified().await;
    scene.store.delete(&[Key::outcome(run)]).await.unwrap();
    let_through.cancel();
    cleaning.await.unwrap().unwrap();
    assert!(noticed(&scene).await.is_empty());
    assert!(is_there(&scene, &Key::archive(run, 0)).await, "what was made is still there");
}

#[tokio::test]
async fn a_run_that_cannot_be_expired_holds_up_no_other() {
    let scene = Scene::new().await;
    let (torn, whole) = (scene.ended(Packer::Zip).await, scene.ended(Packer::Zip).await);
    let mut due = Vec::new();
    for run in [torn, whole] {
        let mark = expiry(&scene, run).await;
        record::create(&*scene.store, &mark, &()).await.unwrap();
        due.push(mark);
    }
    let end = Key::outcome(torn);
    let (_, tag) = scene.store.get(&end).await.unwrap();
    scene.store.replace(&end, Bytes::from_static(b"{\"state\""), &tag).await.unwrap();
    scene.pass(LIFETIME);
    scene.coordinator.clean_up().await.unwrap();
    assert_eq!(outcome(&scene, whole).await.state, State::Expired);
    assert!(is_there(&scene, &due[0]).await, "it is tried again");
    assert!(!is_there(&scene, &due[1]).await);
}

#[tokio::test]
async fn of_more_warnings_than_an_end_names_the_first_are_named() {
    let scene = Scene::new().await;
    let run = scene.warned().await;
    let key = Key::commit(run, 1);
    let mut commit: Commit = record::read(&*scene.store, &key).await.unwrap();
    commit.warnings = vec![commit.warnings[0].clone(); Outcome::MAX_NAMED];
    commit.warnings[Outcome::MAX_NAMED - 2].output = "the last".to_owned();
    scene.store.delete(std::slice::from_ref(&key)).await.unwrap();
    record::create(&*scene.store, &key, &commit).await.unwrap();
    let counts = Counts { warnings: 1, ..Counts::default() };
    let end = scene.coordinator.write_end(run, &Ending::Delivered, counts, &[0, 1, 2]).await;
    let named = end.unwrap().warnings;
    assert_eq!(named.len(), Outcome::MAX_NAMED);
    assert_eq!(named.last().unwrap().output, "the last");
}
