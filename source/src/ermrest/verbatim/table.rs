//! Rows as a table, each line as the catalogue writes it. Of all pages the first alone gives the names of the columns.
//!
//! A page that breaks off gives the rows that came whole, and the next one begins after those. Where no page can begin
//! after a row, all come at once, and are counted a second time as JSON, which cannot break off unseen.

use std::ops::ControlFlow;

use proto::plan::PageRange;

use super::Sending;
use super::lines::{Line, Lines};
use crate::SourceError;
use crate::ermrest::border::Border;
use crate::ermrest::pages::{Asked, Pages, given_before, too_many, unfit};
use crate::ermrest::query::{Order, Query};
use crate::ermrest::rows::changed;
use crate::feed::Receiver;
use crate::http::Answer;

/// How often a page is asked for of which nothing comes whole.
const MOST_BROKEN: usize = 3;

/// Sends the rows of a range, with these columns.
pub(super) fn send(
    pages: &Pages<'_>,
    query: &Query,
    (range, names): (&PageRange, &[String]),
    sending: &Sending,
) -> Result<(), SourceError> {
    match query.order() {
        Some(order) if *range != PageRange::default() => {
            let mut names = names.to_vec();
            names.extend(order.hidden().map(str::to_owned));
            in_pages(pages, &Table { query, order: &order, names }, range, sending)
        }
        Some(_) | None => at_once(pages, query, names, sending),
    }
}

/// Sends all rows of an answer, as it is. It may break off behind any row, and looks whole then.
fn at_once(
    pages: &Pages<'_>,
    query: &Query,
    names: &[String],
    sending: &Sending,
) -> Result<(), SourceError> {
    let mut what = String::new();
    for _ in 0..MOST_BROKEN {
        let answer = pages.whole_table(query)?;
        let Lines { lines, are_all } = Lines::of(answer.body());
        what = if let (Some((head, rows)), true) = (lines.split_first(), are_all) {
            has_columns(head, names)?;
            let (came, all) = (rows.len() as u64, pages.count(query)?);
            if came == all {
                sending.text(answer.body().to_owned(), came);
                return Ok(());
            }
            format!("{} sends {came} rows as CSV, and {all} as JSON", answer.told())
        } else {
            broken(&answer)
        };
    }
    Err(SourceError::Unavailable { what })
}

/// What is asked for in pages.
struct Table<'t> {
    query: &'t Query,
    order: &'t Order,
    /// The names of the columns, that of the key with them which nobody asked for.
    names: Vec<String>,
}

fn in_pages(
    pages: &Pages<'_>,
    table: &Table<'_>,
    range: &PageRange,
    sending: &Sending,
) -> Result<(), SourceError> {
    let border = |text: &Option<String>| text.as_deref().map(Border::parse).transpose();
    let (mut after, end) = (border(&range.start)?, border(&range.end)?);
    let mut left = range.records.unwrap_or(u64::MAX);
    let (mut needs_head, mut broke_off) = (range.start.is_none(), 0);
    let (mut stride, mut last_page) = (pages.stride(), None);
    // Where there are no rows, the names of the columns are there all the same.
    while left > 0 || needs_head {
        let wanted = left.clamp(1, stride.rows());
        let asked = (table.query, table.order);
        let page = pages.table(asked, after.as_ref(), wanted, &mut stride)?;
        let Some(answer) = page else { continue };
        let Lines { lines, are_all } = Lines::of(answer.body());
        let rows = lines.split_first().filter(|(_, rows)| are_all || !rows.is_empty());
        let Some((head, rows)) = rows else {
            broke_off += 1;
            if broke_off == MOST_BROKEN {
                return Err(SourceError::Unavailable { what: broken(&answer) });
            }
            continue;
        };
        broke_off = 0;
        has_columns(head, &table.names)?;
        let came = rows.len() as u64;
        if came > wanted {
            return Err(too_many(&answer, came, wanted));
        }
        if came > left {
            return Err(changed("it has rows, and had none"));
        }
        let mut text = String::with_capacity(answer.body().len());
        if std::mem::take(&mut needs_head) {
            table.write(head, &mut text);
        }
        for row in rows {
            table.write(row, &mut text);
        }
        if sending.text(text, came) == Receiver::Gone {
            return Ok(());
        }
        // Fewer than were asked for may come amid others: only an empty page is the end.
        let Some(last) = rows.last() else { break };
        let border = Border::of_cells(&table.names, &last.values(), table.order);
        let border = border.map_err(|why| unfit(&answer, why))?;
        if after.as_ref() == Some(&border) {
            return Err(given_before(&answer));
        }
        stride.came(came, answer.body().len() as u64);
        left -= came;
        last_page = Some((after.replace(border), came));
    }
    if range.records.is_some() && left > 0 {
        return Err(changed("it has fewer rows than it had, or shows fewer to whoever asks now"));
    }
    match (end, last_page) {
        (Some(end), Some(last_page)) if after.as_ref() != Some(&end) => {
            ends_so(pages, table, last_page, &end)
        }
        (Some(_) | None, _) => Ok(()),
    }
}

/// That so many rows after one end where they are to: told by the objects that plans are made from, for tables spell
/// times and truths otherwise.
fn ends_so(
    pages: &Pages<'_>,
    table: &Table<'_>,
    (after, came): (Option<Border>, u64),
    end: &Border,
) -> Result<(), SourceError> {
    let asked = Asked::Keys(table.query, table.order);
    let walked = pages.walk(asked, (after, Some(came)), |_, _, _| Ok(ControlFlow::Continue(())))?;
    if walked.last.as_ref() == Some(end) {
        return Ok(());
    }
    Err(changed("its rows end elsewhere than they did"))
}

impl Table<'_> {
    /// Writes a line as it is, but for the key that nobody asked for.
    fn write(&self, line: &Line<'_>, text: &mut String) {
        match self.order.hidden() {
            None => text.push_str(line.text()),
            Some(_) => text.push_str(&line.without_last().concat()),
        }
    }
}

/// That the first line names the columns that there are to be.
fn has_columns(head: &Line<'_>, names: &[String]) -> Result<(), SourceError> {
    let there: Vec<String> = head.values().into_iter().map(Option::unwrap_or_default).collect();
    if there == names { Ok(()) } else { Err(changed("its columns are others")) }
}

fn broken(answer: &Answer) -> String {
    format!("{} sends CSV that breaks off before its first row ends", answer.told())
}
