//! The slices of a survey, which are no more than a plan may have: a definition with batches of one
//! record, or an API that speaks of 10^18 records, must not take all memory.

use proto::plan::Slice;

use crate::SourceError;

/// Most slices of an output. Each takes about 200 bytes while the plan is made.
pub(crate) const MOST: u64 = 1_000_000;

/// Slices as they are found, in order.
#[derive(Debug, Default)]
pub(crate) struct Slices(Vec<Slice>);

impl Slices {
    /// Takes one more.
    pub(crate) fn push(&mut self, slice: Slice) -> Result<(), SourceError> {
        refuse_more(self.0.len() as u64 + 1)?;
        self.0.push(slice);
        Ok(())
    }

    /// Whether there are none yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub(crate) fn into_vec(self) -> Vec<Slice> {
        self.0
    }
}

/// That so many slices are not more than [`MOST`], for those who know before they cut.
pub(crate) fn refuse_more(slices: u64) -> Result<(), SourceError> {
    if slices > MOST { Err(SourceError::TooMany { most: MOST }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proto::plan::KeyRange;

    use super::*;

    #[test]
    fn there_are_no_more_slices_than_a_plan_may_have() {
        let mut slices = Slices::default();
        let slice = || Slice::Keys(KeyRange { after: None, until: None });
        (0..MOST).for_each(|_| slices.push(slice()).unwrap());
        assert!(matches!(slices.push(slice()), Err(SourceError::TooMany { most: MOST })));
    }
}
