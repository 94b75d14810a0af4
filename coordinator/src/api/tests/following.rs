//! Events, as they are followed.

use axum::http::Method;
use fabric::board::Board;
use fabric::record;
use futures::StreamExt;
use proto::definition::Packer;
use proto::event::{Event, Happening};
use proto::id::RunId;
use proto::key::Key;
use proto::run::{Outcome, State};

use super::scene::Scene;

async fn tell(scene: &Scene, run: RunId, what: Happening) {
    let event = Event { at: scene.coordinator.ambient.now(), run: run.run, what };
    scene.board.tell(run.export, &event).await.unwrap();
}

/// The events until the end of the run: ids and names.
async fn follow(scene: &Scene, run: RunId, query: &str, last: &str) -> Vec<(String, String)> {
    let path = format!("/v1/exports/{}/events?follow=run{query}", run.export);
    let headers = [("last-event-id", last)];
    let headers: &[_] = if last.is_empty() { &[] } else { &headers };
    let answer = scene.send(Method::GET, &path, &scene.ann, headers, "").await;
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    let field = |event: &str, name: &str| {
        let line = event.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().to_owned()
    };
    text.split_terminator("\n\n")
        .map(|event| (field(event, "id: "), field(event, "event: ")))
        .collect()
}

fn names(events: &[(String, String)]) -> Vec<&str> {
    events.iter().map(|(_, name)| name.as_str()).collect()
}

#[tokio::test]
async fn a_follower_sees_all_events_and_then_those_after_its_last() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    tell(&scene, run, Happening::Planned { batches: 3, records: Some(2) }).await;
    tell(&scene, run, Happening::Delivered { transport: 0 }).await;
    tell(&scene, run, Happening::State { state: State::Done }).await;
    let all = follow(&scene, run, "", "").await;
    assert_eq!(names(&all), ["planned", "delivered", "state"]);
    assert_eq!(follow(&scene, run, "", &all[0].0).await, all[1..]);
    assert_eq!(follow(&scene, run, &format!("&after={}", all[1].0), "").await, all[2..]);
    let again = follow(&scene, run, "", &all[2].0).await;
    assert_eq!(names(&again), ["state"], "who has seen all is told the end again, and let go");
}

#[tokio::test]
async fn the_end_before_a_retry_is_not_the_end_of_the_stream() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let end = Key::outcome(run);
    let outcome: Outcome = record::read(&*scene.store, &end).await.unwrap();
    tell(&scene, run, Happening::State { state: State::Failed }).await;
    scene.store.delete(std::slice::from_ref(&end)).await.unwrap();
    let path = format!("/v1/exports/{}/events?follow=run", run.export);
    let answer = scene.begin(Method::GET, &path, &scene.ann, &[], "").await;
    let mut body = answer.into_body().into_data_stream();
    let mut text = body.next().await.unwrap().unwrap().to_vec();
    record::create(&*scene.store, &end, &outcome).await.unwrap();
    tell(&scene, run, Happening::State { state: State::Done }).await;
    while let Some(more) = body.next().await {
        text.extend_from_slice(&more.unwrap());
    }
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("failed") && text.contains("done"), "{text}");
}

#[tokio::test]
async fn a_wiped_board_replays_what_it_has_and_the_store_tells_the_end() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    tell(&scene, run, Happening::Delivered { transport: 0 }).await;
    let known = follow(&scene, run, "", "").await.remove(0).0;
    scene.board.wipe();
    let told = follow(&scene, run, "", &known).await;
    assert_eq!(told, [(String::new(), "state".to_owned())]);
    tell(&scene, run, Happening::State { state: State::Done }).await;
    assert_eq!(names(&follow(&scene, run, "", "made up").await), ["state"]);
}
