//! Webhooks of a fleet whose coordinator dies before they are told.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tests::{Receiver, Reply};

use super::crew::Crew;
use super::load::Load;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_answered_before_a_restart_is_told_after_it_under_the_same_id() {
    let is_well = Arc::new(AtomicBool::new(false));
    let answers = Arc::clone(&is_well);
    let receiver = Receiver::start(move |_, _| {
        let status = if answers.load(Ordering::SeqCst) { 200 } else { 503 };
        Reply::Status(status, String::new())
    })
    .await
    .unwrap();
    let more = format!(
        "[webhooks.hook]\nurl = \"http://127.0.0.1:{}/\"\nevents = [\"run.done\"]\n",
        receiver.port
    );
    let load = Load::small();
    let mut crew = Crew::configured(&load.sources, &more).await;
    let mut definition = load.definition();
    definition["notify"] = json!([{"webhook": "hook"}]);
    let run = crew.submit(&definition).await;
    assert_eq!(crew.ended(run).await["state"], "done");
    receiver.saw(1, |_| true).await.unwrap();
    crew.restart("coordinator").await;
    let before = receiver.seen().len();
    is_well.store(true, Ordering::SeqCst);
    receiver.saw(before + 1, |_| true).await.unwrap();
    let seen = receiver.seen();
    let ids: BTreeSet<&str> = seen.iter().map(|request| request.header("webhook-id")).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(seen[0].json().unwrap()["data"]["owner"], "ann");
}
