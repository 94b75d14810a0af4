//! The plan's look at an API: by a few of its pages where that will do, else page by page.

mod ranges;

use std::ops::ControlFlow;

use proto::plan::{KeyRange, PageRange, Slice};

use super::api::refused;
use super::order::{Key, KeyReader};
use super::place::Place;
use super::walk::{Fetched, Walker};
use crate::document::Keys;
use crate::slices::{Slices, refuse_more};
use crate::{SourceError, Survey, Wanted};

/// How much less than a disk an API gives in the same time: an estimate, of a few megabytes a second. A
/// batch is to take seconds.
const SLOWER: u64 = 16;

/// Looks the API over.
pub(super) fn survey(walker: &Walker<'_>, wanted: &Wanted) -> Result<Survey, SourceError> {
    let keys = (wanted.needs_columns && wanted.fields.is_none()).then(Keys::default);
    let mut survey = match keys {
        Some(keys) => count(walker, wanted, Some(keys))?,
        None => match counted(walker, wanted)? {
            Some(survey) => survey,
            None if wanted.batch_size.is_some_and(|size| size > 0) => count(walker, wanted, None)?,
            None if wanted.batch_size.is_none() => match ranges::ranges(walker, wanted)? {
                Some(slices) => Survey { slices, ..one() },
                None => one(),
            },
            None => one(),
        },
    };
    survey.fields = wanted.fields.clone().or(survey.fields);
    Ok(survey)
}

/// Everything as one slice.
fn one() -> Survey {
    let slices = vec![Slice::Pages(PageRange::default())];
    Survey { fields: None, slices, records: None, bytes: None, view: None, hold: None }
}

/// Cuts by arithmetic, where the API says how many records there are and pages can be counted.
fn counted(walker: &Walker<'_>, wanted: &Wanted) -> Result<Option<Survey>, SourceError> {
    let pager = walker.pager();
    if pager.counted(0, 0).is_none() {
        return Ok(None);
    }
    let mut survey = None;
    walker.walk(pager.first(), |page| {
        let page_len = page.records.len() as u64;
        let Some(total) = pager.total(page.answer)? else { return Ok(ControlFlow::Break(())) };
        if page_len == 0 && total > 0 {
            return Err(refused(format!(
                "{} says that there are {total} records and gives none",
                page.answer.told()
            )));
        }
        if total == 0 {
            let range = PageRange { total: Some(0), records: Some(0), ..PageRange::default() };
            survey = Some(Survey { slices: vec![Slice::Pages(range)], records: Some(0), ..one() });
            return Ok(ControlFlow::Break(()));
        }
        let len: u64 = page.records.iter().map(|record| record.len() as u64).sum();
        let pages_there = total.div_ceil(page_len);
        let bytes = total.saturating_mul(len) / page_len;
        let in_slice = match wanted.batch_size {
            Some(0) => pages_there,
            Some(size) => size / page_len,
            None => wanted.target_bytes_of(bytes) / SLOWER / len,
        };
        refuse_more(pages_there.div_ceil(in_slice.max(1)))?;
        let in_slice = usize::try_from(in_slice.max(1)).unwrap_or(usize::MAX);
        let place = |pages: u64| pager.counted(pages, page_len).and_then(|place| place.text());
        let slices = (0..pages_there)
            .step_by(in_slice)
            .map(|from| {
                let until = from.saturating_add(in_slice as u64).min(pages_there);
                let records = until.saturating_mul(page_len).min(total) - from * page_len;
                Slice::Pages(PageRange {
                    start: place(from),
                    end: place(until),
                    total: Some(total),
                    records: Some(records),
                })
            })
            .collect();
        survey = Some(Survey { slices, records: Some(total), bytes: Some(bytes), ..one() });
        Ok(ControlFlow::Break(()))
    })?;
    Ok(survey)
}

/// Counts records page by page, cuts between them, and gathers their keys where these are wanted.
fn count(
    walker: &Walker<'_>,
    wanted: &Wanted,
    mut keys: Option<Keys>,
) -> Result<Survey, SourceError> {
    let mut cutter = Cutter::new(walker.pager().key(), wanted);
    let mut records = 0;
    walker.walk(walker.pager().first(), |page| {
        records += page.records.len() as u64;
        if let Some(keys) = &mut keys {
            for record in page.records {
                keys.add(record.as_bytes()).map_err(|many| {
                    refused(format!("its records have more than {many} different fields; name those that are wanted"))
                })?;
            }
        }
        cutter.page(page)?;
        Ok(ControlFlow::Continue(()))
    })?;
    let fields = keys.map(Keys::into_names);
    Ok(Survey { fields, slices: cutter.finish()?, records: Some(records), ..one() })
}

/// Cuts between pages, or between keys where pages go by them.
struct Cutter<'c> {
    key: Option<KeyReader<'c>>,
    wanted: &'c Wanted,
    slices: Slices,
    /// Where the slice under way begins: a page, or a key that it comes after.
    start: Option<String>,
    last: Option<Key>,
    records: u64,
    bytes: u64,
}

impl<'c> Cutter<'c> {
    fn new(key: Option<&'c str>, wanted: &'c Wanted) -> Self {
        let (key, slices, start, last) = (key.map(KeyReader::new), Slices::default(), None, None);
        Self { key, wanted, slices, start, last, records: 0, bytes: 0 }
    }

    fn is_due(&self) -> bool {
        match self.wanted.batch_size {
            Some(0) => false,
            Some(size) => self.records >= size,
            None => self.bytes >= (self.wanted.target_bytes / SLOWER).max(1),
        }
    }

    fn page(&mut self, page: &Fetched<'_>) -> Result<(), SourceError> {
        for record in page.records {
            if let Some(reader) = &mut self.key {
                let key = reader.key(record)?;
                if let Some(last) = self.last.take() {
                    key.rises_from(&last)?;
                    if self.is_due() {
                        self.cut(last.into_text())?;
                    }
                }
                self.last = Some(key);
            }
            self.records += 1;
            self.bytes += record.len() as u64;
        }
        if self.key.is_none()
            && self.is_due()
            && let Some(next) = page.next.and_then(Place::text)
        {
            self.cut(next)?;
        }
        Ok(())
    }

    fn cut(&mut self, at: String) -> Result<(), SourceError> {
        let slice = self.slice(self.start.clone(), Some(at.clone()));
        self.slices.push(slice)?;
        self.start = Some(at);
        (self.records, self.bytes) = (0, 0);
        Ok(())
    }

    fn slice(&self, start: Option<String>, end: Option<String>) -> Slice {
        match self.key {
            Some(_) => Slice::Keys(KeyRange { after: start, until: end }),
            None => {
                Slice::Pages(PageRange { start, end, total: None, records: Some(self.records) })
            }
        }
    }

    fn finish(mut self) -> Result<Vec<Slice>, SourceError> {
        let last = self.slice(self.start.clone(), None);
        self.slices.push(last)?;
        Ok(self.slices.into_vec())
    }
}
