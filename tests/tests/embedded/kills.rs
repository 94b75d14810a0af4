//! A run that is killed goes on where it ended, and ends as if nothing had been.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tests::sha256;

use super::desk::{Desk, commits};
use super::material::busy;

/// How often it is killed altogether.
const KILLS: usize = 20;

/// What the moments come from; another seed is another test.
const SEED: u64 = 20_130_101;

#[tokio::test]
async fn a_run_that_is_killed_at_twenty_moments_ends_with_the_same_bytes() {
    let desk = Desk::new();
    let ask = || desk.define(&busy(200));
    let began = Instant::now();
    let undisturbed = ask().apart("undisturbed").done().await;
    let took = began.elapsed();
    let expected = undisturbed.sha256();
    let batches = undisturbed.result()["counts"]["batches"].clone();

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
            let ended = under.program.wait(if is_spared { took * 20 } else { moment }).await;
            if ended.is_ok() {
                let ran = under.ended().await;
                let told = format!("seed {SEED}, killed after {kills:?}: {}", ran.said);
                assert_eq!(ran.code, 0, "{told}");
                assert_eq!(ran.sha256(), expected, "{told}");
                assert_eq!(ran.result()["counts"]["batches"], batches, "{told}");
                break;
            }
            under.killed().await;
            kills.push(moment);
            commits.look(&desk.path(&name));
            whole_or_absent(&desk.path(&name), &expected);
        }
        if kills.len() == KILLS {
            break;
        }
    }
}

/// Moments at which to kill, from right after the start to two thirds of the way; a run that goes on
/// comes to its end by several of them.
fn moments(seed: u64, took: Duration) -> impl Iterator<Item = Duration> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        // A step of xorshift64.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let part = u32::try_from(state % 1000).unwrap_or(0);
        took * part / 1500
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

/// That an archive which can be seen is whole.
fn whole_or_absent(folder: &Path, expected: &str) {
    let archive = folder.join("out/Busy.zip");
    if archive.exists() {
        assert_eq!(sha256(&archive).unwrap(), expected, "half an archive can be seen");
    }
}
