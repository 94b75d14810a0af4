//! `run`: a whole export in this process, of a definition, or of a configuration of deriva-download, which
//! becomes one.

mod desk;
mod begin;
mod folders;
mod deliver;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proto::definition::Definition;
use proto::fault::{Code, Fault};

pub(crate) use self::desk::{Desk, Work, lock, logged};
use super::{definition, deriva};
use crate::cli;
use crate::compose;
use crate::config::Config;
use crate::exit::{self, Exit};

/// Runs what a file says to its end.
pub(crate) async fn run(args: cli::Run, mut config: Config) -> anyhow::Result<Exit> {
    let name = args.definition.display().to_string();
    let text = match definition::read(&args.definition) {
        Ok(text) => text,
        Err(faults) => return Ok(exit::bad_input(&name, &faults)),
    };
    if let Some(configuration) = deriva::configuration(&text) {
        return Box::pin(deriva::run_file(name, configuration, args, config)).await;
    }
    let definition = match Definition::parse(&text) {
        Ok(definition) => definition,
        Err(faults) => return Ok(exit::bad_input(&name, &faults)),
    };
    if let Some(fault) = idle(&args) {
        return Ok(exit::bad_input("the command line", &[fault]));
    }
    let telemetry = logged(&mut config).await?;
    let base = args.definition.canonicalize()?.parent().map(Path::to_owned).unwrap_or_default();
    let mut sources: BTreeMap<_, _> = config.sources.clone();
    sources.extend(definition.sources.clone());
    let mut targets: BTreeMap<_, _> = config.targets.clone();
    targets.extend(definition.targets.clone());
    let catalog = match compose::catalog(&config, &sources, &base) {
        Ok(catalog) => catalog,
        Err(faults) => return Ok(exit::bad_input("the sources", &faults)),
    };
    let mut desk = Desk::open(args.local, config)?;
    let ended = desk.make(Work { name, definition, catalog, targets, base }).await?;
    ended.told(telemetry).await
}

/// What was said that means nothing to a definition.
fn idle(args: &cli::Run) -> Option<Fault> {
    let credentials = &args.credentials;
    let said = [
        (!args.variables.is_empty(), "KEY=VALUE"),
        (args.host.is_some(), "--host"),
        (args.catalog.is_some(), "--catalog"),
        (credentials.cookie_file.is_some(), "--cookie-file"),
        (credentials.bearer_file.is_some(), "--bearer-file"),
    ];
    let (_, what) = said.into_iter().find(|(is_said, _)| *is_said)?;
    let why = "this is for configurations of deriva-download, and the file is a definition";
    Some(Fault::new(Code::InvalidValue, why).at(what).hint("leave it out"))
}

/// A path for people.
pub(super) fn shown(path: &Path) -> String {
    path.canonicalize().unwrap_or_else(|_| PathBuf::from(path)).display().to_string()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn idle_at(arguments: &[&str]) -> Option<String> {
        let line = [&["longshore", "run", "d.json"][..], arguments].concat();
        let cli::Command::Run(args) = cli::Cli::parse_from(line).command else { panic!() };
        idle(&args)?.place
    }

    #[test]
    fn a_definition_takes_neither_variables_nor_credentials() {
        assert_eq!(idle_at(&["--out", "o", "--json"]), None);
        assert_eq!(idle_at(&["A=1"]).as_deref(), Some("KEY=VALUE"));
        assert_eq!(idle_at(&["--host", "https://h"]).as_deref(), Some("--host"));
        assert_eq!(idle_at(&["--catalog", "7"]).as_deref(), Some("--catalog"));
        assert_eq!(idle_at(&["--cookie-file", "c"]).as_deref(), Some("--cookie-file"));
        assert_eq!(idle_at(&["--bearer-file", "b"]).as_deref(), Some("--bearer-file"));
    }
}
