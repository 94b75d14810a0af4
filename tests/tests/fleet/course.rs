//! The course of a run, as its owner follows and steers it.

use serde_json::{Value, json};
use tests::Backends;

use super::crew::Crew;
use super::load::Load;

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_late_or_again_misses_no_event() {
    let load = Load::small();
    let mut crew = Crew::working(&Backends::shared().await.unwrap(), &load.sources, 1).await;
    let run = crew.submit(&load.definition()).await;
    let path = format!("/v1/exports/{}/events?follow=run", run.export);
    let live = crew.ann.events(&path, None, "never said").await.unwrap();
    crew.ended(run).await;
    let replayed = crew.ann.events(&path, None, "never said").await.unwrap();
    let events = events(&replayed);
    assert_eq!(self::events(&live), events);
    let names: Vec<&str> = events.iter().map(|event| event.1["event"].as_str().unwrap()).collect();
    assert!(names.contains(&"planned") && names.contains(&"delivered"), "{names:?}");
    assert_eq!(events.last().unwrap().1["state"], "done");
    let (third, rest) = (&events[2].0, &events[3..]);
    let again = crew.ann.events(&path, Some(third), "never said").await.unwrap();
    assert_eq!(self::events(&again), rest);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_stopped_delivers_nothing_and_ends_well_when_retried() {
    let load = Load::large();
    let mut crew = Crew::working(&Backends::shared().await.unwrap(), &load.sources, 1).await;
    let expected = load.sha256(&crew.fleet).await;
    let run = crew.submit(&load.definition()).await;
    crew.reaches(run, 5).await;
    let export = format!("/v1/exports/{}", run.export);
    let again = crew.ann.post(&format!("{export}/start"), &Value::Null).await.unwrap();
    assert_eq!((again.status.as_u16(), &again.body["code"]), (409, &json!("conflict")));
    let stopped = crew.ann.post(&format!("{export}/stop"), &Value::Null).await.unwrap();
    assert_eq!(stopped.status, 202, "{:#}", stopped.body);
    let shown = crew.ended(run).await;
    assert_eq!((&shown["state"], &shown["downloads"]), (&json!("stopped"), &json!([])));

    let retried = crew.ann.post(&format!("{export}/retry"), &Value::Null).await.unwrap();
    assert_eq!(retried.status, 202, "{:#}", retried.body);
    assert_eq!(crew.sha256(run).await, expected);
    crew.is_recorded_once(run).await;
}

/// The id and the content of each event.
fn events(stream: &str) -> Vec<(String, Value)> {
    let field = |event: &str, name: &str| {
        event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim).map(str::to_owned)
    };
    let event = |event: &str| {
        let data = serde_json::from_str(&field(event, "data:")?).unwrap();
        Some((field(event, "id:").unwrap_or_default(), data))
    };
    stream.split("\n\n").filter_map(event).collect()
}
