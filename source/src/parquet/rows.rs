//! The rows of a slice.

use parquet::file::metadata::RowGroupMetaData;
use proto::filter::Condition;
use proto::plan::{GroupRange, Slice};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::footer::{Footer, Statistics};
use super::leaf::Leaf;
use super::record::{Leaves, cell};
use crate::feed::{Feed, Receiver, told};
use crate::files::{Files, Listed};
use crate::page::{Kind, Met};
use crate::{Chunk, Read, SourceError};

/// Sends the rows of a slice, in order.
pub(super) fn rows(
    files: &Files,
    read: &Read,
    out: mpsc::Sender<Chunk>,
    stop: &CancellationToken,
) -> Result<(), SourceError> {
    let width = read.fields.as_ref().map_or(0, Vec::len) + read.besides.len();
    let ranges = ranges(read)?;
    if width == 0 {
        return Ok(());
    }
    let mut feed = Feed::new(out, read.on_error, width);
    let mut open: Option<Footer> = None;
    for range in ranges {
        let footer = match open.take() {
            Some(footer) if footer.file.path == range.path => footer,
            Some(_) | None => footer(files, range, stop)?,
        };
        if self::range(files, &footer, range, read, &mut feed, stop)? == Receiver::Gone {
            return Ok(());
        }
        open = Some(footer);
    }
    feed.flush();
    Ok(())
}

fn ranges(read: &Read) -> Result<&[GroupRange], SourceError> {
    match &read.slice {
        Slice::Groups(ranges) => Ok(ranges),
        Slice::Files(_) | Slice::Keys(_) | Slice::Pages(_) | Slice::Listed(_) => {
            let what = "it was made of something else, and is Parquet files now".to_owned();
            Err(SourceError::Changed { what })
        }
    }
}

/// A file's footer, which must be the one that the plan saw.
fn footer(
    files: &Files,
    range: &GroupRange,
    stop: &CancellationToken,
) -> Result<Footer, SourceError> {
    let file =
        Listed { path: range.path.clone(), len: range.file_len, version: range.version.clone() };
    let footer = Footer::read(files, &file, Statistics::PassedOver, stop)?;
    let rows = footer.groups().get(range.group as usize).map(RowGroupMetaData::num_rows);
    let has_rows =
        rows.and_then(|rows| u64::try_from(rows).ok()).is_some_and(|rows| range.end <= rows);
    if footer.checksum != range.footer || !has_rows {
        return Err(SourceError::Changed { what: format!("{} was written anew", range.path) });
    }
    Ok(footer)
}

/// What is read of a record: a field, with its leaves, its condition and the value under way.
struct Slot<'r> {
    field: &'r super::shape::Field,
    leaves: Vec<Leaf>,
    conditions: Vec<&'r Condition>,
    kind: Kind,
    text: String,
}

/// The slots, those with conditions first, and which of them make a row.
struct Slots<'r> {
    slots: Vec<Slot<'r>>,
    cells: Vec<usize>,
}

fn range(
    files: &Files,
    footer: &Footer,
    range: &GroupRange,
    read: &Read,
    feed: &mut Feed,
    stop: &CancellationToken,
) -> Result<Receiver, SourceError> {
    let mut slots = slots(files, footer, range, read, stop)?;
    for row in range.start..range.end {
        let place = || format!("{}, row group {}, row {row}", range.path, range.group);
        let receiver = match slots.take(feed)? {
            Taken::Row => feed.row(|| Met { place: Some(place()), text: slots.told() }),
            Taken::LeftOut => Receiver::Listens,
            Taken::Broken(why) => feed.broken(SourceError::BrokenRecord {
                file: place(),
                line: None,
                byte: None,
                why,
                text: slots.told(),
            })?,
        };
        if receiver == Receiver::Gone {
            return Ok(Receiver::Gone);
        }
    }
    Ok(Receiver::Listens)
}

fn slots<'r>(
    files: &Files,
    footer: &'r Footer,
    range: &GroupRange,
    read: &'r Read,
    stop: &CancellationToken,
) -> Result<Slots<'r>, SourceError> {
    let mut slots: Vec<Slot<'r>> = Vec::new();
    let mut slot = |name: &str| {
        if let Some(known) = slots.iter().position(|slot| slot.field.name == name) {
            return Ok(known);
        }
        let field = footer.field(name).map_err(SourceError::amid_a_run)?;
        footer.check_readable(field)?;
        let mut leaves = Vec::new();
        for column in field.leaves() {
            let mut leaf = Leaf::open(files, footer, range, column, stop)?;
            leaf.skip(range.start)?;
            leaves.push(leaf);
        }
        slots.push(Slot {
            field,
            leaves,
            conditions: Vec::new(),
            kind: Kind::Null,
            text: String::new(),
        });
        Ok::<_, SourceError>(slots.len() - 1)
    };
    // Conditions come first, so that no more is read of a record that does not meet them.
    let filter = read.filter.iter();
    let filter: Vec<(usize, &Condition)> =
        filter.map(|(name, given)| Ok((slot(name)?, given))).collect::<Result<_, SourceError>>()?;
    let cells = read.fields.iter().flatten().chain(&read.besides);
    let cells = cells.map(|name| slot(name)).collect::<Result<_, _>>()?;
    for (place, condition) in filter {
        slots[place].conditions.push(condition);
    }
    Ok(Slots { slots, cells })
}

/// What became of a record.
enum Taken {
    /// Its cells are in the page.
    Row,
    /// It does not meet the conditions.
    LeftOut,
    /// It cannot be read.
    Broken(String),
}

impl Slots<'_> {
    /// Puts the next record's cells into a page.
    fn take(&mut self, feed: &mut Feed) -> Result<Taken, SourceError> {
        for leaf in self.slots.iter_mut().flat_map(|slot| &mut slot.leaves) {
            leaf.begin()?;
        }
        let taken = self.fill();
        // Of a record that breaks off, some columns are amid a list.
        let is_whole = !matches!(taken, Taken::Broken(_));
        for leaf in self.slots.iter_mut().flat_map(|slot| &mut slot.leaves) {
            if is_whole { leaf.end()? } else { leaf.give_up() }
        }
        if let Taken::Row = taken {
            for place in &self.cells {
                let Slot { kind, text, .. } = &self.slots[*place];
                feed.page().push(*kind, text);
            }
        }
        Ok(taken)
    }

    fn fill(&mut self) -> Taken {
        for slot in &mut self.slots {
            let leaves = Leaves { first: slot.field.leaves().start, leaves: &mut slot.leaves };
            match cell(slot.field, leaves, &mut slot.text) {
                Ok(kind) => slot.kind = kind,
                Err(why) => {
                    return Taken::Broken(format!("{why}, in the field {:?}", slot.field.name));
                }
            }
            let value = (slot.kind != Kind::Null).then_some(slot.text.as_str());
            if !slot.conditions.iter().all(|condition| condition.matches(value)) {
                return Taken::LeftOut;
            }
        }
        Taken::Row
    }

    /// The record under way, as far as it was read.
    fn told(&self) -> String {
        let cells: Vec<&str> = self.slots.iter().map(|slot| slot.text.as_str()).collect();
        told(cells.join("|").as_bytes())
    }
}
