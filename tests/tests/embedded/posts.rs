//! Results that are sent by HTTP, to a receiver that fails in every way that they do.

use std::fs;

use serde_json::{Value, json};
use tests::{Receiver, Reply, Request};

use super::desk::Desk;
use super::served::Served;
use crate::proof::{assert_digest, assert_signed};

/// What lies in the buffers of sockets on its way, with some room; nothing reads as little as that in
/// the time that it has.
const MOST_POURED: u64 = 32 << 20;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn definition(port: u16, transport: &Value) -> Value {
    let mut transport = transport.clone();
    transport["type"] = json!("http");
    transport["target"] = json!("api");
    json!({
        "name": "Records",
        "outputs": [
            {"to": "all.jsonl", "from": "s", "format": "jsonl"},
            {"to": "all data.csv", "from": "s", "format": "csv"},
        ],
        "sources": {"s": {"kind": "jsonl", "path": "s.jsonl"}},
        "transports": [{"type": "download"}, transport],
        "targets": {"api": {
            "kind": "http", "method": "POST", "bearer_file": "token", "secret_file": "secret",
            "url": format!("http://127.0.0.1:{port}/in/{{path}}?page={{page}}"),
            "headers": {"X-Tenant": "a"},
        }},
    })
}

fn desk(records: usize) -> Desk {
    let desk = Desk::new();
    let lines: Vec<String> = (1..=records).map(|n| format!("{{\"n\":{n}}}")).collect();
    desk.write("s.jsonl", lines.join("\n") + "\n");
    desk.write("token", "canary-token\n");
    desk.write("secret", SECRET);
    desk
}

fn of_page(seen: &[Request], page: usize) -> Vec<&Request> {
    let end = format!("?page={page}");
    seen.iter().filter(|request| request.path.ends_with(&end)).collect()
}

#[tokio::test]
async fn pages_of_records_arrive_whole_whatever_the_receiver_does_in_between() {
    // The second page is put off, the third taken without an answer.
    let receiver = Receiver::start(|_, before| match before {
        1 => Reply::Status(429, "Retry-After: 1\r\n".to_owned()),
        3 => Reply::HangUp,
        _ => Reply::Status(200, String::new()),
    })
    .await
    .unwrap();
    let desk = desk(25);
    let records = json!({"of": "all.jsonl", "per_request": 10, "body": {"items": "{records}"}});
    let asked = definition(receiver.port, &json!({"records": records, "packer": "none"}));
    let ran = desk.define(&asked).done().await;
    assert!(!ran.said.contains("canary-token"), "{}", ran.said);

    let seen = receiver.seen();
    let tries: Vec<usize> = (1..=3).map(|page| of_page(&seen, page).len()).collect();
    assert_eq!((tries, seen.len()), (vec![1, 2, 2], 5));
    for (page, expected) in [(1, 1..=10), (2, 11..=20), (3, 21..=25)] {
        let tries = of_page(&seen, page);
        let expected: Vec<Value> = expected.map(|n: u32| json!({"n": n})).collect();
        for request in &tries {
            assert_eq!(request.json().unwrap(), json!({"items": expected}));
            assert_eq!((request.method.as_str(), request.header("x-tenant")), ("POST", "a"));
            assert_eq!(request.header("authorization"), "Bearer canary-token");
            assert_digest(request);
            assert_signed(request, SECRET);
            assert_eq!(request.header("webhook-id"), request.header("idempotency-key"));
        }
        for name in ["idempotency-key", "content-digest"] {
            assert!(tries.iter().all(|request| request.header(name) == tries[0].header(name)));
        }
    }
    let keys: std::collections::BTreeSet<&str> =
        seen.iter().map(|request| request.header("idempotency-key")).collect();
    assert_eq!(keys.len(), 3);
}

#[tokio::test]
async fn each_file_is_sent_and_an_answer_without_end_is_cut() {
    let receiver = Receiver::start(|_, _| Reply::Endless).await.unwrap();
    let desk = desk(3);
    let asked = definition(receiver.port, &json!({"packer": "none"}));
    let ran = desk.define(&asked).done().await;
    let seen = receiver.seen();
    let paths: Vec<&str> = seen.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths, ["/in/all.jsonl?page=1", "/in/all%20data.csv?page=2"]);
    assert_eq!(seen[0].body, ran.text("all.jsonl").into_bytes());
    for request in &seen {
        assert_digest(request);
        assert_signed(request, SECRET);
    }
    assert!(receiver.poured() < MOST_POURED, "{} bytes were taken", receiver.poured());
}

