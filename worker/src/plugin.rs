//! Plugins: exporters that somebody else wrote, each run in a process of its own, apart from everything.
//!
//! A batch is one process, unless what it left is there already. What it asks for comes from the source's datasets,
//! what it leaves in its work directory becomes members of the batch; all of it is gone afterwards. It may be run
//! twice, as any batch: each is told which try it is.

mod settings;
mod manifest;
mod wire;
mod hosts;
mod gate;
mod proxy;
mod way;
mod places;
mod sandbox;
#[cfg(feature = "sandbox-wasm")]
mod wasm;
mod lines;
mod secret;
mod journal;
mod process;
mod shelf;
mod ahead;
mod headway;
mod answers;
mod session;
mod desk;
mod exporter;
mod export;
mod known;
mod work;
mod results;
mod in_parts;
mod joiner;
mod joining;
mod apart;
mod error;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use fabric::board::Board;
use proto::commit::{Content, Warning};
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::plan::Slice;
use proto::plugin::shard::{Merge, Numbering};
use source::SourceError;
use source::datasets::Datasets;
use tokio::sync::{mpsc, watch};
use tokio_util::task::AbortOnDropHandle;

use self::answers::Course;
pub use self::apart::{Apart, Leaving, Left};
use self::desk::Desk;
pub(crate) use self::error::PluginError;
use self::export::Export;
pub use self::exporter::describe;
pub use self::gate::plugin_gate;
pub use self::hosts::AllowedHosts;
pub(crate) use self::in_parts::InParts;
use self::journal::Journal;
pub use self::known::Known;
pub use self::manifest::{Entry, Plugin, is_untrusted, plugins};
use self::results::Collected;
use self::secret::Told;
use self::session::SILENCE;
pub use self::settings::Plugins;
#[cfg(feature = "sandbox-wasm")]
pub use self::wasm::{Untrusted, compile_ruby, run_untrusted};
pub use self::wire::Exporter;
use self::wire::{Output, ShardOf};
use self::work::Work;
use crate::Worker;
use crate::batch::{Made, Task, warning};
use crate::error::BatchError;
use crate::laying::Laying;
use crate::segment::Segments;
use crate::table::WRITTEN;
use crate::warnings::Warnings;

/// What a process did.
struct Ran {
    /// The plugin.
    name: String,
    /// What it says that it left.
    output: Option<Output>,
    /// Where that is, and where the plugin saw it.
    desk: Desk,
    seen: PathBuf,
    /// How many entries it was given.
    records: u64,
    /// What is to be told of it.
    warnings: Vec<Warning>,
}

impl Worker {
    /// Runs a plugin over its datasets, and takes what it leaves.
    pub(crate) async fn plugin(
        &self,
        task: Task,
        wanted: String,
        attempt: u32,
        segments: &mut Segments<'_>,
    ) -> Result<Made, BatchError> {
        let one_file = task.parts.as_ref().and_then(InParts::one_file);
        if let Some((rule, batches)) = one_file {
            let part = self.part(&task, rule, (&wanted, attempt)).await?;
            return self.join_parts(&task, (rule, batches), part, segments).await;
        }
        let Ran { name, output, desk, seen, records, warnings: told } =
            self.exported(&task, &wanted, attempt).await?;
        let (out, mut parts) = mpsc::channel(WRITTEN);
        let (to, asked) = (task.output.to.clone(), task.asked.clone());
        let scratch = self.settings.scratch.clone();
        let collecting = tokio::task::spawn_blocking(move || {
            let (laying, folder) = (Laying::members(&asked, out), desk.work());
            let work = Work { name: &name, folder: &folder, seen: &seen };
            work.collect(output.as_ref(), &to, (&scratch, &asked), laying)
        });
        let written = segments.write_all(&mut parts).await;
        drop(parts);
        let collected = collecting.await.expect("the collecting thread does not panic");
        written?;
        let Collected { members, pieces, renamed } = collected?;
        let mut warnings = Warnings::default();
        warnings.extend(told);
        warnings.extend(renamed.into_iter().map(|(path, wanted)| {
            let why = format!("another file has the name: it is called {path:?}");
            warning(&task.output, Fault::new(Code::PluginWarned, why), &wanted)
        }));
        let bytes = members.iter().map(|member| member.size).sum();
        let (content, warnings) = (Content::Members(members), warnings.finish());
        Ok(Made { content, records, bytes, warnings, pieces })
    }

