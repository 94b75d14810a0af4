//! Every packing of the same files, made by a fleet that is killed at times, and by one process.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use fabric::record;
use proto::archive::Archive;
use proto::id::RunId;
use proto::key::Key;
use serde_json::{Value, json};
use tests::{Backends, Fleet, sha256};

use super::crew::Crew;
use super::load::Load;

const PACKERS: [&str; 6] = ["zip", "zip_10mb", "tar", "tar_gz", "tar_bz2", "tar_zst"];

/// Most that an agent moves to join 20 MiB and more, in bytes: the beginnings of tables that go with
/// their headers (up to 5 MiB each, there and back), and what is too little for workers to pack.
const MOST_MOVED: u64 = 48 << 20;

/// SHA-256 of every archive that one process makes, by its name.
async fn embedded(fleet: &Fleet, definition: &Value) -> BTreeMap<String, String> {
    let dir = fleet.dir();
    let text = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    std::fs::write(text("packed.json"), definition.to_string()).unwrap();
    let (file, out, data) = (text("packed.json"), text("packed"), text("packed-data"));
    let arguments = ["run", &file, "--out", &out, "--data", &data];
    let mut program = fleet.command("embedded-packed", &arguments).unwrap();
    let status = program.wait(Duration::from_mins(5)).await.unwrap();
    assert!(status.success(), "{}", program.log().unwrap());
    let sum = |path: &Path| {
        (path.file_name().unwrap().to_str().unwrap().to_owned(), sha256(path).unwrap())
    };
    std::fs::read_dir(out).unwrap().map(|entry| sum(&entry.unwrap().path())).collect()
}

/// The same of what a fleet made, fetched by the signed links.
async fn fetched(crew: &mut Crew, run: RunId) -> BTreeMap<String, String> {
    let shown = crew.ended(run).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
    let mut sums = BTreeMap::new();
    for download in shown["downloads"].as_array().unwrap() {
        for volume in download["volumes"].as_array().unwrap() {
            let name = volume["name"].as_str().unwrap();
            let file = crew.fleet.dir().join(name);
            crew.ann.download(volume["url"].as_str().unwrap(), &file).await.unwrap();
            sums.insert(name.to_owned(), sha256(&file).unwrap());
        }
    }
    sums
}

#[tokio::test(flavor = "multi_thread")]
async fn every_packer_makes_the_bytes_that_one_process_makes_and_moves_few() {
    let load = Load::large();
    let mut definition = load.definition();
    definition["transports"] =
        PACKERS.map(|packer| json!({"type": "download", "packer": packer})).into();
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::working(&backends, &load.sources, 1).await;
    let mut local = definition.clone();
    local["sources"] = load.sources.clone();
    let expected = embedded(&crew.fleet, &local).await;
    assert!(expected.len() > PACKERS.len(), "{expected:?}");

    let one = crew.submit(&definition).await;
    assert_eq!(fetched(&mut crew, one).await, expected);
    for (transport, packer) in (0..).zip(PACKERS) {
        let archive: Archive =
            record::read(&*crew.store, &Key::archive(one, transport)).await.unwrap();
        let len: u64 = archive.volumes.iter().map(|volume| volume.len).sum();
        println!("{packer}: {} of {len} bytes moved", archive.moved);
        // Volumes of 10 MB are cut where no segment ends, and are short.
        assert!(packer == "zip_10mb" || archive.moved <= MOST_MOVED, "{packer}: {archive:?}");
    }

    crew.start("worker", "worker-2", &[]);
    crew.start("worker", "worker-3", &[]);
    let three = crew.submit(&definition).await;
    for (batches, victim) in [(5, "worker-1"), (20, "worker-1"), (40, "coordinator")] {
        crew.reaches(three, batches).await;
        crew.restart(victim).await;
    }
    for transport in 0..3 {
        crew.reaches_archive(three, transport).await;
        crew.restart("agent").await;
    }
    assert_eq!(fetched(&mut crew, three).await, expected);
}
