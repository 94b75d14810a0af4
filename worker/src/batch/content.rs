//! What a batch has in it, by what its output asks for.

use proto::key::Key;

use super::{Made, Task};
use crate::Worker;
use crate::error::BatchError;
use crate::segment::Segments;
use crate::turn::Turn;

impl Worker {
    /// Makes what is in a batch, which has a number, and is tried for a time.
    pub(super) async fn content(
        &self,
        task: Task,
        (ordinal, tries): (u32, u32),
        segments: &mut Segments<'_>,
        turn: &mut Turn<'_>,
    ) -> Result<Made, BatchError> {
        let assets = task.output.assets.as_ref();
        let remote = assets.and_then(|assets| Some((assets, assets.remote.as_ref()?)));
        if let Some((assets, remote)) = remote {
            if task.output.lists_files() {
                self.list_files(&task, assets, remote, segments).await
            } else {
                self.refer(&task, assets, remote).await
            }
        } else if task.output.assets.is_some() {
            self.collect(&task, segments).await
        } else if let Some(easydb) = task.output.easydb.as_deref().cloned() {
            let exported = Key::exported(task.of.0, ordinal);
            self.easydb(task, easydb, &exported, segments, turn).await
        } else if let Some(plugin) = task.output.plugin.clone() {
            self.plugin(task, plugin, tries, segments).await
        } else if let Some(made) = task.output.made.as_deref().cloned() {
            self.made(task, made, segments).await
        } else if let Some(form) = task.output.verbatim {
            self.verbatim(&task, form, segments).await
        } else if let Some(format) = task.output.format.filter(|_| task.output.is_whole()) {
            self.whole(task, format, segments).await
        } else if task.output.per.is_some() {
            self.records(task, segments).await
        } else {
            self.table(task, segments).await
        }
    }
}
