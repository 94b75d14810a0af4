//! Results that a fleet sends by HTTP, while the agent that sends them is killed.

use serde_json::{Value, json};
use tests::{Backends, Receiver, Reply, Request};

use super::crew::{Crew, DEADLINE};
use super::load::Load;

/// The request that is under way when the agent dies, from 1.
const INTERRUPTED: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_on_where_an_agent_was_killed_and_only_the_last_one_comes_twice() {
    let receiver = Receiver::start(|_, before| {
        if before + 1 == INTERRUPTED { Reply::Silent } else { Reply::Status(200, String::new()) }
    })
    .await
    .unwrap();
    let more = format!(
        "[targets.api]\nkind = \"http\"\nmethod = \"POST\"\nurl = \"http://127.0.0.1:{}/{{page}}\"\n",
        receiver.port
    );
    let load = Load::small();
    let mut crew = Crew::idle(&Backends::shared().await.unwrap(), &load.sources, &more).await;
    crew.start("coordinator", "coordinator", &[]);
    crew.start("worker", "worker-1", &[]);
    crew.start("transport-agent", "agent", &[]);
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    let run = crew.submit(&airports()).await;
    receiver.saw(INTERRUPTED, |_| true).await.unwrap();
    crew.restart("agent").await;
    let shown = crew.ended(run).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
    let seen = receiver.seen();
    let records = shown["finished"]["records"].as_u64().unwrap();
    let pages = usize::try_from(records.div_ceil(200)).unwrap();
    assert_eq!(seen.len(), pages + 1, "{:?}", paths(&seen));

    let (before, after) = seen.split_at(INTERRUPTED);
    assert_same(before.last().unwrap(), &after[0]);
    let once = before.iter().chain(&after[1..]);
    let sent: Vec<Value> =
        once.flat_map(|request| request.json().unwrap().as_array().unwrap().clone()).collect();
    assert_eq!(sent.len() as u64, records);
    let distinct: std::collections::BTreeSet<String> = sent.iter().map(Value::to_string).collect();
    assert_eq!(distinct.len() as u64, records);
    assert_eq!(shown["transports"][0]["receipts"][0]["delivered"]["files"], 1, "{shown:#}");
}

/// Records to the target `api`, 200 to a request.
pub(crate) fn airports() -> Value {
    json!({
        "name": "Airports",
        "outputs": [{"to": "airports.jsonl", "from": "airports", "format": "jsonl",
                     "select": {"fields": ["faa"]}}],
        "transports": [{"type": "http", "target": "api", "packer": "none",
                        "records": {"of": "airports.jsonl", "per_request": 200}}],
    })
}

/// Asserts that nobody who looks at what it should can take the one for another.
fn assert_same(one: &Request, other: &Request) {
    assert_eq!((&one.path, &one.body), (&other.path, &other.body));
    for name in ["idempotency-key", "content-digest"] {
        assert!(!one.header(name).is_empty());
        assert_eq!(one.header(name), other.header(name));
    }
}

fn paths(seen: &[Request]) -> Vec<&str> {
    seen.iter().map(|request| request.path.as_str()).collect()
}
