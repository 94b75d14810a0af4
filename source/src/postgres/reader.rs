//! A slice under way: one transaction, one `COPY`, rows into pages or lines.
//!
//! Nothing is held but the chunk under way and what the sink holds, so memory does not grow with the
//! slice. Reading a slice twice is harmless: nothing is written anywhere.

use std::pin::Pin;
use std::sync::Arc;

use futures::StreamExt;
use proto::definition::OnError;
use tokio_postgres::CopyOutStream;

use super::cell::{Unreadable, cell};
use super::failure::failure;
use super::pool::{Link, Pool};
use super::statement::{Copied, CopyStatement};
use super::tuples::{Damaged, Fields, Tuples};
use crate::files::{MAX_RECORD_BYTES, TOO_LONG};
use crate::page::{Kind, Page};
use crate::{Chunk, SourceError};

/// How much of a broken row is shown, in characters.
const SHOWN_CHARS: usize = 1000;

/// What rows are written into.
pub(super) trait Sink {
    /// Appends a cell to the row under way.
    fn cell(&mut self, kind: Kind, text: &str);
    /// The row has all its cells.
    fn end_row(&mut self);
    /// Takes back the cells of the row under way.
    fn undo_row(&mut self);
    /// Whether it is time to pass it on.
    fn is_full(&self) -> bool;
}

impl Sink for Page {
    fn cell(&mut self, kind: Kind, text: &str) {
        self.push(kind, text);
    }

    fn end_row(&mut self) {}

    fn undo_row(&mut self) {
        self.truncate(self.len());
    }

    fn is_full(&self) -> bool {
        Self::is_full(self)
    }
}

/// Why a reader paused.
pub(super) enum Pause {
    /// The sink is full.
    Full,
    /// A row was left out.
    Broken(Chunk),
    /// There are no further rows.
    End,
}

/// A slice being read.
pub(super) struct Reader {
    copy: Pin<Box<CopyOutStream>>,
    link: Link,
    pool: Arc<Pool>,
    statement: CopyStatement,
    on_error: OnError,
    /// What people know the relation by.
    name: String,
    tuples: Tuples,
    fields: Fields,
    scratch: String,
}

impl Reader {
    /// Sends the statement on a connection whose transaction is open.
    pub(super) async fn start(
        pool: &Arc<Pool>,
        link: Link,
        statement: CopyStatement,
        on_error: OnError,
        name: &str,
    ) -> Result<Self, SourceError> {
        let copy = link.copy_out(&statement.sql).await.map_err(|error| failure(&error))?;
        Ok(Self {
            copy: Box::pin(copy),
            link,
            pool: Arc::clone(pool),
            statement,
            on_error,
            name: name.to_owned(),
            tuples: Tuples::default(),
            fields: Fields::new(),
            scratch: String::new(),
        })
    }

    /// How many cells a row has.
    pub(super) fn width(&self) -> usize {
        self.statement.cells.len()
    }

    /// Reads rows into the sink until it pauses.
    pub(super) async fn fill(&mut self, sink: &mut impl Sink) -> Result<Pause, SourceError> {
        loop {
            while let Some(row) = self.tuples.next(&mut self.fields).map_err(damaged)? {
                if self.fields.len() != self.statement.cells.len() + self.statement.undecided.len()
                {
                    return Err(damaged(Damaged));
                }
                if row.len() > MAX_RECORD_BYTES {
                    return self.broken(&row, TOO_LONG.to_owned()).map(Pause::Broken);
                }
                if let Err((column, why)) = self.row(&row, sink) {
                    sink.undo_row();
                    let why = match why {
                        Unreadable::Damaged(why) => return Err(damaged(why)),
                        Unreadable::NotUtf8 => format!("the value of {column:?} is not UTF-8"),
                        Unreadable::Document(why) => format!("the value of {column:?}: {why}"),
                    };
                    return self.broken(&row, why).map(Pause::Broken);
                }
                if sink.is_full() {
                    return Ok(Pause::Full);
                }
            }
            let Some(chunk) = self.copy.next().await else {
                self.tuples.finish().map_err(damaged)?;
                return Ok(Pause::End);
            };
            self.tuples.push(chunk.map_err(|error| failure(&error))?);
        }
    }

    /// Ends the transaction and gives the connection back, for the next slice.
    pub(super) async fn finish(self) -> Result<(), SourceError> {
        self.link.batch_execute("COMMIT").await.map_err(|error| failure(&error))?;
        self.pool.give_back(self.link);
        Ok(())
    }

    /// Appends a row, unless a condition that the server could not decide leaves it out. The error
    /// names the column.
    fn row(&mut self, row: &[u8], sink: &mut impl Sink) -> Result<(), (String, Unreadable)> {
        let (cells, others) = self.fields.split_at(self.statement.cells.len());
        for (field, (column, condition)) in others.iter().zip(&self.statement.undecided) {
            let meets = match field {
                None => Ok(condition.matches(None)),
                Some(place) => {
                    cell(column.form, &row[place.clone()], &mut self.scratch, |kind, text| {
                        condition.matches((kind != Kind::Null).then_some(text))
                    })
                }
            };
            if !meets.map_err(|why| named(column, why))? {
                return Ok(());
            }
        }
        for (field, column) in cells.iter().zip(&self.statement.cells) {
            match field {
                None => sink.cell(Kind::Null, ""),
                Some(place) => {
                    cell(column.form, &row[place.clone()], &mut self.scratch, |kind, text| {
                        sink.cell(kind, text);
                    })
                    .map_err(|why| named(column, why))?;
                }
            }
        }
        sink.end_row();
        Ok(())
    }

    /// What becomes of a row that has no text, or too much.
    fn broken(&self, row: &[u8], why: String) -> Result<Chunk, SourceError> {
        let places = self.fields.iter().take(self.width()).flatten();
        // As many bytes as the characters that are shown may have.
        let values =
            places.map(|place| &row[place.start..place.end.min(place.start + 4 * SHOWN_CHARS)]);
        let text: Vec<_> = values.map(String::from_utf8_lossy).collect();
        let error = SourceError::BrokenRecord {
            file: self.name.clone(),
            line: None,
            byte: Some(self.tuples.passed() - row.len() as u64),
            why,
            text: text.join("|").chars().take(SHOWN_CHARS).collect(),
        };
        error.leave_out(self.on_error)
    }
}

fn named(column: &Copied, why: Unreadable) -> (String, Unreadable) {
    (column.name.clone(), why)
}

/// A stream out of step is a connection's fault, not the data's.
fn damaged(why: Damaged) -> SourceError {
    SourceError::Unavailable { what: why.to_string() }
}
