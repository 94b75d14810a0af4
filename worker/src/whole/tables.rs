//! The tables of a file that is made in one piece, in their order, and the channels they come through.

use std::{iter, slice};

use proto::definition::Output;
use source::{Chunk, Read, Source};
use tokio::sync::mpsc;

use super::album::Found;
use crate::batch::{self, Apart, Task};
use crate::table::CHANNEL;

/// A table that is read, and then written.
pub(super) struct Table<'t> {
    pub(super) output: &'t Output,
    pub(super) columns: &'t [String],
    pub(super) apart: Option<&'t Apart>,
    pub(super) source: &'t dyn Source,
    pub(super) reads: &'t [Read],
}

/// What comes of a table: its chunks, and where pictures are asked for, what stands beside its rows.
pub(super) struct Incoming {
    pub(super) chunks: mpsc::Receiver<Chunk>,
    pub(super) beside: Option<mpsc::Receiver<Found>>,
}

/// Where a table's chunks come in, and go on with what stands beside their rows.
pub(super) struct Shown {
    pub(super) chunks: mpsc::Receiver<Chunk>,
    pub(super) pages: mpsc::Sender<Chunk>,
    pub(super) found: mpsc::Sender<Found>,
}

/// The channels of all tables: one for each, so that its end is told from that of the next one.
#[derive(Default)]
pub(super) struct Channels {
    /// For what is read.
    pub(super) pages: Vec<mpsc::Sender<Chunk>>,
    /// For what is written.
    pub(super) incoming: Vec<Incoming>,
    /// For what goes past those who look for pictures, where some are asked for.
    pub(super) shown: Vec<Option<Shown>>,
}

impl Channels {
    /// Those of a file.
    pub(super) fn of(task: &Task) -> Self {
        let mut channels = Self::default();
        for table in tables(task) {
            let (pages, chunks) = mpsc::channel(CHANNEL);
            channels.pages.push(pages);
            if table.output.options.thumbnails.is_none() {
                channels.incoming.push(Incoming { chunks, beside: None });
                channels.shown.push(None);
                continue;
            }
            let (pages, passed) = mpsc::channel(CHANNEL);
            let (found, beside) = mpsc::channel(CHANNEL);
            channels.incoming.push(Incoming { chunks: passed, beside: Some(beside) });
            channels.shown.push(Some(Shown { chunks, pages, found }));
        }
        channels
    }
}

/// The tables of a file, in order.
pub(super) fn tables<'t>(task: &'t Task) -> impl Iterator<Item = Table<'t>> {
    let first = Table {
        output: &task.output,
        columns: task.columns.as_deref().unwrap_or_default(),
        apart: task.apart.as_ref(),
        source: &*task.source,
        reads: slice::from_ref(&task.read),
    };
    let sheet = |sheet: &'t batch::Table| Table {
        output: &sheet.output,
        columns: &sheet.columns,
        apart: sheet.apart.as_ref(),
        source: &*sheet.source,
        reads: &sheet.reads,
    };
    iter::once(first).chain(task.sheets.iter().map(sheet))
}

impl Table<'_> {
    /// Where its rows carry a field that is read besides those that are written.
    pub(super) fn column_of(&self, field: &str) -> usize {
        let column = |read: &Read| {
            let besides = read.besides.iter().position(|besides| besides == field)?;
            Some(read.fields.as_ref().map_or(1, Vec::len) + besides)
        };
        self.reads.first().and_then(column).unwrap_or_default()
    }
}
