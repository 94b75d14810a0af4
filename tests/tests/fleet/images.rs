//! Images converted by workers that are killed at it, and by one process: as files, and beside the records
//! of a workbook.

use serde_json::{Value, json};
use tests::{Backends, Reader, sha256};

use super::crew::{Crew, DEADLINE};
use crate::pictures::{BAD, GOOD, lay_out};

/// The pictures as files, and a workbook that shows them.
fn definition(batch_size: u64) -> Value {
    let mut definition = crate::pictures::definition(batch_size);
    // First, so that it is under way while workers are killed.
    definition["outputs"].as_array_mut().unwrap().insert(
        0,
        json!({
            "to": "pictures.xlsx", "from": "r", "format": "xlsx",
            "select": {"fields": ["id", "title"]},
            "options": {"thumbnails": {"field": "file", "edge": 64}},
        }),
    );
    definition
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_that_is_killed_converts_images_to_the_bytes_that_one_process_makes() {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path());
    let images = format!("[images]\nwatermarks = \"{}\"\n", folder.path().join("marks").display());
    let sources = json!({"r": {"kind": "jsonl", "path": folder.path().join("r.jsonl")}});
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::idle(&backends, &sources, &images).await;
    crew.start("coordinator", "coordinator", &[]);
    crew.start("transport-agent", "agent", &[]);
    for worker in ["worker-1", "worker-2", "worker-3"] {
        crew.start("worker", worker, &[("LONGSHORE_WORKER__SLOTS", "2")]);
    }
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();

    let run = crew.submit(&definition(1)).await;
    for (batches, victim) in [(2, "worker-1"), (4, "worker-2"), (6, "worker-3")] {
        crew.reaches(run, batches).await;
        assert!(!crew.has_ended(run).await, "it was too fast to be disturbed");
        crew.restart(victim).await;
    }
    let shown = crew.ended(run).await;
    assert_eq!(shown["state"], "done_with_warnings", "{shown:#}");
    assert_eq!(shown["warnings"].as_array().unwrap().len(), 2 * BAD.len(), "{shown:#}");
    let file = crew.fleet.dir().join("pictures.zip");
    let url = shown["downloads"][0]["volumes"][0]["url"].as_str().unwrap();
    crew.ann.download(url, &file).await.unwrap();
    assert_eq!(Reader::Unzip.read(&file).unwrap().len(), GOOD + 2);
    crew.is_recorded_once(run).await;

    // The same in one process, in one batch.
    let text = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mut local = definition(0);
    local["sources"] = sources;
    std::fs::write(text("local.json"), local.to_string()).unwrap();
    std::fs::write(text("local.toml"), images).unwrap();
    let (file_of, config) = (text("local.json"), text("local.toml"));
    let (out, data) = (text("out"), text("data"));
    let arguments = ["--config", &config, "run", &file_of, "--out", &out, "--data", &data];
    let mut program = crew.fleet.command("embedded-pictures", &arguments).unwrap();
    let status = program.wait(DEADLINE).await.unwrap();
    assert_eq!(status.code(), Some(3), "{}", program.log().unwrap());
    let made = std::fs::read_dir(out).unwrap().next().unwrap().unwrap();
    assert_eq!(sha256(&file).unwrap(), sha256(&made.path()).unwrap());
}
