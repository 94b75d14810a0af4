//! A plugin with a process for each dataset, on two workers of which one is killed amid it: the archive is the one
//! that a single process of longshore makes.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Backends, Fleet, plugins_section, sha256, workspace, write_datasets};

use super::crew::{Crew, DEADLINE};

/// How many datasets there are, each of 40 entries.
const DATASETS: usize = 30;

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_run_in_parts_by_workers_that_are_killed_leaves_what_one_process_leaves() {
    let labels = tempfile::tempdir().unwrap();
    lay_down(labels.path());
    let sources = json!({"labels": {"kind": "dataset", "directory": labels.path()}});
    let shard = "shard = { \"python-lines\" = { by = \"dataset\", merge = \"files\" } }";
    let config = plugins_section(&[workspace("examples/plugins/python")], shard);
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::idle(&backends, &sources, &config).await;
    let expected = embedded(&crew.fleet, &sources, &config).await;
    crew.start("coordinator", "coordinator", &[]);
    crew.start("transport-agent", "agent", &[]);
    for worker in ["worker-1", "worker-2"] {
        crew.start("worker", worker, &[]);
    }
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    let run = crew.submit(&definition()).await;
    crew.reaches(run, 5).await;
    crew.restart("worker-2").await;
    assert_eq!(crew.sha256(run).await, expected);
    crew.is_recorded_once(run).await;
    assert_eq!(crew.ended(run).await["batches"].as_u64(), Some(DATASETS as u64));
}

fn definition() -> Value {
    json!({"name": "Labels", "outputs": [
        {"to": "labels/", "from": "labels", "plugin": "python-lines"},
    ]})
}

fn lay_down(folder: &Path) {
    let mut records: [Vec<Value>; 4] = Default::default();
    for dataset in 0..DATASETS {
        let id = format!("d{dataset:03}");
        records[0].push(json!({"id": id, "name": format!("Set {dataset}")}));
        for entry in 0..40 {
            let entry_id = format!("{id}-{entry:02}");
            records[1].push(json!({"id": entry_id, "dataset_id": id}));
            let annotation = format!("{entry_id}-a");
            records[2].push(json!({"id": annotation, "dataset_id": id, "entry_id": entry_id}));
        }
    }
    write_datasets(folder, records).unwrap();
}

/// What one process makes of the same.
async fn embedded(fleet: &Fleet, sources: &Value, config: &str) -> String {
    let text = |what: &str| fleet.dir().join(what).to_str().unwrap().to_owned();
    let mut definition = definition();
    definition["sources"] = sources.clone();
    let [file, toml, out, data] = ["plugin.json", "plugin.toml", "out", "data"].map(text);
    fs::write(&file, definition.to_string()).unwrap();
    fs::write(&toml, config).unwrap();
    let arguments = ["run", &file, "--config", &toml, "--out", &out, "--data", &data];
    let mut program = fleet.command("embedded", &arguments).unwrap();
    let status = program.wait(Duration::from_mins(2)).await.unwrap();
    assert_eq!(status.code(), Some(0), "{}", program.log().unwrap());
    sha256(&Path::new(&out).join("Labels.zip")).unwrap()
}
