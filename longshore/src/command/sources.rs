//! `sources`: what is configured, whether it can be read, and what is in it. Reads as a plan would,
//! and writes nothing.

mod place;
mod test;
mod show;
pub(super) mod plain;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use comfy_table::{Table, presets};
use proto::definition::Definition;
use proto::fault::Fault;
use proto::source::SourceSpec;
use serde_json::json;
use source::{Wanted, unknown};

use self::place::{kind, place};
use self::plain::plain;
use super::definition;
use crate::cli::{self, SourcesAction};
use crate::compose;
use crate::config::Config;
use crate::exit::{self, Exit};

/// Does what is asked of the sources.
pub(crate) async fn sources(args: cli::Sources, config: Config) -> anyhow::Result<Exit> {
    let desk = match Desk::new(&args, config) {
        Ok(desk) => desk,
        Err((what, faults)) => return Ok(exit::bad_input(&what, &faults)),
    };
    match args.action.unwrap_or(SourcesAction::List) {
        SourcesAction::List => Ok(desk.list()),
        SourcesAction::Test { names } => desk.test(&names).await,
        SourcesAction::Show { name, table, records } => {
            desk.show(&name, table.as_deref(), records).await
        }
    }
}

/// The sources, and how answers are wanted.
struct Desk {
    config: Config,
    sources: BTreeMap<String, SourceSpec>,
    base: PathBuf,
    is_json: bool,
}

impl Desk {
    /// The sources of the configuration, and those of the definition where one is given.
    fn new(args: &cli::Sources, config: Config) -> Result<Self, (String, Vec<Fault>)> {
        let mut sources = config.sources.clone();
        let mut base = PathBuf::from(".");
        if let Some(file) = &args.definition {
            let name = || file.display().to_string();
            let read = definition::read(file).and_then(|text| Definition::parse(&text));
            let definition = read.map_err(|faults| (name(), faults))?;
            sources.extend(definition.sources);
            if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                folder.clone_into(&mut base);
            }
        }
        Ok(Self { config, sources, base, is_json: args.json })
    }

    /// Lists them.
    fn list(&self) -> Exit {
        if self.is_json {
            let told =
                |(name, spec)| json!({"name": name, "kind": kind(spec), "where": place(spec)});
            let sources: Vec<_> = self.sources.iter().map(told).collect();
            exit::print(&json!({ "sources": sources }).to_string());
            return Exit::Done;
        }
        if self.sources.is_empty() {
            exit::say("no source is configured; `longshore config` shows how");
            return Exit::Done;
        }
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header(["source", "kind", "where"]);
        for (name, spec) in &self.sources {
            table.add_row([plain(name), kind(spec).to_owned(), plain(&place(spec))]);
        }
        exit::print(&table.to_string());
        Exit::Done
    }

    /// A source by its name, or what is told of one that is not there.
    fn named(&self, name: &str) -> Result<&SourceSpec, Fault> {
        let known = || self.sources.keys().map(String::as_str).collect::<Vec<_>>();
        self.sources.get(name).ok_or_else(|| unknown(name, &known()))
    }

    /// Opens one; others may be wrong.
    fn open(
        &self,
        name: &str,
        spec: &SourceSpec,
    ) -> Result<std::sync::Arc<dyn source::Source>, Fault> {
        let only = BTreeMap::from([(name.to_owned(), spec.clone())]);
        let catalog = compose::catalog(&self.config, &only, Path::new(&self.base));
        let catalog = catalog.map_err(|mut faults| faults.remove(0))?;
        catalog.get(name)
    }

    /// What a plan without conditions asks of a source.
    fn wanted(&self) -> Wanted {
        Wanted {
            fields: None,
            besides: Vec::new(),
            filter: proto::filter::Where::new(),
            batch_size: None,
            target_bytes: self.config.coordinator.batch_bytes.as_u64(),
            needs_columns: false,
            search: None,
            query: None,
            view: None,
        }
    }
}
