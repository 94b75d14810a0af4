//! An exporter outside of any export, whole or for one of its datasets, for whoever tries one: what it leaves
//! stays where it wrote it, and is not packed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proto::fault::Fault;
use proto::plugin::shard::Merge;
use serde_json::{Map, Value};
use source::datasets::Datasets;

use super::answers::Course;
use super::desk::Desk;
use super::error::PluginError;
use super::export::Export;
use super::journal::Journal;
use super::manifest::Plugin;
use super::secret::Told;
use super::session::SILENCE;
use super::settings::Plugins;
use super::wire::{Mode, Output, ShardOf};
use super::work::Work;

/// What is run, and over what.
pub struct Apart<'a> {
    /// What a process may take.
    pub settings: &'a Plugins,
    /// The plugin.
    pub plugin: &'a Plugin,
    /// Its exporter.
    pub class: &'a str,
    /// The plugin's own.
    pub options: &'a Map<String, Value>,
    /// Which of them are secret though they are not marked.
    pub secret: &'a BTreeSet<String>,
    /// Where records are from.
    pub datasets: Arc<dyn Datasets>,
    /// All datasets of the export.
    pub ids: &'a [String],
    /// What makes one result of what is left for single ones.
    pub merge: Merge,
}

/// What a process left. It is gone when this is dropped.
pub struct Left {
    /// What, and where.
    pub result: Leaving,
    _desk: Desk,
}

/// What a process leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaving {
    /// Nothing: it did its work elsewhere.
    Nothing,
    /// A file.
    File(PathBuf),
    /// A folder.
    Folder(PathBuf),
}

impl Apart<'_> {
    /// Runs it for all datasets, or for the one at a place among them, with its folder in `scratch`.
    pub async fn run(&self, only: Option<usize>, scratch: &Path) -> Result<Left, Fault> {
        self.left(only, scratch).await.map_err(|error| error.fault())
    }

    async fn left(&self, only: Option<usize>, scratch: &Path) -> Result<Left, PluginError> {
        let desk = Desk::new(scratch).map_err(PluginError::Scratch)?;
        let Told { options, hidden } = Told::of(self.options, self.secret);
        let (journal, course) = (Arc::new(Journal::hiding(hidden)), Arc::new(Course::default()));
        let shard = only.and_then(|index| Some((index, self.ids.get(index)?)));
        let export = Export {
            settings: self.settings,
            plugin: self.plugin,
            exporter: self.class,
            options: &options,
            datasets: Arc::clone(&self.datasets),
            ids: self.ids,
            shard: shard.map(|(index, id)| ShardOf {
                dataset_id: id,
                index,
                offset: self.merge.numbering().offset(index),
            }),
            attempt: 1,
            run_id: self.class,
            silence: SILENCE,
        };
        let (output, seen) = export.run(&desk, &journal, &course).await?;
        let folder = desk.work();
        let work = Work { name: &self.plugin.name, folder: &folder, seen: &seen };
        let result = match output {
            None | Some(Output { mode: Mode::None, .. }) => Leaving::Nothing,
            Some(Output { mode: Mode::File, path }) => Leaving::File(work.path(path.as_deref())?),
            Some(Output { mode: Mode::Directory, path }) => {
                Leaving::Folder(work.path(path.as_deref())?)
            }
        };
        Ok(Left { result, _desk: desk })
    }
}
