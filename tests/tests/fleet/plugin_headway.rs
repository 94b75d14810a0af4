//! How far an exporter is while it has the only batch of a run: by the entries that it was given, as the API tells.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;
use tests::{plugins_section, until, write_datasets};

use super::crew::{Crew, DEADLINE};

/// Asks for a page of entries, and works on it without end.
const PROGRAM: &str = r#"#!/bin/sh
read -r first <&3
case $first in
*describe*) echo '{"ev":"described","exporters":[{"exporter":"slow"}]}' >&4; exit ;;
esac
echo '{"ev":"ready"}' >&4
echo '{"id":1,"op":"dataset","dataset_id":"d"}' >&4
read -r answer <&3
echo '{"id":2,"op":"entries","dataset_id":"d"}' >&4
read -r answer <&3
while echo '{"ev":"alive"}' >&4; do sleep 1; done
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_shows_how_many_of_its_entries_an_exporter_was_given() {
    let (labels, plugins) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    lay_down(labels.path());
    install(plugins.path());
    let sources = json!({"labels": {"kind": "dataset", "directory": labels.path()}});
    let config = plugins_section(&[plugins.path().to_owned()], "");
    let crew = Crew::configured(&sources, &config).await;
    let output = json!({"to": "labels/", "from": "labels", "plugin": "slow"});
    let run = crew.submit(&json!({"name": "Labels", "outputs": [output]})).await;
    let path = format!("/v1/exports/{}/runs/{}", run.export, run.run);
    until("a quarter of the entries", DEADLINE, async || {
        let Ok(answer) = crew.ann.get(&path).await else { return Ok(None) };
        Ok((answer.body["under_way"] == 0.25).then_some(()))
    })
    .await
    .unwrap();
}

/// A dataset of 4,000 entries, as its record tells, of which 1,000 are a page.
fn lay_down(folder: &Path) {
    let dataset = json!({"id": "d", "name": "Set", "entries_total_count": 4000});
    let entry = |number: u32| json!({"id": format!("e{number:04}"), "dataset_id": "d"});
    let entries = (0..4000).map(entry).collect();
    write_datasets(folder, [vec![dataset], entries, Vec::new(), Vec::new()]).unwrap();
}

fn install(folder: &Path) {
    let program = folder.join("run");
    let manifest = json!({"name": "slow", "entryPoints": {"exporter": {"path": "run"}}});
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
    fs::write(&program, PROGRAM).unwrap();
    for path in [folder, program.as_path()] {
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    }
}
