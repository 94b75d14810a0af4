//! The objects of a slice, as rows.

use proto::filter::Where;
use proto::plan::{KeyRange, Slice};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::folder::{Folder, Seen};
use super::index::Objects;
use super::search::Query;
use crate::document::{Columns, Taken};
use crate::feed::{Feed, Receiver, told};
use crate::json::on_one_line;
use crate::page::{Met, Page};
use crate::{Chunk, Read, SourceError};

/// Sends the objects of a slice of a folder, in order.
pub(super) fn rows(
    folder: &Folder,
    seen: &Seen,
    read: &Read,
    out: mpsc::Sender<Chunk>,
    stop: &CancellationToken,
) -> Result<(), SourceError> {
    let query = Query::new(read.search.as_ref())?;
    if read.view.as_ref().is_some_and(|view| *view != seen.view) {
        let what = "its folder has other files, or they were written anew".to_owned();
        return Err(SourceError::Changed { what });
    }
    let Some(mut sending) = Sending::new(read, out) else { return Ok(()) };
    let mut objects = Objects::new(folder.files(), &seen.index, stop);
    let entries = seen.index.within(range(read)?)?;
    for entry in entries.iter().filter(|entry| query.may_give(entry.id)) {
        let text = objects.read(entry)?;
        if !query.gives(text) {
            continue;
        }
        let place = || (seen.index.file(entry).path.clone(), Some(entry.at));
        if sending.send(text, place)? == Receiver::Gone {
            return Ok(());
        }
    }
    sending.finish();
    Ok(())
}

/// The range of numbers that a plan wants read.
pub(super) fn range(read: &Read) -> Result<&KeyRange, SourceError> {
    match &read.slice {
        Slice::Keys(range) => Ok(range),
        Slice::Files(_) | Slice::Groups(_) | Slice::Pages(_) | Slice::Listed(_) => {
            Err(SourceError::Changed {
                what: "the plan names other things than numbers of objects".to_owned(),
            })
        }
    }
}

/// Objects on their way out.
pub(super) struct Sending {
    columns: Columns,
    feed: Feed,
}

impl Sending {
    /// As a plan wants them; nothing where rows would have no cell.
    pub(super) fn new(read: &Read, out: mpsc::Sender<Chunk>) -> Option<Self> {
        let columns = Columns::new(read.fields.as_deref(), &read.besides, &read.filter);
        let width = columns.width();
        (width > 0).then(|| Self { columns, feed: Feed::new(out, read.on_error, width) })
    }

    /// Sends an object, unless it does not meet the conditions. `place` tells its file and the byte that it
    /// begins at, where it is broken or something of it was replaced.
    pub(super) fn send(
        &mut self,
        object: &[u8],
        place: impl Fn() -> (String, Option<u64>),
    ) -> Result<Receiver, SourceError> {
        let line = str::from_utf8(object).map(on_one_line);
        let taken = match &line {
            Ok(line) => self.columns.take(line.as_bytes(), self.feed.page()),
            Err(error) => Err(format!("the record is not UTF-8: {error}")),
        };
        match taken {
            Ok(Taken::Row) => Ok(self.feed.row(|| {
                let (file, byte) = place();
                Met { place: Some(crate::error::place(&file, None, byte)), text: told(object) }
            })),
            Ok(Taken::LeftOut) => Ok(Receiver::Listens),
            Err(why) => {
                let (file, byte) = place();
                let text = told(object);
                self.feed.broken(SourceError::BrokenRecord { file, line: None, byte, why, text })
            }
        }
    }

    /// Sends what is left.
    pub(super) fn finish(mut self) {
        self.feed.flush();
    }
}

/// Whether objects meet conditions.
pub(super) struct Judge {
    columns: Columns,
    page: Page,
    is_needed: bool,
}

impl Judge {
    /// By these.
    pub(super) fn new(filter: &Where) -> Self {
        let columns = Columns::new(None, &[], filter);
        Self { columns, page: Page::new(1), is_needed: !filter.is_empty() }
    }

    /// Whether there is anything to be met.
    pub(super) fn is_needed(&self) -> bool {
        self.is_needed
    }

    /// Whether an object does, or is broken: whoever reads it will tell.
    pub(super) fn admits(&mut self, object: &[u8]) -> bool {
        if !self.is_needed {
            return true;
        }
        self.page.truncate(0);
        !matches!(self.columns.take(object, &mut self.page), Ok(Taken::LeftOut))
    }
}
