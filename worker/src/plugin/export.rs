//! One process for one export, or for one dataset of it: begun, told what to do, and answered to its end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use source::datasets::Datasets;

use super::answers::{Answers, Course};
use super::desk::Desk;
use super::error::PluginError;
use super::journal::Journal;
use super::manifest::Plugin;
use super::process::Process;
use super::session::Session;
use super::settings::Plugins;
use super::shelf::Shelf;
use super::wire::{self, Asked, Output, Run, ShardOf};

/// What is run, and over what.
pub(super) struct Export<'e> {
    /// What the process may take.
    pub(super) settings: &'e Plugins,
    pub(super) plugin: &'e Plugin,
    /// The class, or whatever names an exporter.
    pub(super) exporter: &'e str,
    /// The plugin's own.
    pub(super) options: &'e Map<String, Value>,
    /// Where records are from.
    pub(super) datasets: Arc<dyn Datasets>,
    /// All datasets of the export.
    pub(super) ids: &'e [String],
    /// The one that the process is for; nothing for all.
    pub(super) shard: Option<ShardOf<'e>>,
    /// Which try of the same work this is, from 1, and what is the same for every try.
    pub(super) attempt: u32,
    pub(super) run_id: &'e str,
    /// How long it may say nothing.
    pub(super) silence: Duration,
}

impl Export<'_> {
    /// Runs the process. What it says that it left is on the desk; beside it, where it saw the desk's work directory.
    pub(super) async fn run(
        self,
        desk: &Desk,
        journal: &Arc<Journal>,
        course: &Arc<Course>,
    ) -> Result<(Option<Output>, PathBuf), PluginError> {
        let process = Process::start(self.settings, self.plugin, &desk.work(), journal).await?;
        let seen = process.work.clone();
        let first = wire::first(Asked::Run(Run {
            exporter: self.exporter,
            dataset_ids: self.ids,
            options: self.options,
            workdir: &seen.to_string_lossy(),
            shard: self.shard,
            attempt: self.attempt,
            run_id: self.run_id,
        }));
        let answers = Answers::new(
            self.datasets,
            Arc::clone(journal),
            Arc::clone(course),
            Shelf::new(desk.work(), desk.staging()),
            seen.clone(),
        );
        let idle = Duration::from_secs(self.settings.idle_seconds);
        let session = Session { name: &self.plugin.name, journal, silence: self.silence, idle };
        let output = session.export(process, first, answers, course).await?;
        Ok((output, seen))
    }
}
