//! The example exporters as they are, on two workers: the archive is the one that a single process of longshore
//! makes, and where files of single datasets become one, the one that a single process of the exporter makes.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tests::{Receiver, Reply, plugins_section, workspace};

use super::crew::Crew;
use super::load::embedded_with;

/// The exporters that need no options, each with its folder in the archive.
const EXAMPLES: [(&str, &str); 8] = [
    ("checked", "CheckedOptions::Export"),
    ("per-dataset", "FilePerDataset::Export"),
    ("filtered", "Filtered::Export"),
    ("table", "LabelTable::Export"),
    ("array", "LargeArray::Export"),
    ("media", "MediaZip::Export"),
    ("tree", "OneFile::Export"),
    ("tolerant", "Tolerant::Export"),
];

/// Those of them that say that they run in parts whose files become one.
const ONE_FILE: [(&str, &str); 4] = [EXAMPLES[0], EXAMPLES[2], EXAMPLES[4], EXAMPLES[6]];

/// How many datasets there are.
const DATASETS: u64 = 3;

fn sources() -> Value {
    json!({"labels": {"kind": "dataset", "directory": workspace("examples/plugins/sample")}})
}

fn config(more: &str) -> String {
    plugins_section(&[workspace("examples/plugins")], &format!("network = true\n{more}"))
}

fn output((to, class): &(&str, &str)) -> Value {
    json!({"to": format!("{to}/"), "from": "labels", "plugin": class})
}

/// A fleet with two workers.
async fn crew(sources: &Value, config: &str) -> Crew {
    let mut crew = Crew::configured(sources, config).await;
    crew.start("worker", "worker-2", &[("LONGSHORE_WORKER__SLOTS", "2")]);
    crew
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_make_of_every_example_what_one_process_makes() {
    let (sources, config) = (sources(), config(""));
    let receiver = Receiver::start(|_, _| Reply::Status(201, String::new())).await.unwrap();
    let mut outputs: Vec<Value> = EXAMPLES.iter().map(output).collect();
    let url = format!("http://127.0.0.1:{}/datasets", receiver.port);
    outputs.push(json!({
        "to": "posted/", "from": "labels", "plugin": "PostDatasets::Export",
        "options": {"url": url, "api_key": "canary-key"},
    }));
    let mut definition = json!({"name": "Examples", "sources": sources, "outputs": outputs});
    let mut crew = crew(&sources, &config).await;
    let expected = embedded_with(&crew.fleet, &definition, &config).await;
    let posted = receiver.seen().len();
    assert_eq!(posted as u64, DATASETS);
    definition.as_object_mut().unwrap().remove("sources");
    let run = crew.submit(&definition).await;
    assert_eq!(crew.sha256(run).await, expected);
    crew.is_recorded_once(run).await;
    assert_eq!(receiver.seen().len(), 2 * posted);
    // Six of the nine say that they run in parts.
    assert_eq!(crew.ended(run).await["batches"], 6 * DATASETS + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_single_datasets_become_the_file_that_one_process_of_the_exporter_makes() {
    let (sources, in_parts) = (sources(), config(""));
    let mut whole = String::from("[plugins.shard]\n");
    for (_, class) in ONE_FILE {
        writeln!(whole, "{class:?} = {{ by = \"none\" }}").unwrap();
    }
    let outputs: Vec<Value> = ONE_FILE.iter().map(output).collect();
    let mut definition = json!({"name": "Parts", "sources": sources, "outputs": outputs});
    let mut crew = crew(&sources, &in_parts).await;
    let expected = embedded_with(&crew.fleet, &definition, &config(&whole)).await;
    definition.as_object_mut().unwrap().remove("sources");
    let run = crew.submit(&definition).await;
    assert_eq!(crew.sha256(run).await, expected);
    crew.is_recorded_once(run).await;
    assert_eq!(crew.ended(run).await["batches"], 4 * DATASETS);
}
