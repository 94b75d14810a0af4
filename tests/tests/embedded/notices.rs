//! Webhooks of a run in one process.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use serde_json::json;
use tests::{Api, Receiver, Reply, Request, free_port, until};

use super::desk::Desk;
use super::served::Served;
use crate::proof::assert_signed;

#[tokio::test]
async fn a_webhook_is_told_how_a_run_went_and_one_that_does_not_answer_holds_up_nothing() {
    let receiver = Receiver::start(|_, _| Reply::Status(204, String::new())).await.unwrap();
    let silent = Receiver::start(|_, _| Reply::HangUp).await.unwrap();
    let desk = Desk::new();
    desk.write("s.csv", "id\n1\n");
    let config = format!(
        "[webhooks.good]\nurl = \"http://127.0.0.1:{}/hook\"\nsecret = \"canary-secret\"\n\
         events = [\"run.done\", \"delivery.*\"]\n\
         [webhooks.silent]\nurl = \"http://127.0.0.1:{}/\"\nexports = \"all\"\n",
        receiver.port, silent.port
    );
    let definition = json!({
        "name": "Told",
        "outputs": [{"to": "s.csv", "from": "s", "format": "csv"}],
        "sources": {"s": {"kind": "csv", "path": "s.csv"}},
        "notify": [{"webhook": "good"}],
    });
    let ran = desk.define(&definition).config(&config).done().await;
    assert!(!ran.said.contains("canary-secret"), "{}", ran.said);
    let mut told: Vec<_> = receiver.seen().iter().map(|seen| seen.json().unwrap()).collect();
    told.sort_by_key(|told| told["type"].to_string());
    let types: Vec<_> = told.iter().map(|told| told["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["delivery.done", "run.done"]);
    assert_eq!(told[1]["data"]["state"], "done");
    assert_eq!((&told[1]["data"]["name"], &told[1]["data"]["run"]), (&json!("Told"), &json!(1)));
    for seen in receiver.seen() {
        assert_signed(&seen, "canary-secret");
    }
    assert!(!silent.seen().is_empty());
}

/// What a webhook was told, and of which transport.
fn told(receiver: &Receiver) -> BTreeSet<(String, Option<u64>)> {
    let told = |seen: &Request| {
        let body = seen.json().unwrap();
        (body["type"].as_str().unwrap().to_owned(), body["data"]["transport"].as_u64())
    };
    receiver.seen().iter().map(told).collect()
}

#[tokio::test]
async fn a_webhook_is_told_of_a_delivery_that_fails_and_of_what_becomes_of_it_later() {
    let hook = Receiver::start(|_, _| Reply::Status(204, String::new())).await.unwrap();
    let target = Receiver::start(|_, before| {
        Reply::Status(if before == 0 { 403 } else { 201 }, String::new())
    })
    .await
    .unwrap();
    let desk = Desk::new();
    desk.write("s.csv", "id\n1\n");
    let config = format!(
        "[webhooks.hook]\nurl = \"http://127.0.0.1:{}/\"\nexports = \"all\"\n\
         events = [\"run.*\", \"delivery.*\"]\n",
        hook.port
    );
    let definition = json!({
        "name": "Told",
        "outputs": [{"to": "s.csv", "from": "s", "format": "csv"}],
        "sources": {"s": {"kind": "csv", "path": "s.csv"}},
        "transports": [{"type": "download"}, {"type": "http", "target": "api"}],
        "targets": {"api": {"kind": "http", "url": format!("http://127.0.0.1:{}/", target.port)}},
    });
    let ran = desk.define(&definition).config(&config).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    let event = |what: &str, transport| (what.to_owned(), transport);
    let mut expected = BTreeSet::from([
        event("run.pending", None),
        event("run.processing", None),
        event("delivery.done", Some(0)),
        event("delivery.failed", Some(1)),
        event("run.failed", None),
    ]);
    assert_eq!(told(&hook), expected);

    desk.define(&definition).config(&config).done().await;
    expected.extend([event("delivery.done", Some(1)), event("run.done", None)]);
    assert_eq!(told(&hook), expected);
}

#[tokio::test]
async fn a_webhook_that_is_not_configured_is_refused_with_its_place() {
    let desk = Desk::new();
    desk.write("s.csv", "id\n1\n");
    let definition = json!({
        "name": "Told",
        "outputs": [{"to": "s.csv", "from": "s", "format": "csv"}],
        "sources": {"s": {"kind": "csv", "path": "s.csv"}},
        "notify": [{"webhook": "none"}],
    });
    let ran = desk.define(&definition).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&["/notify/0/webhook: there is no webhook \"none\" [unknown_webhook]"]);
}

/// Most of an answer without end that may have been taken, those that wait in the system included.
const MOST_POURED: u64 = 32 << 20;

#[tokio::test]
async fn webhooks_that_answer_without_end_are_given_up_in_time_and_hold_up_no_run() {
    let mut config = "[sources.s]\nkind = \"csv\"\npath = \"{folder}/s.csv\"\n".to_owned();
    let mut receivers = Vec::new();
    for (name, reply, deadline) in [
        // Its headers come at once, on a machine that has nothing else to do.
        ("hook-body", Reply::Endless, "30s"),
        ("hook-headers", Reply::EndlessHeaders, "3s"),
        ("hook-drops", Reply::Dripping, "3s"),
        ("hook-nothing", Reply::Silent, "3s"),
    ] {
        let receiver = Receiver::start(move |_, _| reply.clone()).await.unwrap();
        writeln!(
            config,
            "[webhooks.{name}]\nurl = \"http://127.0.0.1:{}/\"\nexports = \"all\"\n\
             events = [\"run.done\"]\ndeadline = \"{deadline}\"\ngive_up_after = \"{deadline}\"",
            receiver.port
        )
        .unwrap();
        receivers.push((name, receiver));
    }
    let served = Served::start(&config).await;
    fs::write(served.path("s.csv"), "id\n1\n").unwrap();
    let told = json!({"name": "Told", "outputs": [{"to": "s.csv", "from": "s", "format": "csv"}]});
    let export = served.export(&told).await;
    assert_eq!(served.ended(&export, 1).await["state"], "done");
    // A success is one as soon as its headers are there; all others are given up.
    until("three notices given up", Duration::from_mins(1), async || {
        let given_up = served.log().matches("notice given up").count();
        Ok((given_up == receivers.len() - 1).then_some(()))
    })
    .await
    .unwrap();
    let log = served.log();
    for (name, receiver) in &receivers {
        assert!(receiver.poured() < MOST_POURED, "{name}: {} bytes were taken", receiver.poured());
        assert!(!receiver.seen().is_empty(), "{name} was not told");
        let given_up =
            log.lines().find(|line| line.contains("notice given up") && line.contains(name));
        assert_eq!(given_up.is_some(), *name != "hook-body", "{name}: {log}");
    }
}

#[tokio::test]
async fn the_operator_sees_what_a_webhook_never_took() {
    let receiver = Receiver::start(|_, _| Reply::Status(503, String::new())).await.unwrap();
    let metrics = format!("127.0.0.1:{}", free_port().unwrap());
    let served = Served::start(&format!(
        "[sources.s]\nkind = \"csv\"\npath = \"{{folder}}/s.csv\"\n\
         [webhooks.hook]\nurl = \"http://127.0.0.1:{}/\"\nexports = \"all\"\n\
         events = [\"run.done\"]\ngive_up_after = \"5s\"\n\
         [telemetry]\nmetrics_listen = \"{metrics}\"\n",
        receiver.port
    ))
    .await;
    fs::write(served.path("s.csv"), "id\n1\n").unwrap();
    let export = served
        .export(&json!({"name": "Told",
            "outputs": [{"to": "s.csv", "from": "s", "format": "csv"}]}))
        .await;
    assert_eq!(served.ended(&export, 1).await["state"], "done");
    let metrics = Api::new(&format!("http://{metrics}")).unwrap();
    until("lost notice in the metrics", Duration::from_mins(1), async || {
        let text = metrics.get("/metrics").await?.body;
        let lost =
            |line: &str| line.starts_with("longshore_notices_lost_total{") && line.ends_with(" 1");
        Ok(text.as_str().is_some_and(|text| text.lines().any(lost)).then_some(()))
    })
    .await
    .unwrap();
    let log = served.log();
    let told = log.lines().find(|line| line.contains("notice given up"));
    let told = told.unwrap_or_else(|| panic!("nothing is told: {log}"));
    assert!(told.contains("hook") && told.contains("503"), "{told}");
    assert!(receiver.seen().len() >= 2);
}
