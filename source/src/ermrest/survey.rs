//! The plan's look at a query: its columns, and after which rows to cut.
//!
//! All rows are counted by what they are put in order by, and nothing else of them is asked for, so that batches
//! have exactly as many rows as they are to have.

use std::ops::ControlFlow;

use proto::plan::{PageRange, Slice};

use super::border::{Border, Unfit};
use super::pages::{Asked, Pages, unfit};
use super::query::{Order, Query};
use crate::http::{Answer, refused};
use crate::sample::Sample;
use crate::slices::Slices;
use crate::{SourceError, Survey, Wanted};

/// How many rows tell how long rows are.
const SAMPLE_ROWS: u64 = 200;

/// How much less than a disk a catalogue gives in the same time: an estimate, of a few megabytes a second. A
/// batch is to take seconds.
const SLOWER: u64 = 16;

/// Looks a query over.
pub(super) fn survey(
    pages: &Pages<'_>,
    query: &Query,
    wanted: &Wanted,
) -> Result<Survey, SourceError> {
    let columns = pages.columns(query)?;
    known(&columns, wanted)?;
    let fields = wanted.fields.clone().unwrap_or(columns);
    let mut survey = Survey {
        fields: Some(fields),
        slices: vec![Slice::Pages(PageRange::default())],
        records: None,
        bytes: None,
        view: pages.view().map(str::to_owned),
        hold: None,
    };
    let Some(order) = query.order() else { return Ok(survey) };
    let Some(sample) = sample(pages, query, &order)? else { return Ok(survey) };
    let size = match wanted.batch_size {
        Some(size) => size,
        None => sample.rows_for((wanted.target_bytes / SLOWER).max(1)),
    };
    let mut cutter = Cutter::new(size, &order);
    pages.walk(Asked::Keys(query, &order), (None, query.limit()), |answer, records, border| {
        cutter.page(answer, records, border)?;
        Ok(ControlFlow::Continue(()))
    })?;
    survey.records = Some(cutter.all);
    survey.bytes = Some(sample.bytes_for(cutter.all));
    survey.slices = cutter.finish()?;
    Ok(survey)
}

/// Looks a document over, which is one record without columns and comes at once.
pub(super) fn of_document(pages: &Pages<'_>, wanted: &Wanted) -> Result<Survey, SourceError> {
    if wanted.needs_columns {
        return Err(refused(
            "a document has no columns; take the format json or jsonl, or keep it by `verbatim`"
                .to_owned(),
        ));
    }
    Ok(Survey {
        fields: wanted.fields.clone(),
        slices: vec![Slice::Pages(PageRange::default())],
        records: Some(1),
        bytes: None,
        view: pages.view().map(str::to_owned),
        hold: None,
    })
}

/// That the columns are there which are wanted.
fn known(columns: &[String], wanted: &Wanted) -> Result<(), SourceError> {
    let fields = wanted.fields.iter().flatten().chain(&wanted.besides).chain(wanted.filter.keys());
    for field in fields {
        if !columns.contains(field) {
            return Err(SourceError::UnknownField {
                field: field.clone(),
                known: columns.join(", "),
            });
        }
    }
    Ok(())
}

/// How long the first rows are; nothing where they are sorted by what no page can begin after, so that they are
/// asked for at once.
fn sample(pages: &Pages<'_>, query: &Query, order: &Order) -> Result<Option<Sample>, SourceError> {
    let answer = pages.first(Asked::Rows(query, order), SAMPLE_ROWS)?;
    let records = answer.records("")?;
    for record in &records {
        match Border::of(record, order) {
            Ok(_) => {}
            Err(Unfit::Unspeakable) => return Ok(None),
            Err(why @ Unfit::Absent { .. }) => return Err(unfit(&answer, why)),
        }
    }
    let bytes = records.iter().map(|record| record.len() as u64).sum();
    Ok(Some(Sample { rows: records.len() as u64, bytes }))
}

/// Cuts after so many rows.
struct Cutter<'c> {
    /// How many rows a slice has; 0 for all.
    size: u64,
    order: &'c Order,
    slices: Slices,
    /// Where the slice under way begins.
    start: Option<String>,
    /// Where the page before ended.
    last: Option<Border>,
    rows: u64,
    all: u64,
}

impl<'c> Cutter<'c> {
    fn new(size: u64, order: &'c Order) -> Self {
        Self { size, order, slices: Slices::default(), start: None, last: None, rows: 0, all: 0 }
    }

    fn page(
        &mut self,
        answer: &Answer,
        records: &[&str],
        border: &Border,
    ) -> Result<(), SourceError> {
        for nth in 0..records.len() {
            if self.size > 0 && self.rows == self.size {
                let before = match nth.checked_sub(1) {
                    Some(before) => {
                        let border = Border::of(records[before], self.order);
                        Some(border.map_err(|why| unfit(answer, why))?)
                    }
                    None => self.last.take(),
                };
                self.cut(before.as_ref())?;
            }
            self.rows += 1;
            self.all += 1;
        }
        self.last = Some(border.clone());
        Ok(())
    }

    fn cut(&mut self, at: Option<&Border>) -> Result<(), SourceError> {
        let end = at.map(Border::text);
        let (start, records) = (self.start.take(), Some(self.rows));
        self.slices.push(Slice::Pages(PageRange {
            start,
            end: end.clone(),
            total: None,
            records,
        }))?;
        self.start = end;
        self.rows = 0;
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Slice>, SourceError> {
        self.cut(None)?;
        Ok(self.slices.into_vec())
    }
}
