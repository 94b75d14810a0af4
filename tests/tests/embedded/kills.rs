//! A run that is killed goes on where it ended, and ends as if nothing had been, in every packing.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{laid, until};

use super::desk::{Desk, commits};
use super::material::{busy, example};
use super::packers::{noise, text};

/// How long a run that is spared may take, and how long may be waited for what one puts out.
const DEADLINE: Duration = Duration::from_mins(3);

/// How often it is killed altogether.
const KILLS: usize = 20;

/// What the moments come from; another seed is another test.
const SEED: u64 = 20_130_101;

/// Every packing of tables, of files of records, and of assets that fill more than one volume.
fn definition(desk: &Desk) -> Value {
    desk.write("files/noise.bin", noise(4_500_000));
    desk.write("files/text.txt", text(6_000_000));
    desk.write("files.jsonl", "{\"file\": \"files/noise.bin\"}\n{\"file\": \"files/text.txt\"}\n");
    let mut definition = busy(1000);
    definition["sources"]["files"] = json!({"kind": "jsonl", "path": "files.jsonl"});
    let airlines = json!({"kind": "jsonl", "path": example("flights/airlines.jsonl")});
    definition["sources"]["airlines"] = airlines;
    let outputs = definition["outputs"].as_array_mut().unwrap();
    // Thousands of files take long to lay down and are met by kills no oftener than some.
    outputs.retain(|output| output["from"] != "planes");
    outputs.extend([
        json!({"to": "{carrier}.json", "from": "airlines", "format": "json", "per": "record"}),
        json!({"to": "large/", "from": "files", "assets": {"field": "file"}}),
    ]);
    let plain =
        ["zip", "zip_10mb", "zip_2gb", "tar", "tar_gz", "tar_bz2", "tar_zst"].map(Value::from);
    let bags = ["zip", "tar", "tar_gz", "tar_bz2", "tar_zst", "tar_xz", "none"].map(|archive| {
        json!({"bag": {"archive": archive, "algorithms": ["sha256"], "date": "2026-02-03"}})
    });
    let packers = plain.into_iter().chain(bags).chain([json!("none")]);
    definition["transports"] =
        packers.map(|packer| json!({"type": "download", "packer": packer})).collect();
    definition
}

#[tokio::test]
async fn a_run_that_is_killed_at_twenty_moments_ends_with_the_same_bytes_in_every_packing() {
    let desk = Desk::new();
    let definition = definition(&desk);
    let ask = || desk.define(&definition);
    let began = Instant::now();
    let undisturbed = ask().apart("undisturbed").done().await;
    let took = began.elapsed();
    let expected = laid(&undisturbed.out).unwrap();
    let batches = undisturbed.result()["counts"]["batches"].clone();
    let archives = undisturbed.result()["archives"].as_array().unwrap().len();
    assert!(archives > 10, "no archive has several volumes: {}", undisturbed.said);

    let mut moments = moments(SEED, took);
    let mut kills = Vec::new();
    for life in 0.. {
        let name = format!("life-{life}");
        let ask = ask().apart(&name).with("--workers=3");
        let mut commits = Commits::default();
        loop {
            let is_spared = kills.len() == KILLS;
            let moment = moments.next().unwrap();
            let mut under = ask.start();
            let ended = under.program.wait(if is_spared { DEADLINE } else { moment }).await;
            if ended.is_ok() {
                let ran = under.ended().await;
                let told = format!("seed {SEED}, killed after {kills:?}: {}", ran.said);
                assert_eq!(ran.code, 0, "{told}");
                assert!(laid(&ran.out).unwrap() == expected, "{told}");
                assert_eq!(ran.result()["counts"]["batches"], batches, "{told}");
                break;
            }
            under.killed().await;
            kills.push(moment);
            commits.look(&desk.path(&name));
            whole_or_absent(&desk.path(&name).join("out"), &expected);
        }
        if kills.len() == KILLS {
            break;
        }
    }
}

#[tokio::test]
async fn what_was_put_out_in_part_when_it_was_killed_is_put_out_whole_by_the_same_command() {
    let desk = Desk::new();
    // The trees of thousands of files come last, and take their time.
    let mut definition = busy(2000);
    let packers = ["zip", "tar", "none", "none", "none"];
    definition["transports"] =
        packers.map(|packer| json!({"type": "download", "packer": packer})).into();
    // A second run would leave this out.
    definition["outputs"][3]["incremental"] = json!({"by": "digest", "key": "faa"});
    let expected = laid(&desk.define(&definition).apart("undisturbed").done().await.out).unwrap();
    let ask = desk.define(&definition).apart("killed");
    let out = desk.path("killed/out");
    let mut under = ask.start();
    until("result that is put out", DEADLINE, async || {
        under.program.still_runs()?;
        Ok(fs::read_dir(&out).is_ok_and(|mut seen| seen.next().is_some()).then_some(()))
    })
    .await
    .unwrap();
    under.killed().await;
    assert!(laid(&out).unwrap() != expected, "it was too fast to be killed");
    whole_or_absent(&out, &expected);
    let ran = ask.done().await;
    ran.assert_said(&["going on with the run that was cut off"]);
    assert!(laid(&out).unwrap() == expected, "{}", ran.said);
}

/// Moments at which to kill, from right after the start to a third of the way; a run that goes on
/// comes to its end by several of them.
fn moments(seed: u64, took: Duration) -> impl Iterator<Item = Duration> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        // A step of xorshift64.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let part = u32::try_from(state % 1000).unwrap_or(0);
        took * part / 3000
    })
}

/// The commit records seen so far.
#[derive(Default)]
struct Commits(HashMap<PathBuf, Vec<u8>>);

impl Commits {
    /// Looks at those that are there: what was committed once is never committed differently.
    fn look(&mut self, folder: &Path) {
        for path in commits(&folder.join("data")) {
            let record = fs::read(&path).unwrap();
            let before = self.0.entry(path).or_insert_with(|| record.clone());
            assert_eq!(*before, record, "a batch was committed twice");
        }
    }
}

/// That each archive and tree that can be seen is whole; what is written has another name.
fn whole_or_absent(out: &Path, expected: &BTreeMap<String, String>) {
    for seen in fs::read_dir(out).into_iter().flatten() {
        let name = seen.unwrap().file_name().into_string().unwrap();
        if Path::new(&name).extension().is_some_and(|extension| extension == "part") {
            continue;
        }
        let is_in = |files: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            let below = format!("{name}/");
            let mut files = files.clone();
            files.retain(|path, _| *path == name || path.starts_with(&below));
            files
        };
        assert!(is_in(&laid(out).unwrap()) == is_in(expected), "half of {name} can be seen");
    }
}
