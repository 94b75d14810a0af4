//! Files that are sent by HTTP to a receiver that resets the connection in the middle of them: they are
//! sent again, arrive whole, and arrive once.

use std::fs;

use serde_json::{Value, json};
use tests::{Receiver, Reply, Request};

use super::desk::Desk;
use super::packers::noise;
use super::ran::Ran;

/// How much of a body comes before the connection is reset.
const SOME: usize = 1_000_000;

/// One more than the requests that are made within one try of a delivery.
const RESETS: usize = 4;

/// A file that is much longer than what is under way in the buffers of sockets, between short ones.
fn definition(desk: &Desk, packer: &str, port: u16) -> Value {
    let files = [("a.txt", b"first".to_vec()), ("large.bin", noise(8_000_000))];
    for (name, content) in files.into_iter().chain([("z.txt", b"last".to_vec())]) {
        desk.write(&format!("files/{name}"), content);
    }
    let lines =
        ["a.txt", "large.bin", "z.txt"].map(|name| json!({"file": format!("files/{name}")}));
    desk.write("files.jsonl", lines.map(|line| format!("{line}\n")).concat());
    json!({
        "name": "Sent",
        "outputs": [{"to": "in/", "from": "files", "assets": {"field": "file"}}],
        "transports": [{"type": "download"}, {"type": "http", "target": "api", "packer": packer}],
        "sources": {"files": {"kind": "jsonl", "path": "files.jsonl"}},
        "targets": {"api": {"kind": "http", "method": "PUT",
                            "url": format!("http://127.0.0.1:{port}/{{path}}")}},
    })
}

/// A receiver that resets so many requests with a body of some length.
async fn resetting(resets: usize) -> Receiver {
    let breaks = move |request: &Request, before: usize| {
        let len: usize = request.header("content-length").parse().unwrap();
        (len > SOME && before < resets).then_some(SOME)
    };
    Receiver::breaking_off(breaks, |_, _| Reply::Status(201, String::new())).await.unwrap()
}

/// That what was broken off was what came whole in the end, as anybody can tell who looks at it.
fn assert_sent_again(broken: &[Request], whole: &Request) {
    for request in broken {
        assert_eq!((&request.method, &request.path), (&whole.method, &whole.path));
        assert!(whole.body.starts_with(&request.body), "other bytes were sent at first");
        for name in ["idempotency-key", "content-digest", "content-length"] {
            assert!(!whole.header(name).is_empty());
            assert_eq!(request.header(name), whole.header(name));
        }
    }
}

fn assert_tried_twice(ran: &Ran) {
    ran.assert_said(&["[target_unavailable]"]);
    assert_eq!(ran.said.matches("serve: task failed").count(), 1, "{}", ran.said);
}

#[tokio::test]
async fn an_archive_whose_connection_is_reset_amid_its_body_arrives_whole_and_once() {
    let receiver = resetting(RESETS).await;
    let desk = Desk::new();
    let ran = desk.define(&definition(&desk, "zip", receiver.port)).done().await;
    let (broken, seen) = (receiver.broken(), receiver.seen());
    assert_eq!((broken.len(), seen.len()), (RESETS, 1));
    assert_tried_twice(&ran);
    assert_eq!(seen[0].path, "/Sent.zip");
    assert!(seen[0].body == fs::read(ran.archive()).unwrap(), "another archive arrived");
    assert_sent_again(&broken, &seen[0]);
}

#[tokio::test]
async fn of_a_tree_only_the_file_whose_connection_is_reset_is_sent_again() {
    let receiver = resetting(RESETS).await;
    let desk = Desk::new();
    let ran = desk.define(&definition(&desk, "none", receiver.port)).done().await;
    let (broken, seen) = (receiver.broken(), receiver.seen());
    assert_eq!(broken.len(), RESETS);
    assert_tried_twice(&ran);
    let paths: Vec<&str> = seen.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths, ["/in/a.txt", "/in/large.bin", "/in/z.txt"]);
    for request in &seen {
        let file = desk.path("files").join(request.path.strip_prefix("/in/").unwrap());
        assert!(request.body == fs::read(file).unwrap(), "{} differs", request.path);
    }
    assert_sent_again(&broken, &seen[1]);
}

#[tokio::test]
async fn a_receiver_that_resets_always_fails_the_delivery_and_a_later_run_delivers() {
    let receiver = resetting(2 * (RESETS - 1)).await;
    let desk = Desk::new();
    let asked = definition(&desk, "zip", receiver.port);
    let ask = || desk.define(&asked).config("[coordinator]\nattempts = 2\n");
    let ran = ask().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    let result = ran.result();
    let faults = result["faults"].as_array().unwrap();
    assert_eq!((faults.len(), &faults[0]["transport"]), (1, &json!(1)), "{result:#}");
    assert_eq!(faults[0]["code"], "attempts_exhausted", "{result:#}");
    ran.assert_said(&["[target_unavailable]"]);
    assert_eq!((receiver.broken().len(), receiver.seen().len()), (2 * (RESETS - 1), 0));

    let ran = ask().done().await;
    let seen = receiver.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].body == fs::read(ran.archive()).unwrap(), "another archive arrived");
}
