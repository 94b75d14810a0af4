//! What the coordinator is given: a largest export, many others of a hundred owners, and small ones meanwhile.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{Api, Fleet, until};

/// Exports, the small ones besides.
pub(crate) const EXPORTS: u32 = 1_000;

/// Whose they are.
const OWNERS: usize = 100;

/// Requests that make exports at once.
const REQUESTS: usize = 16;

/// How long a small export may take.
const DEADLINE: Duration = Duration::from_mins(10);

/// The sources, a record for each batch.
pub(crate) struct Exports {
    /// By name, as a configuration has them.
    pub(crate) sources: Value,
    /// How many batches there are in all.
    pub(crate) batches: u32,
    folder: TempDir,
}

impl Exports {
    /// Exports of so many batches or a few more, a tenth of them in the largest one.
    pub(crate) fn of(batches: u32) -> Result<Self> {
        let others = EXPORTS - 1;
        let each = (batches / 10 * 9 / others).max(1);
        let largest = batches.saturating_sub(each * others).max(1);
        let folder = tempfile::tempdir()?;
        let source = |name: &str, records: u32| -> Result<Value> {
            let path = folder.path().join(format!("{name}.csv"));
            let mut text = String::from("number\n");
            for number in 0..records {
                writeln!(text, "{number}")?;
            }
            fs::write(&path, text)?;
            Ok(json!({ "kind": "csv", "path": path }))
        };
        let sources = json!({
            "largest": source("largest", largest)?,
            "other": source("other", each)?,
            "small": source("small", 1)?,
        });
        Ok(Self { sources, batches: largest + each * others, folder })
    }

    /// Where more files may lie.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The API as each owner sees it, and as whoever makes small exports.
pub(crate) async fn owners(fleet: &Fleet, api: &Api) -> Result<(Vec<Api>, Api)> {
    let mut owners = Vec::new();
    for number in 0..=OWNERS {
        let token = fleet.run(&["token", "new", "--owner", &format!("owner-{number}")]).await?;
        owners.push(api.with_token(token.trim()));
    }
    let small = owners.pop().context("there are owners")?;
    Ok((owners, small))
}

/// Makes the largest export, which is the first owner's; its id.
pub(crate) async fn make_largest(owners: &[Api]) -> Result<String> {
    make(&owners[0], "largest").await
}

/// Makes all others, the owners in turn.
pub(crate) async fn make_others(owners: &[Api]) -> Result<()> {
    let others = owners.iter().cycle().take(EXPORTS as usize - 1);
    let making = others.map(|owner| async move { make(owner, "other").await.map(drop) });
    stream::iter(making).buffer_unordered(REQUESTS).try_collect::<()>().await
}

/// How long small exports take from being made to their end, in seconds, the shortest first: one after the other until
/// the largest has ended.
pub(crate) async fn small_ones(small: &Api, owners: &[Api], largest: &str) -> Result<Vec<f64>> {
    let mut waits = Vec::new();
    while !has_ended(&owners[0], largest).await? {
        let began = Instant::now();
        let export = make(small, "small").await?;
        until("end of a small export", DEADLINE, async || {
            Ok(has_ended(small, &export).await?.then_some(()))
        })
        .await?;
        waits.push(began.elapsed().as_secs_f64());
    }
    waits.sort_by(f64::total_cmp);
    Ok(waits)
}

/// Makes an export of a source, which begins at once; its id.
async fn make(owner: &Api, source: &str) -> Result<String> {
    let definition = json!({
        "name": source,
        "batch_size": 1,
        "outputs": [{ "to": "numbers.csv", "from": source, "format": "csv" }],
    });
    let made = owner.post("/v1/exports", &definition).await?;
    ensure!(made.status.as_u16() == 201, "{source} is refused: {:#}", made.body);
    Ok(made.body["id"].as_str().context("an export without an id")?.to_owned())
}

async fn has_ended(owner: &Api, export: &str) -> Result<bool> {
    let run = owner.get(&format!("/v1/exports/{export}/runs/1")).await?;
    ensure!(run.status.is_success(), "{export} is not shown: {:#}", run.body);
    Ok(!run.body["ended"].is_null())
}
