//! A part of a list of events. What a record tells of many is looked up only where it is shown.

use std::ops::Range;

use fabric::store::StoreError;
use futures::stream::TryStreamExt;
use proto::id::Owner;
use serde_json::Value;

use super::super::Dialect;
use super::filter::Filter;
use super::shape::Shape;

/// After so many records a list is marked while it is counted.
const MARKED_AFTER: u64 = 1000;

/// How many events fit, and from where they are found again.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) total: u64,
    marks: Vec<Mark>,
}

/// A place in a list.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    /// How many events before it fit.
    place: u64,
    /// The number of the record before it.
    after: u64,
}

impl Counted {
    /// The last mark that is not beyond a place.
    fn before(&self, place: u64) -> Mark {
        let next = self.marks.partition_point(|mark| mark.place <= place);
        next.checked_sub(1).map_or_else(Mark::default, |last| self.marks[last])
    }
}

/// Which events of a list are wanted.
pub(super) struct Window<'w> {
    pub(super) filter: &'w Filter,
    pub(super) shape: &'w Shape<'w>,
    /// Their places among those that fit, the oldest first.
    pub(super) wanted: Range<u64>,
    /// What counting told; nothing where nobody counted.
    pub(super) counted: Option<&'w Counted>,
}

/// Counts the events that fit.
pub(super) async fn count(
    dialect: &Dialect,
    owner: &Owner,
    filter: &Filter,
) -> Result<Counted, StoreError> {
    let mut records = dialect.api.coordinator.chronicle.after(owner, 0);
    let (mut counted, mut passed) = (Counted::default(), 0_u64);
    while let Some((first, happened)) = records.try_next().await? {
        if passed > 0 && passed.is_multiple_of(MARKED_AFTER) {
            counted.marks.push(Mark { place: counted.total, after: first - 1 });
        }
        passed += 1;
        if filter.fits(&happened, owner) {
            counted.total += happened.span();
        }
    }
    Ok(counted)
}

/// The events of a part, as they are shown.
pub(super) async fn window(
    dialect: &Dialect,
    Window { filter, shape, wanted, counted }: Window<'_>,
) -> Result<Vec<Value>, StoreError> {
    let coordinator = &dialect.api.coordinator;
    let Mark { mut place, after } =
        counted.map_or_else(Mark::default, |counted| counted.before(wanted.start));
    let mut records = coordinator.chronicle.after(shape.owner, after);
    let mut found = Vec::new();
    while place < wanted.end
        && let Some((first, happened)) = records.try_next().await?
    {
        if !filter.fits(&happened, shape.owner) {
            continue;
        }
        let here = place..place + happened.span();
        place = here.end;
        let shown = here.start.max(wanted.start)..here.end.min(wanted.end);
        if shown.is_empty() {
            continue;
        }
        if happened.each.is_none() {
            found.push(shape.one(first, &happened, None));
            continue;
        }
        let skip = shown.start - here.start;
        let mut things = coordinator.each(&happened, skip);
        for id in first + skip..first + (shown.end - here.start) {
            let Some(thing) = things.try_next().await? else { break };
            found.push(shape.one(id, &happened, Some(&thing)));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_begins_at_the_last_mark_before_it() {
        let marks = [(0, 1000), (70, 2000), (70, 3000), (90, 4000)];
        let marks = marks.map(|(place, after)| Mark { place, after }).into();
        let counted = Counted { total: 99, marks };
        for (place, expected) in [(0, 1000), (69, 1000), (70, 3000), (89, 3000), (98, 4000)] {
            assert_eq!(counted.before(place).after, expected, "{place}");
        }
        assert_eq!(Counted::default().before(7).after, 0);
    }
}
