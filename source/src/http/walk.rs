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
        let (mut place, mut before) = (start, None);
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
            match next {
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
