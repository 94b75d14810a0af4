//! Every packing of the same files, made by a fleet that is killed at times, and by one process.

use std::collections::BTreeSet;
use std::time::Duration;

use fabric::record;
use proto::archive::Archive;
use proto::id::RunId;
use proto::key::Key;
use serde_json::{Value, json};
use tests::{Backends, Fleet, sha256};

use super::crew::Crew;
use super::load::Load;

/// Every packing that a fleet makes; a bag reads its tables once more, and nothing else does.
fn packers() -> [Value; 7] {
    let bag = json!({"bag": {"archive": "tar_zst", "algorithms": ["sha256", "md5"]}});
    let plain = ["zip", "zip_10mb", "tar", "tar_gz", "tar_bz2", "tar_zst"].map(Value::from);
    let [zip, zip_10mb, tar, tar_gz, tar_bz2, tar_zst] = plain;
    [zip, zip_10mb, tar, tar_gz, tar_bz2, tar_zst, bag]
}

/// Most that an agent moves to join 20 MiB and more, in bytes: the beginnings of tables that go with
/// their headers (up to 5 MiB each, there and back), and what is too little for workers to pack.
const MOST_MOVED: u64 = 48 << 20;

/// The tables as they lie in the store, in bytes, and some.
const READ_TABLES: u64 = 24 << 20;

/// SHA-256 of every archive that one process makes.
async fn embedded(fleet: &Fleet, definition: &Value) -> BTreeSet<String> {
    let dir = fleet.dir();
    let text = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    std::fs::write(text("packed.json"), definition.to_string()).unwrap();
    let (file, out, data) = (text("packed.json"), text("packed"), text("packed-data"));
    let arguments = ["run", &file, "--out", &out, "--data", &data];
    let mut program = fleet.command("embedded-packed", &arguments).unwrap();
    let status = program.wait(Duration::from_mins(5)).await.unwrap();
    assert!(status.success(), "{}", program.log().unwrap());
    let archives = std::fs::read_dir(out).unwrap();
    archives.map(|entry| sha256(&entry.unwrap().path()).unwrap()).collect()
}

/// The same of what a fleet made, fetched by the signed links.
async fn fetched(crew: &mut Crew, run: RunId) -> BTreeSet<String> {
    let shown = crew.ended(run).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
    let mut sums = BTreeSet::new();
    for download in shown["downloads"].as_array().unwrap() {
        for volume in download["volumes"].as_array().unwrap() {
            let file = crew.fleet.dir().join("volume");
            crew.ann.download(volume["url"].as_str().unwrap(), &file).await.unwrap();
            sums.insert(sha256(&file).unwrap());
        }
    }
    sums
}

#[tokio::test(flavor = "multi_thread")]
async fn every_packer_makes_the_bytes_that_one_process_makes_and_moves_few() {
    let load = Load::large();
    let mut definition = load.definition();
    let packers = packers();
    let transport = |packer: &Value| json!({"type": "download", "packer": packer});
    definition["transports"] = packers.iter().map(transport).collect();
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::working(&backends, &load.sources, 1).await;
    let mut local = definition.clone();
    local["sources"] = load.sources.clone();
    let expected = embedded(&crew.fleet, &local).await;
    assert!(expected.len() >= packers.len(), "{expected:?}");

    let one = crew.submit(&definition).await;
    assert_eq!(fetched(&mut crew, one).await, expected);
    for (transport, packer) in (0..).zip(&packers) {
        let archive: Archive =
            record::read(&*crew.store, &Key::archive(one, transport)).await.unwrap();
        let len: u64 = archive.volumes.iter().map(|volume| volume.len).sum();
        println!("{packer}: {} of {len} bytes moved", archive.moved);
        // Volumes of 10 MB are cut where no segment ends, and are short.
        let tables = if packer.is_object() { READ_TABLES } else { 0 };
        let most = MOST_MOVED + tables;
        assert!(packer == "zip_10mb" || archive.moved <= most, "{packer}: {archive:?}");
    }

    crew.start("worker", "worker-2", &[]);
    crew.start("worker", "worker-3", &[]);
    let three = crew.submit(&definition).await;
    for (batches, victim) in [(5, "worker-1"), (20, "worker-1"), (40, "coordinator")] {
        crew.reaches(three, batches).await;
        crew.restart(victim).await;
    }
    for transport in [0, 2, 4, 6] {
        crew.reaches_archive(three, transport).await;
        crew.restart("agent").await;
    }
    assert_eq!(fetched(&mut crew, three).await, expected);
}
