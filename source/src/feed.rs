//! From a parser to the receiver: rows gather in pages, broken records fail the slice or are told.

use proto::definition::OnError;
use tokio::sync::mpsc;

use crate::page::{Met, Page};
use crate::{Chunk, SourceError};

/// Most characters of a broken record that are told.
const TOLD_CHARS: usize = 1000;

/// Whether anyone still wants rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// It takes more.
    Listens,
    /// It is gone; reading on is in vain.
    Gone,
}

/// Sends rows, in order. Blocks while the receiver is busy.
pub(crate) struct Feed {
    out: mpsc::Sender<Chunk>,
    on_error: OnError,
    page: Page,
    rows: usize,
}

impl Feed {
    /// A feed of rows with `width` cells.
    pub(crate) fn new(out: mpsc::Sender<Chunk>, on_error: OnError, width: usize) -> Self {
        Self { out, on_error, page: Page::new(width), rows: 0 }
    }

    /// The page under way; whoever has put a whole row into it calls [`Feed::row`], whoever gives up
    /// amid one [`Feed::broken`].
    pub(crate) fn page(&mut self) -> &mut Page {
        &mut self.page
    }

    /// Takes the row that was put into the page; `record` tells of what it was made, where something of it
    /// was replaced.
    pub(crate) fn row(&mut self, record: impl FnOnce() -> Met) -> Receiver {
        self.page.met(record);
        self.rows += 1;
        debug_assert_eq!(self.rows, self.page.len(), "one row at a time");
        if self.page.is_full() { self.flush() } else { Receiver::Listens }
    }

    /// Leaves a record out, together with the cells of it that are in the page; or fails, where
    /// that is wanted.
    pub(crate) fn broken(&mut self, error: SourceError) -> Result<Receiver, SourceError> {
        self.page.truncate(self.rows);
        Ok(self.send(error.leave_out(self.on_error)?))
    }

    /// Sends the page under way.
    pub(crate) fn flush(&mut self) -> Receiver {
        if self.rows == 0 {
            return Receiver::Listens;
        }
        let next = Page::new(self.page.width());
        let page = std::mem::replace(&mut self.page, next);
        self.rows = 0;
        self.send(Chunk::Page(page))
    }

    fn send(&self, chunk: Chunk) -> Receiver {
        match self.out.blocking_send(chunk) {
            Ok(()) => Receiver::Listens,
            Err(_) => Receiver::Gone,
        }
    }
}

/// A record as it is told: its first characters, with signs for what is not UTF-8.
pub(crate) fn told(record: &[u8]) -> String {
    let most = record.len().min(TOLD_CHARS * 4);
    String::from_utf8_lossy(&record[..most]).chars().take(TOLD_CHARS).collect()
}