#[tokio::test]
async fn answers_that_drip_or_have_headers_without_end_are_given_up_and_asked_for_again() {
    let receiver = Receiver::start(|_, before| match before {
        0 => Reply::Dripping,
        1 => Reply::EndlessHeaders,
        2 => Reply::Silent,
        _ => Reply::Status(200, String::new()),
    })
    .await
    .unwrap();
    let desk = desk(3);
    let mut asked = definition(receiver.port, &json!({}));
    asked["targets"]["api"]["deadline"] = json!("3s");
    desk.define(&asked).done().await;
    let seen = receiver.seen();
    assert_eq!(seen.len(), 4);
    for name in ["idempotency-key", "content-digest"] {
        assert!(seen.iter().all(|request| request.header(name) == seen[0].header(name)));
    }
    assert!(receiver.poured() < MOST_POURED, "{} bytes were taken", receiver.poured());
}

#[tokio::test]
async fn an_archive_is_sent_as_it_is_downloaded() {
    let receiver = Receiver::start(|_, _| Reply::Status(201, String::new())).await.unwrap();
    let desk = desk(3);
    let ran = desk.define(&definition(receiver.port, &json!({}))).done().await;
    let seen = receiver.seen();
    assert_eq!(seen[0].path, "/in/Records.zip?page=1");
    assert_eq!(seen[0].body, std::fs::read(ran.archive()).unwrap());
}

#[tokio::test]
async fn credentials_are_not_sent_on_where_the_receiver_points_elsewhere() {
    let other = Receiver::start(|_, _| Reply::Status(200, String::new())).await.unwrap();
    let location = format!("Location: http://127.0.0.1:{}/\r\n", other.port);
    let receiver = Receiver::start(move |_, _| Reply::Status(307, location.clone())).await.unwrap();
    let desk = desk(3);
    let ran = desk.define(&definition(receiver.port, &json!({}))).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert_eq!(ran.result()["faults"][0]["code"], "target_refused", "{}", ran.said);
    assert!(!ran.said.contains("canary-token"), "{}", ran.said);
    assert_eq!((receiver.seen().len(), other.seen().len()), (1, 0));
}

#[tokio::test]
async fn only_the_answers_that_the_operator_names_mean_that_something_was_taken() {
    let receiver = Receiver::start(|_, before| match before {
        0 => Reply::Status(200, String::new()),
        _ => Reply::Status(202, String::new()),
    })
    .await
    .unwrap();
    let desk = desk(3);
    let mut asked = definition(receiver.port, &json!({}));
    asked["targets"]["api"]["success"] = json!([201, 202]);
    let ran = desk.define(&asked).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert_eq!(ran.result()["faults"][0]["code"], "target_refused", "{}", ran.said);
    ran.assert_said(&["it answers 200 OK"]);
    assert_eq!(receiver.seen().len(), 1);
    desk.define(&asked).done().await;
    assert_eq!(receiver.seen().len(), 2);
}

/// The records are a part of the result, and how far they are is told of that part alone, all the time.
#[tokio::test]
async fn how_far_records_are_is_told_of_what_is_to_be_sent() {
    let receiver = Receiver::start(|_, before| match before {
        0 => Reply::Silent,
        _ => Reply::Status(200, String::new()),
    })
    .await
    .unwrap();
    let served = Served::start(&format!(
        "[sources.s]\nkind = \"csv\"\npath = \"{{folder}}/s.csv\"\n\
         [targets.api]\nkind = \"http\"\ndeadline = \"5s\"\n\
         url = \"http://127.0.0.1:{}/{{path}}\"\n",
        receiver.port
    ))
    .await;
    fs::write(served.path("s.csv"), "id\n1\n2\n3\n").unwrap();
    let export = served
        .export(&json!({"name": "Sent",
            "outputs": [{"to": "all.jsonl", "from": "s", "format": "jsonl"},
                        {"to": "all.csv", "from": "s", "format": "csv"}],
            "transports": [{"type": "http", "target": "api", "packer": "none",
                            "records": {"of": "all.jsonl", "per_request": 10}}]}))
        .await;
    receiver.saw(1, |_| true).await.unwrap();
    let begun = served.api.get(&format!("{export}/runs/1")).await.unwrap().body;
    let done = served.ended(&export, 1).await;
    assert_eq!(done["state"], "done", "{done:#}");
    // A list of three has two brackets and two commas where the file has three line ends.
    let len = receiver.seen()[0].body.len() - 1;
    assert_eq!(begun["transports"][0]["moved"], json!({"bytes": 0, "of": len}), "{begun:#}");
    assert_eq!(done["transports"][0]["moved"], json!({"bytes": len, "of": len}), "{done:#}");
}

#[tokio::test]
async fn records_of_an_output_that_has_none_to_send_are_refused() {
    let desk = desk(1);
    for (records, place) in [
        (json!({"of": "all data.csv"}), "/transports/1/records/of"),
        (json!({"of": "none.jsonl"}), "/transports/1/records/of"),
        (json!({"of": "all.jsonl", "body": {"items": []}}), "/transports/1/records/body"),
    ] {
        let asked = definition(9, &json!({"records": records, "packer": "none"}));
        let ran = desk.define(&asked).for_people().run().await;
        assert_eq!(ran.code, 2, "{}", ran.said);
        ran.assert_said(&[place]);
    }
}
