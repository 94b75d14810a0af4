//! From page to page, for a thread that may block.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::ControlFlow;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::api::{Api, refused};
use super::pager::Pager;
use super::place::Place;
use crate::SourceError;

/// Most empty pages in a row that lead on: an API that filters after it has cut its pages may have many,
/// and one whose pages never end has no others.
const MOST_EMPTY: u32 = 1000;

/// Asks for pages.
pub(super) struct Walker<'w> {
    api: &'w Api,
    pager: &'w Pager,
    stop: &'w CancellationToken,
}

/// A page that was asked for.
pub(super) struct Fetched<'f> {
    /// Where it is.
    pub(super) place: &'f Place,
    /// What came.
    pub(super) answer: &'f Answer,
    /// Its records, as they are written.
    pub(super) records: &'f [&'f str],
    /// The page after it, where there is one.
    pub(super) next: Option<&'f Place>,
}

impl<'w> Walker<'w> {
    /// Pages of an API, until a token is cancelled.
    pub(super) fn new(api: &'w Api, pager: &'w Pager, stop: &'w CancellationToken) -> Self {
        Self { api, pager, stop }
    }

    /// How its pages are found.
    pub(super) fn pager(&self) -> &Pager {
        self.pager
    }

    /// Shows page after page, from one on, until it is told to stop or there are no more. Blocks.
    pub(super) fn walk(
        &self,
        start: Place,
        mut each: impl FnMut(&Fetched<'_>) -> Result<ControlFlow<()>, SourceError>,
    ) -> Result<(), SourceError> {
        let (mut rounds, mut place, mut before) = (Rounds::from(&start), start, None);
        let mut empty = 0;
        loop {
            let answer = self.get(&place)?;
            let records = self.pager.records(&answer)?;
            let next = self.pager.next(self.api, &place, &answer, &records)?;
            refuse_repetition(&place, &answer, &records, &mut before)?;
            let fetched =
                Fetched { place: &place, answer: &answer, records: &records, next: next.as_ref() };
            if each(&fetched)?.is_break() {
                return Ok(());
            }
            empty = if records.is_empty() { empty + 1 } else { 0 };
            match next {
                Some(_) if empty > MOST_EMPTY => {
                    return Err(refused(format!(
                        "{} gives no records on {empty} pages in a row, and leads on to others",
                        answer.told()
                    )));
                }
                Some(next) if rounds.lead_back(&next) => {
                    return Err(refused(format!(
                        "{} leads back to {}",
                        answer.told(),
                        next.told()
                    )));
                }
                Some(next) => place = next,
                None => return Ok(()),
            }
        }
    }

    fn get(&self, place: &Place) -> Result<Answer, SourceError> {
        let url = self.pager.url(place);
        Handle::current().block_on(async {
            tokio::select! {
                answer = self.api.get(&url) => answer,
                () = self.stop.cancelled() => {
                    Err(SourceError::Unavailable { what: "the reading was stopped".to_owned() })
                }
            }
        })
    }
}

/// Places in a row, of which one is kept to be compared with all after it: each time as many as all
/// before were passed, another. So that a circle of any length is found within three times its length
/// (<https://maths-people.anu.edu.au/~brent/pub/pub051.html>).
struct Rounds {
    kept: Place,
    passed: u64,
    until: u64,
}

impl Rounds {
    fn from(start: &Place) -> Self {
        Self { kept: start.clone(), passed: 0, until: 1 }
    }

    /// Whether a place is one that was passed before.
    fn lead_back(&mut self, next: &Place) -> bool {
        if *next == self.kept {
            return true;
        }
        self.passed += 1;
        if self.passed == self.until {
            *self = Self { kept: next.clone(), passed: 0, until: self.until * 2 };
        }
        false
    }
}

/// An API that does not know the parameter gives its first page for ever.
fn refuse_repetition(
    place: &Place,
    answer: &Answer,
    records: &[&str],
    before: &mut Option<u64>,
) -> Result<(), SourceError> {
    let mut hasher = DefaultHasher::new();
    answer.body().hash(&mut hasher);
    let hash = hasher.finish();
    if !records.is_empty() && before.replace(hash) == Some(hash) {
        return Err(refused(format!(
            "{} gives {} as it gave the one before; does it know the parameter?",
            answer.told(),
            place.told()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_found_wherever_it_begins_and_however_long_it_is() {
        for (before, len) in [(0, 2), (1, 1), (5, 3), (100, 7), (3, 1000)] {
            let place = |at: u64| match at.checked_sub(before) {
                None => Place::Number(at),
                Some(round) => Place::Number(before + round % len),
            };
            let mut rounds = Rounds::from(&place(0));
            let found = (1..4 * (before + len + 1)).any(|at| rounds.lead_back(&place(at)));
            assert!(found, "{before} {len}");
        }
        let mut rounds = Rounds::from(&Place::First);
        assert!(!(1..10_000).any(|at| rounds.lead_back(&Place::Number(at))));
    }
}
