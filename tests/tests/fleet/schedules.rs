//! What is due on a fleet: two coordinators start it once, and links that stand lead to its newest run.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use proto::id::RunId;
use rustix::process::Signal;
use serde_json::{Value, json};
use tests::{Api, Backends, free_port, sha256, until};

use super::crew::{Crew, DEADLINE};

/// Writes two tables that fit into no volume of 10 MB together.
fn write_tables(folder: &Path, word: &str) {
    for name in ["a", "b"] {
        let mut text = "id,word\n".to_owned();
        for id in 0..400_000 {
            writeln!(text, "{id},{word}-{name}").unwrap();
        }
        fs::write(folder.join(name), text).unwrap();
    }
}

/// The SHA-256 of what is behind each of some URLs.
async fn sums(crew: &Crew, volumes: &Value) -> Vec<String> {
    let mut sums = Vec::new();
    for volume in volumes.as_array().unwrap() {
        let file = crew.fleet.dir().join("volume.zip");
        crew.ann.download(volume["url"].as_str().unwrap(), &file).await.unwrap();
        sums.push(sha256(&file).unwrap());
    }
    sums
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_starts_once_and_the_link_that_stands_leads_to_the_newest_run() {
    let data = tempfile::tempdir().unwrap();
    write_tables(data.path(), "first");
    let source = |name: &str| json!({"kind": "csv", "path": data.path().join(name)});
    let sources = json!({"a": source("a"), "b": source("b")});
    let mut crew = Crew::working(&Backends::shared().await.unwrap(), &sources, 1).await;
    let listen = format!("127.0.0.1:{}", free_port().unwrap());
    crew.start("coordinator", "second", &[("LONGSHORE_API__LISTEN", &listen)]);
    Api::new(&format!("http://{listen}")).unwrap().serves("/health/ready", DEADLINE).await.unwrap();

    let output = |name: &str| json!({"to": format!("{name}.csv"), "from": name, "format": "csv"});
    let mut definition = json!({
        "name": "Each minute", "schedules": [{"cron": "* * * * *"}],
        "outputs": [output("a"), output("b")],
        "transports": [{"type": "download", "packer": "zip_10mb"}],
    });
    let made = crew.ann.post("/v1/exports", &definition).await.unwrap();
    assert_eq!(made.status, 201, "{:#}", made.body);
    let export = made.body["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/exports/{export}");
    let first = RunId { export: export.parse().unwrap(), run: 1 };
    // The first leads, and hangs until the second has taken over; then both believe to lead.
    crew.program("coordinator").signal(Signal::STOP).unwrap();
    crew.leads("second", 1).await;
    crew.program("coordinator").signal(Signal::CONT).unwrap();
    // The clock is the machine's, so this takes up to a minute.
    let shown = crew.ended(first).await;
    assert_eq!((&shown["state"], &shown["due"]), (&json!("done"), &made.body["schedule"]["next"]));
    definition["paused"] = json!(true);
    assert_eq!(crew.ann.put(&path, &definition).await.unwrap().status, 200);

    let link =
        crew.ann.post(&format!("{path}/links"), &json!({"transport": 0})).await.unwrap().body;
    let before = sums(&crew, &shown["downloads"][0]["volumes"]).await;
    assert_eq!(before.len(), 2, "{shown:#}");
    // Where the next minute came before the pause, a second run has begun: of the same bytes.
    assert_eq!(sums(&crew, &link["volumes"]).await, before);

    write_tables(data.path(), "later");
    let start = || async {
        let started = crew.ann.post(&format!("{path}/start"), &Value::Null).await?;
        Ok((started.status == 202).then_some(started.body))
    };
    let started = until("start of another run", DEADLINE, start).await.unwrap();
    let newest = u32::try_from(started["run"].as_u64().unwrap()).unwrap();
    let shown = crew.ended(RunId { run: newest, ..first }).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
    let after = sums(&crew, &shown["downloads"][0]["volumes"]).await;
    assert_ne!(after, before);
    assert_eq!(sums(&crew, &link["volumes"]).await, after);

    let mut dues = BTreeSet::new();
    for run in 1..=newest {
        let shown = crew.ended(RunId { run, ..first }).await;
        let due = shown["due"].as_str();
        assert!(due.is_none_or(|due| dues.insert(due.to_owned())), "started twice: {shown:#}");
    }
    assert!(!dues.is_empty());
}
