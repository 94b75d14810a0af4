//! A part of a list of events. What a record tells of many is looked up only where it is shown.

use std::ops::Range;

use fabric::store::StoreError;
use futures::stream::TryStreamExt;
use proto::id::Owner;
use serde_json::Value;

use super::super::Dialect;
use super::MOST;
use super::filter::Filter;
use super::shape::Shape;

/// Which events of a list are wanted.
pub(super) struct Window<'w> {
    pub(super) filter: &'w Filter,
    pub(super) shape: &'w Shape<'w>,
    /// Their places among those that fit, the oldest first.
    pub(super) wanted: Range<u64>,
}

/// How many events fit.
pub(super) async fn count(
    dialect: &Dialect,
    owner: &Owner,
    filter: &Filter,
) -> Result<u64, StoreError> {
    let chronicle = &dialect.api.coordinator.chronicle;
    let (mut after, mut count) = (0, 0);
    loop {
        let page = chronicle.after(owner, after, MOST).await?;
        let Some((last, _)) = page.last() else { return Ok(count) };
        after = *last;
        let fitting = page.iter().filter(|(_, happened)| filter.fits(happened, owner));
        count += fitting.map(|(_, happened)| happened.span()).sum::<u64>();
    }
}

/// The events of a part, as they are shown.
pub(super) async fn window(
    dialect: &Dialect,
    Window { filter, shape, wanted }: Window<'_>,
) -> Result<Vec<Value>, StoreError> {
    let coordinator = &dialect.api.coordinator;
    let (mut after, mut place, mut found) = (0, 0, Vec::new());
    while place < wanted.end {
        let page = coordinator.chronicle.after(shape.owner, after, MOST).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (first, happened) in &page {
            if !filter.fits(happened, shape.owner) {
                continue;
            }
            let here = place..place + happened.span();
            place = here.end;
            let shown = here.start.max(wanted.start)..here.end.min(wanted.end);
            if shown.is_empty() {
                continue;
            }
            if happened.each.is_none() {
                found.push(shape.one(*first, happened, None));
                continue;
            }
            let skip = shown.start - here.start;
            let mut things = coordinator.each(happened, skip);
            for id in first + skip..first + (shown.end - here.start) {
                let Some(thing) = things.try_next().await? else { break };
                found.push(shape.one(id, happened, Some(&thing)));
            }
        }
    }
    Ok(found)
}
