//! Listing the files of a run from any place on, and finding one.

use std::sync::Arc;

use fabric::record;
use fabric::store::{Store, StoreError};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use proto::commit::Commit;
use proto::id::RunId;
use proto::key::Key;
use proto::plan::{Plan, PlannedOutput};
use proto::tree::Tree;

use crate::file::{File, FileId};
use crate::renames::new_names;
use crate::settle::settle;
use crate::shares::shared_file;

type Files = BoxStream<'static, Result<File, StoreError>>;

/// All files of a run in the order of the archive, after one of them or from the first.
///
/// Reads the commit records of what it passes and 16 ahead, and those alone: whoever goes on after a
/// file begins at its batch.
pub fn files(store: &Arc<dyn Store>, run: RunId, after: Option<FileId>) -> Files {
    let store = Arc::clone(store);
    stream::once(async move {
        let plan: Plan = record::read(&*store, &Key::plan(run)).await?;
        let tree = settle(&store, run, &plan, &std::env::temp_dir()).await?;
        Ok(Arc::new(Whole { store, run, plan, tree }).after(after))
    })
    .try_flatten()
    .boxed()
}

/// The files of a run after one of them, at most `limit`.
pub async fn list(
    store: &Arc<dyn Store>,
    run: RunId,
    after: Option<FileId>,
    limit: usize,
) -> Result<Vec<File>, StoreError> {
    files(store, run, after).take(limit).try_collect().await
}

/// One file of a run; nothing where there is none of that id.
pub async fn find(
    store: &Arc<dyn Store>,
    run: RunId,
    id: FileId,
) -> Result<Option<File>, StoreError> {
    let plan: Plan = record::read(&**store, &Key::plan(run)).await?;
    let tree = settle(store, run, &plan, &std::env::temp_dir()).await?;
    let (ordinal, place) = match id {
        FileId::Batch { ordinal, place } => (ordinal, place),
        FileId::Warnings => {
            return Ok(tree.warnings.map(|list| File::warnings(run, &plan, list)));
        }
        FileId::Originals | FileId::Index => {
            let whole = Arc::new(Whole { store: Arc::clone(store), run, plan, tree });
            return Ok(if id == FileId::Index { whole.index() } else { whole.originals() });
        }
        FileId::Sealed { .. } => return Ok(None),
    };
    let Some(planned) = plan.output_of(ordinal) else { return Ok(None) };
    if tree.drops(planned.first) {
        return Ok(None);
    }
    match (&planned.member, place) {
        (Some(path), None) if planned.first == ordinal => {
            let sum = shared_file(run, &tree, planned)?;
            Ok(Some(File::shared(run, &plan, planned, path, sum)))
        }
        (None, Some(_)) => {
            let commit: Commit = record::read(&**store, &Key::commit(run, ordinal)).await?;
            let names = new_names(&**store, run, &tree, ordinal).await?;
            Ok(File::members(commit, names).find(|file| file.id == id))
        }
        (Some(_), _) | (None, None) => Ok(None),
    }
}

/// A run with all that is needed to list it.
pub(super) struct Whole {
    pub(super) store: Arc<dyn Store>,
    pub(super) run: RunId,
    pub(super) plan: Plan,
    pub(super) tree: Tree,
}

impl Whole {
    fn after(self: &Arc<Self>, after: Option<FileId>) -> Files {
        let index = self.index().filter(|index| after.is_none_or(|after| index.id > after));
        self.listed(after).chain(stream::iter(index.map(Ok))).boxed()
    }

    /// All files but the page that lists them.
    pub(super) fn listed(self: &Arc<Self>, after: Option<FileId>) -> Files {
        let begin = match after {
            None => 0,
            Some(FileId::Batch { ordinal, place: _ }) => ordinal,
            Some(FileId::Originals | FileId::Warnings | FileId::Index | FileId::Sealed { .. }) => {
                u32::MAX
            }
        };
        let (listed, outputs) = (Arc::clone(self), 0..self.plan.outputs.len());
        stream::iter(outputs)
            .flat_map(move |output| listed.output(output, begin))
            .chain(stream::iter(self.originals().map(Ok)))
            .chain(stream::iter(self.warnings().map(Ok)))
            .try_filter(move |file| std::future::ready(after.is_none_or(|after| file.id > after)))
            .boxed()
    }

    fn index(self: &Arc<Self>) -> Option<File> {
        self.tree.index.clone().map(|page| File::index(Arc::clone(self), page))
    }

    /// The files of an output, from a batch on.
    fn output(self: &Arc<Self>, index: usize, begin: u32) -> Files {
        let planned = &self.plan.outputs[index];
        let Some(path) = &planned.member else { return self.members(planned, begin) };
        if self.tree.drops(planned.first) {
            return stream::empty().boxed();
        }
        let shared = shared_file(self.run, &self.tree, planned)
            .map(|sum| File::shared(self.run, &self.plan, planned, path, sum));
        stream::iter([shared]).boxed()
    }

    fn members(self: &Arc<Self>, planned: &PlannedOutput, begin: u32) -> Files {
        let (whole, ordinals) = (Arc::clone(self), planned.ordinals());
        let ordinals = ordinals.start.max(begin).min(ordinals.end)..ordinals.end;
        record::commits(&self.store, self.run, ordinals)
            .and_then(move |commit| {
                let whole = Arc::clone(&whole);
                async move {
                    let Whole { store, run, tree, .. } = &*whole;
                    let names = new_names(&**store, *run, tree, commit.ordinal).await?;
                    Ok(stream::iter(File::members(commit, names).map(Ok)))
                }
            })
            .try_flatten()
            .boxed()
    }

    fn originals(self: &Arc<Self>) -> Option<File> {
        self.tree.originals.clone().map(|list| File::originals(Arc::clone(self), list))
    }

    fn warnings(&self) -> Option<File> {
        self.tree.warnings.clone().map(|list| File::warnings(self.run, &self.plan, list))
    }
}
