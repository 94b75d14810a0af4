//! What operators see: numbers of every role, and one trace from the request to the delivery.

use std::collections::BTreeSet;

use tests::{Api, Backends, free_port, until};

use super::collector::Collector;
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
    let traces = |wanted: &str| -> BTreeSet<Vec<u8>> {
        spans.iter().filter(|(name, _)| name == wanted).map(|(_, trace)| trace.clone()).collect()
    };
    let all: Vec<BTreeSet<Vec<u8>>> =
        ["request", "batch", "archive", "delivery"].map(traces).into_iter().collect();
    let first = all[0].clone();
    let common = all[1..].iter().fold(first, |common, traces| &common & traces);
    assert_eq!(
        common.len(),
        1,
        "the traces of the requests, batches, archives, deliveries: {all:02x?}"
    );
}
