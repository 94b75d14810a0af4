//! From page to page by the numbers of objects, for a thread that may block.

use proto::plan::KeyRange;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::super::index::{self, NUMBER, bound};
use super::Server;
use super::abilities::Lack;
use super::door::explained;
use super::question::Asked;
use crate::SourceError;
use crate::address::told;
use crate::http::{Answer, Denied, MAX_PAGE_BYTES, refused};

/// Asks for pages.
pub(super) struct Pages<'p> {
    server: &'p Server,
    stop: &'p CancellationToken,
}

impl<'p> Pages<'p> {
    /// Pages of a server, until a token is cancelled.
    pub(super) fn new(server: &'p Server, stop: &'p CancellationToken) -> Self {
        Self { server, stop }
    }

    /// Shows object after object of a range, with where it came from and its number, until it is told not to go on
    /// or there are no more. Blocks.
    ///
    /// The server's own count tells whether there are more, for it may give fewer at once than it is asked
    /// for.
    pub(super) fn walk(
        &self,
        asked: &Asked,
        range: &KeyRange,
        mut each: impl FnMut(&str, u64, &str) -> Result<bool, SourceError>,
    ) -> Result<(), SourceError> {
        let bound = |text: &Option<String>| text.as_deref().map(bound).transpose();
        let (mut after, until) = (bound(&range.after)?, bound(&range.until)?);
        let mut asked = asked.within(&self.server.abilities);
        loop {
            let answer = self.page(&mut asked, after, until)?;
            let records = answer.records("/objects")?;
            let count = answer.number("/count").ok_or_else(|| {
                refused(format!("{} does not say how many objects there are", answer.told()))
            })?;
            if records.is_empty() && count > 0 {
                return Err(refused(format!(
                    "{} says that there are {count} objects and gives none",
                    answer.told()
                )));
            }
            for record in &records {
                let id = number(&answer, record)?;
                if after.is_some_and(|after| id <= after) || until.is_some_and(|until| id > until) {
                    return Err(refused(format!(
                        "{} gives object {id} where those after {} were asked for, in their order",
                        answer.told(),
                        after.unwrap_or_default()
                    )));
                }
                after = Some(id);
                if !each(answer.told(), id, record)? {
                    return Ok(());
                }
            }
            if count <= records.len() as u64 || (until.is_some() && after == until) {
                return Ok(());
            }
        }
    }

    /// The page after a number, as it is asked for, or else as the server can give it: what was learned holds for the
    /// pages that follow, and what the server cannot do for whoever asks next.
    fn page(
        &self,
        asked: &mut Asked,
        after: Option<u64>,
        until: Option<u64>,
    ) -> Result<Answer, SourceError> {
        let mut lacks: Vec<Lack> = Vec::new();
        loop {
            let denied = match self.search(asked, after, until) {
                Ok(answer) => {
                    for lack in lacks {
                        self.server.abilities.lack(lack);
                    }
                    asked.grow(answer.body().len());
                    return Ok(answer);
                }
                Err(denied) => denied,
            };
            let Some((instead, lack)) = asked.instead(&denied) else {
                return Err(if denied.is_too_long {
                    let which = after.map(|after| format!("the object after {after}"));
                    let which = which.as_deref().unwrap_or("the first object");
                    too_long(self.server, which, "leave it out by the search")
                } else {
                    explained(*denied)
                });
            };
            lacks.extend(lack);
            tracing::debug!(
                error = &denied.error as &dyn std::error::Error,
                "page asked for otherwise"
            );
            *asked = instead;
        }
    }

    fn search(
        &self,
        asked: &Asked,
        after: Option<u64>,
        until: Option<u64>,
    ) -> Result<Answer, Box<Denied>> {
        let body = asked.page(after, until);
        Handle::current().block_on(async {
            tokio::select! {
                answer = self.server.session.attempt(body) => answer,
                () = self.stop.cancelled() => {
                    let what = "the reading was stopped".to_owned();
                    Err(SourceError::Unavailable { what }.into())
                }
            }
        })
    }
}

/// That a single object is longer than an answer may be, and what helps.
pub(super) fn too_long(server: &Server, which: &str, hint: &str) -> SourceError {
    let (most, server) = (MAX_PAGE_BYTES >> 20, told(server.session.url()));
    refused(format!("{which} of {server} is longer than {most} MiB; {hint}"))
}

/// The number of an object of an answer.
pub(super) fn number(answer: &Answer, record: &str) -> Result<u64, SourceError> {
    index::number(record.as_bytes())
        .ok_or_else(|| refused(format!("{} gives an object without {NUMBER}", answer.told())))
}
