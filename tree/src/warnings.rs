//! The list of what was left out, as a file of the tree: made from the commit records while it is
//! read, and kept nowhere. Its length and sums are of the tree's record; a range of it costs reading
//! the commit records of the run up to the range's end.

use std::sync::Arc;

use bytes::Bytes;
use fabric::record;
use fabric::store::{Store, StoreError};
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use proto::commit::Warning;
use proto::id::RunId;

/// What the list is called where no member is called so.
pub(super) const NAME: &str = "warnings.jsonl";

/// The whole list, in the order of the plan: a chunk for each batch that has warnings.
pub fn lines(
    store: &Arc<dyn Store>,
    run: RunId,
    batches: u32,
) -> BoxStream<'static, Result<Bytes, StoreError>> {
    record::commits(store, run, 0..batches)
        .try_filter_map(|commit| {
            let lines = lines_of(&commit.warnings);
            std::future::ready(Ok((!lines.is_empty()).then(|| lines.into())))
        })
        .boxed()
}

/// The lines of one batch.
pub(super) fn lines_of(warnings: &[Warning]) -> Vec<u8> {
    let mut lines = Vec::new();
    for warning in warnings {
        lines.extend_from_slice(&record::encode(warning));
        lines.push(b'\n');
    }
    lines
}
