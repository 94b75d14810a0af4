//! The rows of a slice.

use proto::plan::FileRange;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::lines::{Length, Lines};
use crate::document::{Columns, Taken};
use crate::error::place;
use crate::feed::{Feed, Receiver, told};
use crate::files::{Files, TOO_LONG, ranges};
use crate::page::Met;
use crate::{Chunk, Read, SourceError};

/// Sends the rows of a slice, in order.
pub(super) fn rows(
    files: &Files,
    read: &Read,
    out: mpsc::Sender<Chunk>,
    stop: &CancellationToken,
) -> Result<(), SourceError> {
    let mut columns = Columns::new(read.fields.as_deref(), &read.besides, &read.filter);
    if columns.width() == 0 {
        // A table over files in which no record has a field, as empty ones: it has no rows either.
        return Ok(());
    }
    let mut feed = Feed::new(out, read.on_error, columns.width());
    for range in ranges(read)? {
        if self::range(files, range, &mut columns, &mut feed, stop)? == Receiver::Gone {
            return Ok(());
        }
    }
    feed.flush();
    Ok(())
}

fn range(
    files: &Files,
    range: &FileRange,
    columns: &mut Columns,
    feed: &mut Feed,
    stop: &CancellationToken,
) -> Result<Receiver, SourceError> {
    let mut lines = Lines::open(files, range, stop)?;
    while let Some(line) = lines.next()? {
        let taken = match line.length {
            Length::Allowed => columns.take(line.bytes, feed.page()),
            Length::TooLong => Err(TOO_LONG.to_owned()),
        };
        let receiver = match taken {
            Ok(Taken::Row) => {
                let mut known = None;
                let receiver = feed.row(|| {
                    known = line.number.or_else(|| files.line_at(&range.path, line.at));
                    let place = place(&range.path, known, Some(line.at));
                    Met { place: Some(place), text: told(line.bytes) }
                });
                lines.know(known);
                receiver
            }
            Ok(Taken::LeftOut) => Receiver::Listens,
            Err(why) => {
                // Counted once for a range, and for those with something to tell only: a file is cut
                // without being read.
                let number = line.number.or_else(|| files.line_at(&range.path, line.at));
                let error = SourceError::BrokenRecord {
                    file: range.path.clone(),
                    line: number,
                    byte: Some(line.at),
                    why,
                    text: told(line.bytes),
                };
                lines.know(number);
                feed.broken(error)?
            }
        };
        if receiver == Receiver::Gone {
            return Ok(Receiver::Gone);
        }
    }
    Ok(Receiver::Listens)
}
