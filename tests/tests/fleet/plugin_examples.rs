//! The example exporters as they are, on two workers: the archive is the one that a single process of longshore
//! makes.

use std::path::Path;

use serde_json::{Value, json};
use tests::{Receiver, Reply};

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

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_make_of_every_example_what_one_process_makes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let sources =
        json!({"labels": {"kind": "dataset", "directory": root.join("examples/plugins/sample")}});
    let config = format!(
        "[plugins]\nfolders = [{:?}]\nruntime = {:?}\nnetwork = true\n\
         shard = {{ \"MediaZip::Export\" = {{ by = \"dataset\", merge = \"files\" }} }}\n",
        root.join("examples/plugins"),
        root.join("sdk/ruby"),
    );
    let receiver = Receiver::start(|_, _| Reply::Status(201, String::new())).await.unwrap();
    let mut outputs: Vec<Value> = EXAMPLES
        .iter()
        .map(|(to, class)| json!({"to": format!("{to}/"), "from": "labels", "plugin": class}))
        .collect();
    let url = format!("http://127.0.0.1:{}/datasets", receiver.port);
    outputs.push(json!({
        "to": "posted/", "from": "labels", "plugin": "PostDatasets::Export",
        "options": {"url": url, "api_key": "canary-key"},
    }));
    let mut definition = json!({"name": "Examples", "sources": sources, "outputs": outputs});
    let mut crew = Crew::configured(&sources, &config).await;
    crew.start("worker", "worker-2", &[("LONGSHORE_WORKER__SLOTS", "2")]);
    let expected = embedded_with(&crew.fleet, &definition, &config).await;
    let posted = receiver.seen().len();
    assert_eq!(posted, 3);
    definition.as_object_mut().unwrap().remove("sources");
    let run = crew.submit(&definition).await;
    assert_eq!(crew.sha256(run).await, expected);
    crew.is_recorded_once(run).await;
    assert_eq!(receiver.seen().len(), 2 * posted);
}
