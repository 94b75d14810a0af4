//! Files of a run that stay where they are: no part of its tree, but named with it.

use std::sync::Arc;

use fabric::record;
use fabric::store::{Store, StoreError};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use proto::commit::{Content, RemoteFile};
use proto::id::RunId;
use proto::plan::Plan;
use proto::tree::Tree;

use crate::renames::new_names;

/// Every file that stays where it is, in the order of the plan and under its final name.
pub fn remote_files<'t>(
    store: &'t Arc<dyn Store>,
    run: RunId,
    plan: &'t Plan,
    tree: &'t Tree,
) -> BoxStream<'t, Result<RemoteFile, StoreError>> {
    let is_remote = |index: u32| {
        let output = plan.definition.outputs.get(index as usize);
        let output = output.filter(|output| !output.lists_files());
        let assets = output.and_then(|output| output.assets.as_ref());
        assets.is_some_and(|assets| assets.remote.is_some())
    };
    let outputs = plan.outputs.iter().filter(move |planned| is_remote(planned.index));
    stream::iter(outputs)
        .flat_map(move |planned| record::commits(store, run, planned.ordinals()))
        .and_then(move |commit| async move {
            let names = new_names(&**store, run, tree, commit.ordinal).await?;
            let Content::Remote(files) = commit.content else {
                return Ok(stream::iter(Vec::new()));
            };
            let renamed = (0..).zip(files).map(|(place, file)| {
                let path = names.path(place, &file.path).to_owned();
                let original = names.original(place, &file.path, file.original.as_deref());
                let original = original.map(str::to_owned);
                Ok(RemoteFile { path, original, ..file })
            });
            Ok(stream::iter(renamed.collect::<Vec<_>>()))
        })
        .try_flatten()
        .boxed()
}
