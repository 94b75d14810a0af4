//! `plugin test`: an exporter over a few datasets, and the files that it makes.

use std::path::Path;

use anyhow::Context;

use super::compare::files;
use super::trial::Trial;
use crate::cli;
use crate::command::run::{Desk, logged};
use crate::config::Config;
use crate::exit::{self, Exit};

/// Runs it.
pub(super) async fn test(args: cli::TestPlugin, mut config: Config) -> anyhow::Result<Exit> {
    let trial = match Trial::new(args.trial, &mut config).await? {
        Ok(trial) => trial,
        Err(fault) => return Ok(exit::bad_input("the plugin", &[fault])),
    };
    let telemetry = logged(&mut config).await?;
    let datasets = trial.datasets(&args.local.data.join("sample"))?;
    let work = Trial::catalog(&config, &datasets).and_then(|catalog| trial.work(catalog));
    let work = match work {
        Ok(work) => work,
        Err(faults) => return Ok(exit::bad_input("the run", &faults)),
    };
    let (made, is_json) = (trial.made(&args.local.out), args.local.json);
    let ended = Box::pin(Desk::open(args.local, config)?.make(work)).await?;
    let exit = ended.told(telemetry).await?;
    if matches!(exit, Exit::Done | Exit::DoneWithWarnings) && !is_json {
        show(&made)?;
    }
    Ok(exit)
}

/// Lists the files of a folder.
fn show(made: &Path) -> anyhow::Result<()> {
    if !made.is_dir() {
        exit::say("the exporter left no files");
        return Ok(());
    }
    for (path, len) in files(made).with_context(|| format!("reading {}", made.display()))? {
        exit::print(&format!("{}  {}", made.join(path).display(), bytesize::ByteSize::b(len)));
    }
    Ok(())
}
