//! The rows of a slice.

use proto::plan::FileRange;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Table;
use super::columns::Taken;
use super::header::Header;
use super::records::{Record, Records, Shape};
use super::split::Splitter;
use crate::error::place;
use crate::feed::{Feed, Receiver, told};
use crate::files::{Listed, TOO_LONG, Window, ranges};
use crate::page::Met;
use crate::{Chunk, Read, SourceError};

/// Sends the rows of a slice, in order. Without fields, those of the header are given.
pub(super) fn rows(
    table: &Table,
    read: &Read,
    out: &mpsc::Sender<Chunk>,
    stop: &CancellationToken,
) -> Result<(), SourceError> {
    let mut reading = Reading { table, read, stop, splitter: Splitter::new(table.delimiter) };
    let mut feed = None;
    for range in ranges(read)? {
        if reading.range(range, out, &mut feed)? == Receiver::Gone {
            return Ok(());
        }
    }
    if let Some(feed) = &mut feed {
        feed.flush();
    }
    Ok(())
}

struct Reading<'r> {
    table: &'r Table,
    read: &'r Read,
    stop: &'r CancellationToken,
    splitter: Splitter,
}

impl Reading<'_> {
    fn range(
        &mut self,
        range: &FileRange,
        out: &mpsc::Sender<Chunk>,
        feed: &mut Option<Feed>,
    ) -> Result<Receiver, SourceError> {
        let Self { table, read, stop, splitter } = self;
        let file = Listed {
            path: range.path.clone(),
            len: range.file_len,
            version: range.version.clone(),
        };
        // Each file is read by its own header, for it may have been written anew in another order.
        let header = Header::read(table, &file, stop)?;
        let columns =
            table.columns(&header.fields, read.fields.as_deref(), &read.besides, &read.filter)?;
        let feed =
            feed.get_or_insert_with(|| Feed::new(out.clone(), read.on_error, columns.width()));
        let window = Window::new(table.files.read(range, stop)?, range.end);
        let mut records = Records::new(window, table.delimiter, range.line.unwrap_or(header.line));
        while let Some(record) = records.next()? {
            let taken = match record.shape {
                Shape::Whole => match splitter.split(record.bytes, record.has_quotes) {
                    Ok(fields) => columns.take(fields, feed.page()),
                    Err(error) => Err(format!("the record is not UTF-8: {error}")),
                },
                Shape::Unclosed => Err("a quote is opened and never closed".to_owned()),
                Shape::TooLong => Err(TOO_LONG.to_owned()),
            };
            let receiver = match taken {
                Ok(Taken::Row) => feed.row(|| {
                    let place = place(&range.path, Some(record.line), Some(record.at));
                    Met { place: Some(place), text: told(record.bytes) }
                }),
                Ok(Taken::LeftOut) => Receiver::Listens,
                Err(why) => feed.broken(broken(range, &record, why))?,
            };
            if receiver == Receiver::Gone {
                return Ok(Receiver::Gone);
            }
        }
        Ok(Receiver::Listens)
    }
}

fn broken(range: &FileRange, record: &Record<'_>, why: String) -> SourceError {
    SourceError::BrokenRecord {
        file: range.path.clone(),
        line: Some(record.line),
        byte: Some(record.at),
        why,
        text: told(record.bytes),
    }
}
