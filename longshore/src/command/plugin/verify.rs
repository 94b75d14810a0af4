//! `plugin verify`: one process for everything, and one for each dataset. What they leave is compared byte by
//! byte, for nothing else tells whether an exporter may be run in parts.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use proto::fault::{Code, Fault};
use proto::plugin::secret::declared;
use proto::plugin::shard::{By, Merge, Shard};
use uuid::Uuid;
use worker::{Apart, Leaving};

use super::compare::{Difference, compare, differs_at, files};
use super::merged::{merged, unzipped};
use super::trial::{SOURCE, Trial};
use crate::cli;
use crate::command::run::logged;
use crate::config::Config;
use crate::exit::{self, Exit};

/// Most differences that are told one by one.
const MOST_TOLD: usize = 20;

/// Runs it both ways.
pub(super) async fn verify(args: cli::VerifyPlugin, mut config: Config) -> anyhow::Result<Exit> {
    let trial = match Trial::new(args.trial, &mut config).await? {
        Ok(trial) => trial,
        Err(fault) => return Ok(exit::bad_input("the plugin", &[fault])),
    };
    let said = args.merge.map(|merge| Shard { by: By::Dataset, merge });
    let Some(shard) = said.or(trial.exporter.shard).filter(|shard| shard.is_by_dataset()) else {
        let fault =
            Fault::new(Code::MissingField, "the exporter does not say that it runs in parts")
                .at(trial.exporter.class)
                .hint("let it have a `self.shard`, or try a rule with --merge");
        return Ok(exit::bad_input("the plugin", &[fault]));
    };
    let telemetry = logged(&mut config).await?;
    let scratch = Scratch::new(&config.worker.scratch)?;
    let datasets = trial.datasets(&scratch.0.join("sample"))?;
    let catalog = match Trial::catalog(&config, &datasets) {
        Ok(catalog) => catalog,
        Err(faults) => return Ok(exit::bad_input("the datasets", &faults)),
    };
    let compared = match catalog.get(SOURCE) {
        Ok(source) => Box::pin(run(&trial, &config, &*source, shard.merge, &scratch)).await?,
        Err(fault) => Err(fault),
    };
    telemetry.flush().await;
    Ok(match compared {
        Ok(lines) if lines.is_empty() => Exit::Done,
        Ok(lines) => tell(&lines),
        Err(fault) => {
            exit::say(&format!("error: {}", exit::describe(&fault)));
            Exit::Failed
        }
    })
}

/// Runs it both ways, and compares: what is not the same, or the fault of a run that failed.
async fn run(
    trial: &Trial,
    config: &Config,
    source: &dyn source::Source,
    rule: Merge,
    scratch: &Scratch,
) -> anyhow::Result<Result<Vec<String>, Fault>> {
    let Some(datasets) = source.datasets() else {
        return Ok(Err(Fault::new(Code::InvalidValue, "the source keeps no datasets")));
    };
    let ids = match datasets.ids().await {
        Ok(ids) => ids,
        Err(error) => return Ok(Err(error.fault())),
    };
    let settings = config.plugins.plugins()?;
    let apart = Apart {
        settings: &settings,
        plugin: &trial.exporter.plugin,
        class: &trial.exporter.class,
        options: trial.options(),
        secret: &declared(&trial.exporter.options),
        datasets,
        ids: &ids,
        merge: rule,
    };
    let whole = match apart.run(None, &scratch.0).await {
        Ok(left) => left,
        Err(fault) => return Ok(Err(fault)),
    };
    let mut parts = Vec::new();
    for place in 0..ids.len() {
        match apart.run(Some(place), &scratch.0).await {
            Ok(left) => parts.push(left),
            Err(fault) => return Ok(Err(fault)),
        }
    }
    let left: Vec<Leaving> = parts.iter().map(|left| left.result.clone()).collect();
    let one = match merged(rule, &left, &scratch.0.join("merged")) {
        Ok(one) => one,
        Err(error) => return Ok(Ok(vec![format!("{error:#}")])),
    };
    compared(rule, &whole.result, &one, &scratch.0.join("whole")).map(Ok)
}

/// What is not the same of what one process left and of what became of parts.
fn compared(
    rule: Merge,
    whole: &Leaving,
    parts: &Leaving,
    unpacked: &Path,
) -> anyhow::Result<Vec<String>> {
    let folder = Leaving::Folder(unpacked.to_owned());
    let whole = match rule {
        // ZIP files tell when they were made; what is in them is compared.
        Merge::Zip => {
            unzipped(std::slice::from_ref(whole), unpacked)?;
            &folder
        }
        Merge::JsonArray | Merge::Files | Merge::Jsonl | Merge::None => whole,
    };
    match (whole, parts) {
        (Leaving::Nothing, Leaving::Nothing) => {
            exit::print("the same whole and in parts: nothing is left");
            Ok(Vec::new())
        }
        (Leaving::File(whole), Leaving::File(parts)) => {
            let len = bytesize::ByteSize::b(fs::metadata(whole)?.len());
            match differs_at(whole, parts).context("comparing what was made")? {
                None => exit::print(&format!("the same whole and in parts: a file, {len}")),
                Some(offset) => return Ok(vec![format!("the file differs from byte {offset} on")]),
            }
            Ok(Vec::new())
        }
        (Leaving::Folder(whole), Leaving::Folder(parts)) => {
            let differences = compare(whole, parts).context("comparing what was made")?;
            if differences.is_empty() {
                let count = files(whole).context("comparing what was made")?.len();
                exit::print(&format!("the same whole and in parts: {count} files"));
            }
            Ok(differences.iter().map(line).collect())
        }
        (whole, parts) => {
            Ok(vec![format!("{} is left whole, and {} in parts", kind(whole), kind(parts))])
        }
    }
}

fn line(difference: &Difference) -> String {
    match difference {
        Difference::OnlyFirst(path) => format!("{path}: is made whole, and not in parts"),
        Difference::OnlySecond(path) => format!("{path}: is made in parts, and not whole"),
        Difference::Bytes(path, offset) => format!("{path}: differs from byte {offset} on"),
    }
}

fn kind(left: &Leaving) -> &'static str {
    match left {
        Leaving::Nothing => "nothing",
        Leaving::File(_) => "a file",
        Leaving::Folder(_) => "a folder",
    }
}

/// Tells what is not the same.
fn tell(lines: &[String]) -> Exit {
    for line in lines.iter().take(MOST_TOLD) {
        exit::print(line);
    }
    if lines.len() > MOST_TOLD {
        exit::print(&format!("and {} more", lines.len() - MOST_TOLD));
    }
    exit::say("error: not the same whole and in parts; run it whole, without `self.shard`");
    Exit::Failed
}

/// A folder that is gone when this is.
struct Scratch(PathBuf);

impl Scratch {
    fn new(below: &Path) -> anyhow::Result<Self> {
        let folder = below.join(format!("longshore-verify-{}", Uuid::now_v7()));
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
