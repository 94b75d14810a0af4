//! Every packing of the same files: the bytes that one process makes, on any number of workers, and
//! next to nothing of them passes through the agent.

use fabric::record;
use proto::archive::Archive;
use proto::key::{Key, Prefix};
use serde_json::{Value, json};
use tests::{Backends, Reader};

use super::crew::{Crew, DEADLINE};
use super::load::Load;
use super::packings::{Made, Packings, archives, trees};

/// Of so many bytes that an archive has more than another the agent may move one more.
const MOVED_OF: u64 = 100;

/// Most that it moves of an archive in any case: the first segment, there and back, where the packing
/// begins with a header of its own.
const BEGINNING: u64 = 16 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn one_worker_and_three_make_the_bytes_that_one_process_makes_in_every_packing() {
    let packings = Packings::new();
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::idle(&backends, &packings.load.sources, &packings.targets()).await;
    let expected = sums(packings.embedded(&crew.fleet).await);
    crew.start("coordinator", "coordinator", &[]);
    crew.start("transport-agent", "agent", &[]);
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    for (folder, more) in [("one", vec!["worker-1"]), ("three", vec!["worker-2", "worker-3"])] {
        for name in more {
            crew.start("worker", name, &[("LONGSHORE_WORKER__SLOTS", "2")]);
        }
        let run = crew.submit(&packings.definition(folder)).await;
        let made = packings.fetched(&mut crew, run, folder).await;
        let told = format!("{folder}: {made:#?}");
        assert_eq!(sums(made), expected, "{told}");
        crew.is_recorded_once(run).await;
        // The segments are small enough that workers packed them together first.
        assert_ne!(crew.keys(Prefix::compactions(run)).await, []);
        let zip = crew.ended(run).await["downloads"][0]["volumes"][0]["url"].clone();
        let file = crew.fleet.dir().join("first.zip");
        crew.ann.download(zip.as_str().unwrap(), &file).await.unwrap();
        Reader::Unzip.read(&file).unwrap();
    }
}

fn sums(made: Made) -> Vec<String> {
    made.into_iter().map(|(_, sum)| sum).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_archive_of_many_segments_the_agent_moves_next_to_nothing_in_every_packing() {
    let (few, many) = (joined(3).await, joined(9).await);
    for ((packer, few), many) in all().iter().zip(few).zip(many) {
        let lens = [&few, &many].map(len_bytes);
        println!("{packer}: {} of {}, {} of {}", few.moved, lens[0], many.moved, lens[1]);
        assert!(lens[1] - lens[0] >= 36 << 20, "{packer}: {many:?}");
        let more = many.moved.saturating_sub(few.moved);
        assert!(more * MOVED_OF <= lens[1] - lens[0], "{packer}: {few:?}, {many:?}");
        assert!(many.moved <= BEGINNING, "{packer}: {many:?}");
    }
}

/// Every packing, with those of trees, whose files stay where they are.
fn all() -> Vec<Value> {
    archives().into_iter().chain(trees()).collect()
}

/// The length of an archive, or of the files of a tree.
fn len_bytes(archive: &Archive) -> u64 {
    match &archive.volumes[..] {
        [] => archive.bytes,
        volumes => volumes.iter().map(|volume| volume.len).sum(),
    }
}

/// The archives of so many files in every packing, each file a segment that S3 copies by itself.
async fn joined(files: u32) -> Vec<Archive> {
    let load = Load::of_files(files, 6 << 20);
    let mut definition = load.definition();
    definition["transports"] =
        all().iter().map(|packer| json!({"type": "download", "packer": packer})).collect();
    let mut crew = Crew::idle(&Backends::shared().await.unwrap(), &load.sources, "").await;
    crew.start("coordinator", "coordinator", &[]);
    crew.start("worker", "worker-1", &[("LONGSHORE_WORKER__SLOTS", "2")]);
    // What moves meanwhile for another archive is not told apart.
    crew.start("transport-agent", "agent", &[("LONGSHORE_AGENT__SLOTS", "1")]);
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    let run = crew.submit(&definition).await;
    let shown = crew.ended(run).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
    let mut joined = Vec::new();
    for transport in (0..).take(all().len()) {
        joined.push(record::read(&*crew.store, &Key::archive(run, transport)).await.unwrap());
    }
    joined
}
