//! The list of what was left out, as a file of the tree: made from the commit records while it is
//! read, and kept nowhere. Its length and sums are of the tree's record; a range of it costs reading
//! the commit records of the run up to the range's end.

use std::ops::Range;
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

/// A range of the list.
pub(super) fn read(
    store: &Arc<dyn Store>,
    run: RunId,
    batches: u32,
    range: Range<u64>,
) -> BoxStream<'static, Result<Bytes, StoreError>> {
    let (mut at, end) = (0, range.end);
    lines(store, run, batches)
        .map_ok(move |lines| {
            let begin = at;
            at += lines.len() as u64;
            (lines, begin)
        })
        .try_take_while(move |(_, begin)| std::future::ready(Ok(*begin < end)))
        .try_filter_map(move |(lines, begin)| {
            let place = |at: u64| {
                let within = at.saturating_sub(begin);
                usize::try_from(within).unwrap_or(usize::MAX).min(lines.len())
            };
            let part = lines.slice(place(range.start)..place(range.end));
            std::future::ready(Ok((!part.is_empty()).then_some(part)))
        })
        .boxed()
}
