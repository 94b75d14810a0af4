//! The rows of a slice.

use std::collections::HashMap;
use std::ops::ControlFlow;

use proto::plan::{PageRange, Slice};
use serde::de::IgnoredAny;
use tokio::sync::mpsc;

use super::border::Border;
use super::pages::{Asked, Pages};
use super::query::Query;
use super::question::Document;
use crate::document::{Columns, Taken};
use crate::feed::{Feed, Receiver, told};
use crate::http::Answer;
use crate::json::on_one_line;
use crate::page::Met;
use crate::{Chunk, Read, SourceError};

/// Sends the rows of a slice, in order.
pub(super) fn rows(
    pages: &Pages<'_>,
    query: &Query,
    read: &Read,
    out: mpsc::Sender<Chunk>,
) -> Result<(), SourceError> {
    let Slice::Pages(range) = &read.slice else {
        return Err(changed("the plan names other things than rows of a catalogue"));
    };
    let mut sending = Sending::new(read, out);
    if sending.columns.width() == 0 {
        return Ok(());
    }
    match query.order() {
        Some(order) if *range != PageRange::default() => {
            let asked = Asked::Rows(query, &order);
            in_pages(pages, asked, range, |answer, records| sending.send(answer, records))?;
        }
        Some(_) | None => {
            let answer = pages.all(query)?;
            let records = answer.records("")?;
            if sending.send(&answer, &records)? == Receiver::Gone {
                return Ok(());
            }
        }
    }
    sending.feed.flush();
    Ok(())
}

/// Sends the one record that a document is.
pub(super) fn of_document(
    pages: &Pages<'_>,
    document: &Document,
    read: &Read,
    out: mpsc::Sender<Chunk>,
) -> Result<(), SourceError> {
    let mut sending = Sending::new(read, out);
    let answer = pages.document(document)?;
    if sending.send(&answer, &[answer.body().trim()])? == Receiver::Listens {
        sending.feed.flush();
    }
    Ok(())
}

/// Sends so many rows after one; errs where they are not those of the plan.
pub(super) fn in_pages(
    pages: &Pages<'_>,
    asked: Asked<'_>,
    range: &PageRange,
    mut send: impl FnMut(&Answer, &[&str]) -> Result<Receiver, SourceError>,
) -> Result<(), SourceError> {
    let border = |text: &Option<String>| text.as_deref().map(Border::parse).transpose();
    let (start, end) = (border(&range.start)?, border(&range.end)?);
    let mut is_heard = true;
    let walked = pages.walk(asked, (start, range.records), |answer, records, _| {
        is_heard = send(answer, records)? == Receiver::Listens;
        Ok(if is_heard { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    if !is_heard {
        return Ok(());
    }
    if walked.left.is_some_and(|left| left > 0) {
        return Err(changed("it has fewer rows than it had, or shows fewer to whoever asks now"));
    }
    if end.is_some() && walked.last != end {
        return Err(changed("its rows end elsewhere than they did"));
    }
    Ok(())
}

/// Rows on their way out.
struct Sending {
    columns: Columns,
    /// What each row must have.
    names: Vec<String>,
    feed: Feed,
    sent: u64,
}

impl Sending {
    fn new(read: &Read, out: mpsc::Sender<Chunk>) -> Self {
        let columns = Columns::new(read.fields.as_deref(), &read.besides, &read.filter);
        let names = read.fields.iter().flatten().chain(&read.besides).chain(read.filter.keys());
        let names = names.cloned().collect();
        // Rows without a cell are asked for by nobody, and a page has one at least.
        let feed = Feed::new(out, read.on_error, columns.width().max(1));
        Self { columns, names, feed, sent: 0 }
    }

    fn send(&mut self, answer: &Answer, records: &[&str]) -> Result<Receiver, SourceError> {
        if let Some(first) = records.first() {
            has_columns(&self.names, first)?;
        }
        for record in records {
            self.sent += 1;
            let sent = self.sent;
            let text = on_one_line(record);
            let file = || format!("{}, row {sent} of the batch", answer.told());
            let receiver = match self.columns.take(text.as_bytes(), self.feed.page()) {
                Ok(Taken::Row) => {
                    self.feed.row(|| Met { place: Some(file()), text: told(record.as_bytes()) })
                }
                Ok(Taken::LeftOut) => Receiver::Listens,
                Err(why) => self.feed.broken(SourceError::BrokenRecord {
                    file: file(),
                    line: None,
                    byte: None,
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

/// That a row has all columns, as all of its page then do: a column that was taken away, or that whoever asks may not
/// see any more, is no column of empty values.
#[expect(clippy::zero_sized_map_values, reason = "only the names of a row are looked at")]
pub(super) fn has_columns(names: &[String], row: &str) -> Result<(), SourceError> {
    let there: HashMap<String, IgnoredAny> = serde_json::from_str(row).unwrap_or_default();
    match names.iter().find(|name| !there.contains_key(*name)) {
        None => Ok(()),
        Some(name) => Err(changed(&format!("it has no field {name:?} any more"))),
    }
}

pub(super) fn changed(what: &str) -> SourceError {
    SourceError::Changed { what: what.to_owned() }
}
