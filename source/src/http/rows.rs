//! The rows of a slice.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use proto::plan::{KeyRange, PageRange, Slice};
use tokio::sync::mpsc;

use super::order::{Key, KeyReader};
use super::place::Place;
use super::walk::{Fetched, Walker};
use crate::document::{Columns, Taken};
use crate::error::place;
use crate::feed::{Feed, Receiver, told};
use crate::json::on_one_line;
use crate::page::Met;
use crate::{Chunk, Read, SourceError};

/// Sends the rows of a slice, in order.
pub(super) fn rows(
    walker: &Walker<'_>,
    read: &Read,
    out: mpsc::Sender<Chunk>,
) -> Result<(), SourceError> {
    let columns = Columns::new(read.fields.as_deref(), &read.besides, &read.filter);
    if columns.width() == 0 {
        // A table over records of which none has a field: it has no rows either.
        return Ok(());
    }
    let feed = Feed::new(out, read.on_error, columns.width());
    let mut sending = Sending { columns, feed };
    match &read.slice {
        Slice::Pages(range) => pages(walker, range, &mut sending)?,
        Slice::Keys(range) => keys(walker, range, &mut sending)?,
        Slice::Files(_) | Slice::Groups(_) | Slice::Listed(_) => {
            return Err(changed("the plan names files, and the source is an API"));
        }
    }
    sending.feed.flush();
    Ok(())
}

/// Sends pages in a row; errs where they are not those of the plan.
fn pages(walker: &Walker<'_>, range: &PageRange, sending: &mut Sending) -> Result<(), SourceError> {
    let pager = walker.pager();
    let place = |text: &Option<String>| text.as_deref().map(|text| pager.place(text)).transpose();
    let start = place(&range.start)?.unwrap_or_else(|| pager.first());
    let end = place(&range.end)?;
    let (mut left, mut reached) = (range.records, end.is_none());
    let mut rising = pager.key().map(Rising::new);
    walker.walk(start, |page| {
        if range.total.is_some() && pager.total(page.answer)? != range.total {
            return Err(changed("it has another number of records in all"));
        }
        if let Some(rising) = &mut rising {
            for record in page.records {
                rising.see(record)?;
            }
        }
        let taken = taken(page, left)?;
        left = left.map(|left| left - taken as u64);
        if sending.send(page, &page.records[..taken])? == Receiver::Gone {
            (left, reached) = (None, true);
            return Ok(ControlFlow::Break(()));
        }
        let is_end = match page.place {
            Place::Offset(_) if left.is_some() => left == Some(0),
            Place::First
            | Place::Number(_)
            | Place::Offset(_)
            | Place::After(_)
            | Place::Cursor(_)
            | Place::Link(_) => page.next == end.as_ref(),
        };
        if end.is_some() && is_end {
            reached = true;
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    match (reached, left) {
        (true, None | Some(0)) => Ok(()),
        (true, Some(_)) => Err(changed("it has fewer records than it had")),
        (false, _) => Err(changed("its pages do not lead where they led")),
    }
}

/// How many records of a page belong to a slice that has so many left: all, but for offsets, where
/// a slice may end amid a page.
fn taken(page: &Fetched<'_>, left: Option<u64>) -> Result<usize, SourceError> {
    let len = page.records.len();
    let left = left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
    match page.place {
        Place::Offset(_) => Ok(len.min(left)),
        Place::First | Place::Number(_) | Place::After(_) | Place::Cursor(_) | Place::Link(_) => {
            if len <= left {
                Ok(len)
            } else {
                Err(changed("it has more records than it had"))
            }
        }
    }
}

/// Sends the records whose keys are in a range.
fn keys(walker: &Walker<'_>, range: &KeyRange, sending: &mut Sending) -> Result<(), SourceError> {
    let pager = walker.pager();
    let Some(field) = pager.key() else {
        return Err(changed("the plan names keys, and its pages go by something else"));
    };
    let start = match &range.after {
        Some(after) => pager.place(after)?,
        None => pager.first(),
    };
    let mut rising = Rising::new(field);
    walker.walk(start, |page| {
        let mut within = page.records.len();
        for (nth, record) in page.records.iter().enumerate() {
            let key = rising.see(record)?;
            if let Some(until) = &range.until
                && key.order(until)? == Ordering::Greater
            {
                within = nth;
                break;
            }
        }
        let receiver = sending.send(page, &page.records[..within])?;
        let goes_on = within == page.records.len() && receiver == Receiver::Listens;
        Ok(if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })
}

/// Keys, each greater than the one before.
struct Rising<'f> {
    reader: KeyReader<'f>,
    last: Option<Key>,
}

impl<'f> Rising<'f> {
    fn new(field: &'f str) -> Self {
        Self { reader: KeyReader::new(field), last: None }
    }

    /// The key of the next record.
    fn see(&mut self, record: &str) -> Result<&Key, SourceError> {
        let key = self.reader.key(record)?;
        if let Some(last) = &self.last {
            key.rises_from(last)?;
        }
        Ok(self.last.insert(key))
    }
}

/// Records on their way out.
struct Sending {
    columns: Columns,
    feed: Feed,
}

impl Sending {
    fn send(&mut self, page: &Fetched<'_>, records: &[&str]) -> Result<Receiver, SourceError> {
        for (nth, record) in records.iter().enumerate() {
            let text = on_one_line(record);
            let file =
                || format!("{}, {}, record {}", page.answer.told(), page.place.told(), nth + 1);
            let receiver = match self.columns.take(text.as_bytes(), self.feed.page()) {
                Ok(Taken::Row) => self.feed.row(|| Met {
                    place: Some(place(&file(), None, Some(page.answer.place_of(record)))),
                    text: told(record.as_bytes()),
                }),
                Ok(Taken::LeftOut) => Receiver::Listens,
                Err(why) => self.feed.broken(SourceError::BrokenRecord {
                    file: file(),
                    line: None,
                    byte: Some(page.answer.place_of(record)),
                    why,
                    text: told(record.as_bytes()),
                })?,
            };
            if receiver == Receiver::Gone {
                return Ok(Receiver::Gone);
            }
        }
        Ok(Receiver::Listens)
    }
}

fn changed(what: &str) -> SourceError {
    SourceError::Changed { what: what.to_owned() }
}
