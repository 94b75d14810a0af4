//! The plan's look at a server: the numbers of all objects that the export gives, in as many pages as they
//! fill at 1,000 a page.

use proto::plan::KeyRange;

use super::super::cutter::Cutter;
use super::super::rows::Judge;
use super::pages::Pages;
use super::question::Question;
use crate::document::Keys;
use crate::http::refused;
use crate::sample::Sample;
use crate::{SourceError, Survey, Wanted};

/// How much less than a disk a server gives in the same time: an estimate. A batch is to take seconds.
const SLOWER: u64 = 16;

/// From how many objects it is reckoned how long they are.
const SAMPLE: u32 = 200;

/// Looks a server over.
pub(super) fn survey(
    pages: &Pages<'_>,
    page_size: u32,
    wanted: &Wanted,
) -> Result<Survey, SourceError> {
    let question = Question::new(wanted.search.as_ref(), &wanted.filter);
    let all = KeyRange { after: None, until: None };
    let mut sample = Sample { rows: 0, bytes: 0 };
    if wanted.batch_size.is_none() {
        let most = page_size.min(SAMPLE);
        pages.walk(&question.long(most), &all, |_, _, object| {
            sample = Sample { rows: sample.rows + 1, bytes: sample.bytes + object.len() as u64 };
            Ok(sample.rows < u64::from(most))
        })?;
    }
    let batch_size = wanted.batch_size.or(Some(sample.rows_for(wanted.target_bytes / SLOWER)));
    let mut keys = (wanted.needs_columns && wanted.fields.is_none()).then(Keys::default);
    let asked = match &keys {
        Some(_) => question.long(page_size),
        None => question.with(wanted.filter.keys(), page_size),
    };
    let mut judge = Judge::new(&wanted.filter);
    let mut cutter = Cutter::new(&Wanted { batch_size, ..wanted.clone() }, 0);
    pages.walk(&asked, &all, |told, id, object| {
        if judge.admits(object.as_bytes()) {
            if let Some(keys) = &mut keys {
                keys.add(object.as_bytes()).map_err(|many| {
                    refused(format!("the objects of {told} have more than {many} different fields; name those that are wanted"))
                })?;
            }
            cutter.take(id, 0)?;
        }
        Ok(true)
    })?;
    let (slices, records) = cutter.finish()?;
    let fields = wanted.fields.clone().or(keys.map(Keys::into_names));
    let bytes = Some(sample.bytes_for(records)).filter(|bytes| *bytes > 0);
    Ok(Survey { fields, slices, records: Some(records), bytes, view: None, hold: None })
}