    /// Runs a plugin to its end.
    async fn exported(&self, task: &Task, wanted: &str, attempt: u32) -> Result<Ran, PluginError> {
        let (settings, scratch) = (&self.settings.plugins, &self.settings.scratch);
        let nowhere = || PluginError::NoDatasets(task.output.from.clone());
        let datasets = task.source.datasets().ok_or_else(nowhere)?;
        let ids = ids(&*datasets, task.output.datasets.as_deref()).await?;
        let merge = task.parts.as_ref().map(|parts| parts.merge);
        let shard = shard(&task.read.slice, &ids, merge)?;
        let (plugin, described) = self.known.exporter(settings, wanted, scratch).await?;
        let Told { options, hidden } = self.told(task, wanted).await?;
        let desk = Desk::new(scratch).map_err(PluginError::Scratch)?;
        let journal = Arc::new(Journal::hiding(hidden));
        let course = Arc::new(Course::over(shard.map_or(ids.len(), |_| 1)));
        let (run, output) = task.of;
        let part = shard.map_or_else(String::new, |shard| format!("/{}", shard.index));
        let run_id = format!("{run}/{output}{part}");
        let export = Export {
            settings,
            plugin: &plugin,
            exporter: &described.exporter,
            options: &options,
            datasets,
            ids: &ids,
            shard,
            attempt,
            run_id: &run_id,
            silence: SILENCE,
        };
        let showing = show(Arc::clone(&self.board), (run, task.ordinal), course.headway.watch());
        let showing = AbortOnDropHandle::new(tokio::spawn(showing));
        let (output, seen) = export.run(&desk, &journal, &course).await?;
        drop(showing);
        Ok(Ran {
            name: plugin.name,
            output,
            desk,
            seen,
            records: course.entries.load(Ordering::Relaxed),
            warnings: journal.warnings(&task.output),
        })
    }
}

/// Shows how far a plugin is, as often as the board takes it. What the board does not take is shown with the next
/// step, for each is the whole of it.
async fn show(
    board: Arc<dyn Board>,
    (run, ordinal): (RunId, u32),
    mut headway: watch::Receiver<u32>,
) {
    while headway.changed().await.is_ok() {
        let thousandths = *headway.borrow_and_update();
        if let Err(error) = board.show_part(run, ordinal, thousandths).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "board not updated");
        }
    }
}

/// The datasets of an export: those that are named, or all.
async fn ids(
    datasets: &dyn Datasets,
    named: Option<&[String]>,
) -> Result<Vec<String>, PluginError> {
    let all = datasets.ids().await?;
    let Some(named) = named else { return Ok(all) };
    let all: HashSet<String> = all.into_iter().collect();
    match named.iter().find(|id| !all.contains(*id)) {
        Some(id) => Err(SourceError::Refused { what: format!("it has no dataset {id:?}") }.into()),
        None => Ok(named.to_vec()),
    }
}

/// The one dataset that a batch is for; nothing where it is for all. The plan names it, and the one before.
fn shard<'i>(
    slice: &Slice,
    ids: &'i [String],
    merge: Option<Merge>,
) -> Result<Option<ShardOf<'i>>, PluginError> {
    let range = match slice {
        Slice::Keys(range) => range,
        Slice::Files(_) | Slice::Groups(_) | Slice::Pages(_) | Slice::Listed(_) => return Ok(None),
    };
    let index = ids.iter().position(|id| Some(id) == range.until.as_ref());
    let before = index.and_then(|index| index.checked_sub(1)).map(|before| &ids[before]);
    match index {
        Some(index) if before == range.after.as_ref() => {
            let numbering = merge.map_or(Numbering::Global, Merge::numbering);
            let offset = numbering.offset(index);
            Ok(Some(ShardOf { dataset_id: &ids[index], index, offset }))
        }
        Some(_) | None => {
            let what = "it has other datasets, or in another order".to_owned();
            Err(SourceError::Changed { what }.into())
        }
    }
}
