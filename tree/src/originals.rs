//! The list of files that are called otherwise than they were to be, as a file of the tree: their names
//! were not safe everywhere, or another file had them. Made from the plan, the commit records and the
//! new names while it is read, and kept nowhere, as the list of warnings is.

use std::sync::Arc;

use bytes::Bytes;
use fabric::record;
use fabric::store::{Store, StoreError};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use proto::commit::{Commit, Content};
use proto::id::RunId;
use proto::plan::{Plan, PlannedOutput};
use proto::tree::{NewNames, Renamed, Tree};

use crate::list::Whole;
use crate::renames::new_names;

/// What the list is called where no member is called so.
pub(super) const NAME: &str = "renamed.jsonl";

type Chunks = BoxStream<'static, Result<Bytes, StoreError>>;

/// The list of a run whose tree is settled, in chunks.
pub fn lines_of(store: &Arc<dyn Store>, run: RunId, plan: &Plan, tree: &Tree) -> Chunks {
    let store = Arc::clone(store);
    lines(&Arc::new(Whole { store, run, plan: plan.clone(), tree: tree.clone() }))
}

/// The same: a chunk for each batch that has such files, and for each file that batches share.
pub(super) fn lines(whole: &Arc<Whole>) -> Chunks {
    let (listed, outputs) = (Arc::clone(whole), 0..whole.plan.outputs.len());
    stream::iter(outputs).flat_map(move |output| of_output(&listed, output)).boxed()
}

/// The name that a file was to have which batches share, where it has another.
pub(super) fn of_shared(plan: &Plan, planned: &PlannedOutput) -> Option<String> {
    let to = &plan.definition.outputs.get(planned.index as usize)?.to;
    let path = planned.member.as_ref()?;
    pack::name::original(to, path)
}

fn of_output(whole: &Arc<Whole>, output: usize) -> Chunks {
    let planned = &whole.plan.outputs[output];
    if whole.tree.drops(planned.first) {
        return stream::empty().boxed();
    }
    if let Some(path) = &planned.member {
        let line = of_shared(&whole.plan, planned).map(|original| {
            let mut out = Vec::new();
            line(path, &original, &mut out);
            Ok(out.into())
        });
        return stream::iter(line).boxed();
    }
    let listed = Arc::clone(whole);
    record::commits(&whole.store, whole.run, planned.ordinals())
        .and_then(move |commit| {
            let whole = Arc::clone(&listed);
            async move {
                let Whole { store, run, tree, .. } = &*whole;
                let names = new_names(&**store, *run, tree, commit.ordinal).await?;
                Ok(of_batch(&commit, &names))
            }
        })
        .try_filter(|lines| std::future::ready(!lines.is_empty()))
        .boxed()
}

fn of_batch(commit: &Commit, names: &NewNames) -> Bytes {
    let mut out = Vec::new();
    let mut each = |place, path: &str, original: Option<&str>| {
        if let Some(original) = names.original(place, path, original) {
            line(names.path(place, path), original, &mut out);
        }
    };
    match &commit.content {
        Content::Members(members) => {
            for (place, member) in (0..).zip(members) {
                each(place, &member.path, member.original.as_deref());
            }
        }
        Content::Remote(files) => {
            for (place, file) in (0..).zip(files) {
                each(place, &file.path, file.original.as_deref());
            }
        }
        Content::Share(_) => {}
    }
    out.into()
}

fn line(path: &str, original: &str, out: &mut Vec<u8>) {
    let renamed = Renamed { path: path.to_owned(), original: original.to_owned() };
    out.extend_from_slice(&record::encode(&renamed));
    out.push(b'\n');
}
