//! Every format in one export of many batches, made by three workers of which one is killed: the files
//! are those that are checked in, and those that one process makes in one batch.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use proto::id::RunId;
use proto::key::Prefix;
use serde_json::{Value, json};
use tests::{Backends, Fleet, sha256};

use super::crew::{Crew, DEADLINE};
use crate::scenario::{Files, SCENARIOS, Scenario, compare, files};

/// How many batches are finished when the worker is killed.
const BEFORE_THE_KILL: usize = 30;

#[tokio::test(flavor = "multi_thread")]
async fn every_format_comes_out_the_same_in_one_process_and_from_workers_that_are_killed() {
    let sources: Value = SCENARIOS
        .map(|name| (name.to_owned(), Scenario::new(name).source()))
        .into_iter()
        .collect::<serde_json::Map<_, _>>()
        .into();
    let stylesheets = Scenario::new("stylesheets").config();
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::idle(&backends, &sources, &stylesheets).await;
    fs::write(crew.fleet.dir().join("run.toml"), stylesheets).unwrap();

    let (_, in_one_batch) = embedded(&crew.fleet, &sources, 0).await;
    for name in SCENARIOS {
        Scenario::new(name).judge(&in_one_batch.join(name), "in one process");
    }
    let (expected_sum, in_many) = embedded(&crew.fleet, &sources, 1).await;
    compare(&made(&in_many), &made(&in_one_batch), "in batches of 1");

    crew.start("coordinator", "coordinator", &[]);
    crew.start("transport-agent", "agent", &[]);
    for worker in ["worker-1", "worker-2", "worker-3"] {
        crew.start("worker", worker, &[("LONGSHORE_WORKER__SLOTS", "1")]);
    }
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    let run = crew.submit(&definition(1)).await;
    crew.reaches(run, BEFORE_THE_KILL).await;
    crew.restart("worker-2").await;
    let finished = crew.keys(Prefix::commits(run)).await.len() as u64;
    let fetched = fetch(&mut crew, run).await;
    crew.is_recorded_once(run).await;
    let batches = crew.ended(run).await["batches"].as_u64().unwrap();
    assert!(finished < batches, "the worker was killed after the last of {batches} batches");
    let from_the_fleet = unpacked(&fetched);
    compare(&made(&from_the_fleet), &made(&in_one_batch), "from the fleet");
    assert_eq!(sha256(&fetched).unwrap(), expected_sum, "the archive is not the same");
}

/// The outputs of every scenario, each in a folder of its own.
fn definition(batch_size: u32) -> Value {
    let outputs: Vec<Value> = SCENARIOS
        .iter()
        .flat_map(|name| {
            Scenario::new(name).outputs().into_iter().map(move |mut output| {
                output["to"] = format!("{name}/{}", output["to"].as_str().unwrap()).into();
                output["from"] = (*name).into();
                let sheets = output.pointer_mut("/options/sheets").and_then(Value::as_array_mut);
                for sheet in sheets.into_iter().flatten() {
                    sheet["from"] = (*name).into();
                }
                output
            })
        })
        .collect();
    json!({"name": "Formats", "batch_size": batch_size, "index": {}, "outputs": outputs})
}

/// The files but for the page that lists them: it tells how long the list of warnings is, which are
/// told for each batch.
fn made(folder: &Path) -> Files {
    let mut made = files(folder);
    made.remove("index.html").unwrap();
    made
}

/// What one process makes: the sum of the archive, and where its files are.
async fn embedded(fleet: &Fleet, sources: &Value, batch_size: u32) -> (String, PathBuf) {
    let path = |what: &str| fleet.dir().join(format!("{what}-{batch_size}"));
    let text = |path: PathBuf| path.to_str().unwrap().to_owned();
    let mut definition = definition(batch_size);
    definition["sources"] = sources.clone();
    let file = path("definition");
    fs::write(&file, definition.to_string()).unwrap();
    let (config, out) = (text(fleet.dir().join("run.toml")), path("out"));
    let (file, data) = (text(file), text(path("data")));
    let arguments =
        ["run", &file, "--config", &config, "--out", out.to_str().unwrap(), "--data", &data];
    let mut program = fleet.command(&format!("embedded-{batch_size}"), &arguments).unwrap();
    let status = program.wait(Duration::from_mins(2)).await.unwrap();
    // Replaced characters are told, and fail nothing.
    assert_eq!(status.code(), Some(3), "{}", program.log().unwrap());
    let archive = out.join("Formats.zip");
    (sha256(&archive).unwrap(), unpacked(&archive))
}

/// Fetches a run's archive by its signed link.
async fn fetch(crew: &mut Crew, run: RunId) -> PathBuf {
    let shown = crew.ended(run).await;
    assert_eq!(shown["state"], "done_with_warnings", "{shown:#}");
    let url = shown["downloads"][0]["volumes"][0]["url"].as_str().unwrap();
    let file = crew.fleet.dir().join("fetched.zip");
    crew.ann.download(url, &file).await.unwrap();
    file
}

fn unpacked(archive: &Path) -> PathBuf {
    let folder = archive.with_extension("unpacked");
    let ended =
        Command::new("unzip").arg("-qo").arg(archive).arg("-d").arg(&folder).status().unwrap();
    assert!(ended.success(), "unzip: {ended}");
    folder
}
