//! Ranges of whole-number keys, found by some forty requests however many records there are.
//!
//! What lies after a key that nobody has is answered all the same, so that the greatest key is found
//! by strides that double and then by halving. Between the least and the greatest the ranges are
//! equally wide; where keys are spread unevenly some hold more records than others, and none is lost.

use std::ops::ControlFlow;

use proto::plan::{KeyRange, Slice};

use super::SLOWER;
use crate::http::order::{Key, KeyReader};
use crate::http::place::Place;
use crate::http::walk::Walker;
use crate::{SourceError, Wanted};

/// How often the distance to the greatest key is halved; what is left belongs to the last range.
const HALVINGS: usize = 12;

/// Most ranges.
const MOST: i128 = 1000;

/// What was seen of the keys.
struct Seen<'f> {
    reader: KeyReader<'f>,
    records: i128,
    bytes: i128,
    /// Over how many keys those records were spread.
    span: i128,
}

/// The ranges of an API's key; nothing where it has other keys than whole numbers, few records, or
/// does not answer for keys that nobody has.
pub(super) fn ranges(
    walker: &Walker<'_>,
    wanted: &Wanted,
) -> Result<Option<Vec<Slice>>, SourceError> {
    let Some(field) = walker.pager().key() else { return Ok(None) };
    let mut seen = Seen { reader: KeyReader::new(field), records: 0, bytes: 0, span: 0 };
    let Some((first, last)) = seen.page(walker, walker.pager().first())? else { return Ok(None) };
    seen.span += last - first + 1;
    let page = seen.records;
    let greatest = match seen.greatest(walker, last, last - first + 1) {
        Ok(greatest) => greatest,
        // Not for this key, or not for any that it does not have.
        Err(SourceError::Refused { .. } | SourceError::Forbidden { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let width = greatest - first + 1;
    let records = width.saturating_mul(seen.records) / seen.span.max(1);
    let bytes = records.saturating_mul(seen.bytes) / seen.records.max(1);
    let many = bytes / i128::from((wanted.target_bytes / SLOWER).max(1));
    let many = many.min(records / page.max(1)).min(MOST);
    if many < 2 {
        return Ok(None);
    }
    let bounds: Vec<String> =
        (1..many).map(|nth| (first + width * nth / many).to_string()).collect();
    let starts = std::iter::once(None).chain(bounds.iter().cloned().map(Some));
    let ends = bounds.iter().cloned().map(Some).chain(std::iter::once(None));
    Ok(Some(
        starts.zip(ends).map(|(after, until)| Slice::Keys(KeyRange { after, until })).collect(),
    ))
}

impl Seen<'_> {
    /// About the greatest key: one that is there, near the end.
    fn greatest(
        &mut self,
        walker: &Walker<'_>,
        last: i128,
        page: i128,
    ) -> Result<i128, SourceError> {
        let (mut low, mut stride) = (last, page);
        let mut high = loop {
            let after = low.saturating_add(stride).min(i128::from(i64::MAX));
            if after <= low {
                return Ok(low);
            }
            match self.after(walker, after)? {
                Some(key) => low = key,
                None => break after,
            }
            stride = stride.saturating_mul(2);
        };
        for _ in 0..HALVINGS {
            if high - low <= page {
                break;
            }
            let middle = low + (high - low) / 2;
            match self.after(walker, middle)? {
                Some(key) => low = key,
                None => high = middle,
            }
        }
        Ok(low)
    }

    /// The last key of the page after one; nothing where there is none.
    fn after(&mut self, walker: &Walker<'_>, key: i128) -> Result<Option<i128>, SourceError> {
        let found = self.page(walker, Place::After(key.to_string()))?;
        Ok(found.map(|(_, last)| {
            self.span += (last - key).max(1);
            last
        }))
    }

    /// The first and the last key of a page, where it has whole numbers.
    fn page(
        &mut self,
        walker: &Walker<'_>,
        place: Place,
    ) -> Result<Option<(i128, i128)>, SourceError> {
        let mut ends = None;
        walker.walk(place, |page| {
            if let (Some(first), Some(last)) = (page.records.first(), page.records.last())
                && let (Key::Number(first, _), Key::Number(last, _)) =
                    (self.reader.key(first)?, self.reader.key(last)?)
            {
                ends = Some((first, last));
                self.records += page.records.len() as i128;
                self.bytes += page.records.iter().map(|record| record.len() as i128).sum::<i128>();
            }
            Ok(ControlFlow::Break(()))
        })?;
        Ok(ends)
    }
}
