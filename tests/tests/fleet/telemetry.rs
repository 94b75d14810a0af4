//! What operators see: numbers of every role, and one trace from the request to the delivery.

use std::collections::BTreeSet;

use serde_json::json;
use tests::{Api, Backends, free_port, until};

use super::collector::{Collector, Span};
use super::crew::{Crew, DEADLINE};
use super::load::Load;

#[tokio::test(flavor = "multi_thread")]
async fn every_role_tells_its_numbers_and_one_trace_leads_through_all_of_them() {
    let load = Load::small();
    let mut collector = Collector::start().await;
    let more = format!("[telemetry]\notlp_endpoint = \"{}\"\n", collector.endpoint);
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::idle(&backends, &load.sources, &more).await;
    let mut numbers = Vec::new();
    for (role, name, expected) in [
        ("coordinator", "coordinator", "longshore_runs_ended_total"),
        ("worker", "worker-1", "longshore_records_total"),
        ("transport-agent", "agent", "longshore_agent_moved_bytes_total"),
    ] {
        let address = format!("127.0.0.1:{}", free_port().unwrap());
        crew.start(role, name, &[("LONGSHORE_TELEMETRY__METRICS_LISTEN", &address)]);
        numbers.push((Api::new(&format!("http://{address}")).unwrap(), expected));
    }
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    let run = crew.submit(&load.definition()).await;
    crew.sha256(run).await;
    let batches = crew.ann.get(&format!("/v1/exports/{}/runs/1", run.export)).await.unwrap().body;
    let batches = batches["batches"].as_u64().unwrap();
    for (api, expected) in numbers {
        let text = until(&format!("{expected} in the metrics"), DEADLINE, async || {
            let text = api.get("/metrics").await?.body;
            Ok(text.as_str().filter(|text| text.contains(expected)).map(str::to_owned))
        })
        .await
        .unwrap();
        for told in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            let (name, _) = told.split_once(' ').unwrap();
            assert!(text.contains(&format!("# HELP {name} ")), "{name} is not explained: {text}");
        }
    }
    // What was not sent yet is sent at the end.
    for name in ["coordinator", "worker-1", "agent"] {
        crew.drain(name).await;
    }
    let spans = collector.spans();
    let begun = spans.iter().find(|span| span.name == "POST /v1/exports").unwrap();
    assert!(begun.parent.is_empty(), "{begun:?}");
    let route = begun.texts.get("http.route").map(String::as_str);
    assert_eq!(route, Some("/v1/exports"), "{begun:?}");
    let tree: Vec<&Span> = spans.iter().filter(|span| span.trace == begun.trace).collect();
    let ids: BTreeSet<&[u8]> = tree.iter().map(|span| span.id.as_slice()).collect();
    for span in tree.iter().filter(|span| **span != begun) {
        assert!(ids.contains(span.parent.as_slice()), "{span:?} hangs on nothing in {tree:#?}");
    }
    let named = |name: &str| tree.iter().filter(|span| span.name == name).count();
    assert!(named("export") >= 1, "{tree:#?}");
    assert!(named("batch") as u64 >= batches, "{batches} batches, but {tree:#?}");
    assert!(named("source") as u64 >= batches, "what batches read is part of them: {tree:#?}");
    for (name, lane) in
        [("batch", "batches"), ("archive", "assemblies"), ("delivery", "deliveries")]
    {
        let one = tree.iter().find(|span| span.name == name);
        let one = one.unwrap_or_else(|| panic!("no {name} in {tree:#?}"));
        let taken_from = one.texts.get("messaging.destination.name").map(String::as_str);
        assert_eq!(taken_from, Some(lane), "{one:?}");
    }
    let trace_id = begun.trace.iter().fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
    for name in ["coordinator", "agent"] {
        let log = crew.log(name);
        assert!(log.contains(&trace_id), "{name} does not tell {trace_id}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_does_long_after_its_request_has_traces_that_are_linked_to_it() {
    let load = Load::small();
    let mut collector = Collector::start().await;
    let more = format!("[telemetry]\notlp_endpoint = \"{}\"\n", collector.endpoint);
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::idle(&backends, &load.sources, &more).await;
    // Whatever it does is long after it.
    let at_once = [("LONGSHORE_COORDINATOR__LONGEST_TRACE", "0s")];
    crew.start("coordinator", "coordinator", &at_once);
    crew.start("worker", "worker-1", &[]);
    crew.start("transport-agent", "agent", &[]);
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    let output = json!({"to": "airports.csv", "from": "airports", "format": "csv"});
    let run = crew.submit(&json!({"name": "Airports", "outputs": [output]})).await;
    crew.sha256(run).await;
    for name in ["coordinator", "worker-1", "agent"] {
        crew.retire(name).await;
    }
    let spans = collector.spans();
    let request = spans.iter().find(|span| span.name == "POST /v1/exports").unwrap();
    for name in ["batch", "archive", "delivery"] {
        let task = spans.iter().find(|span| span.name == name);
        let task = task.unwrap_or_else(|| panic!("no {name} in {spans:#?}"));
        assert_ne!(task.trace, request.trace, "{task:?}");
        let above = spans.iter().find(|span| span.id == task.parent);
        let above = above.unwrap_or_else(|| panic!("{task:?} hangs on nothing in {spans:#?}"));
        assert_eq!((above.name.as_str(), &above.trace), ("export", &task.trace), "{above:?}");
        assert!(above.parent.is_empty(), "{above:?}");
        assert_eq!(above.links, std::slice::from_ref(&request.id), "{above:?}");
    }
}
