//! From page to page, for a thread that may block.

use std::ops::ControlFlow;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::border::{Border, Unfit};
use super::query::{Order, Query};
use super::question::Document;
use super::server::{Missed, Server};
use super::stride::Stride;
use crate::SourceError;
use crate::http::{Answer, refused};

/// How many times as many rows are asked for at once where only their keys are.
const KEYS: u64 = 10;

/// Asks for pages.
pub(super) struct Pages<'p> {
    server: &'p Server,
    view: Option<&'p str>,
    stop: &'p CancellationToken,
}

/// What is asked for, in order.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked<'q> {
    /// Whole rows.
    Rows(&'q Query, &'q Order),
    /// What they are put in order by.
    Keys(&'q Query, &'q Order),
}

/// How far a walk came.
#[derive(Debug)]
pub(super) struct Walked {
    /// The border after its last page; where it began, where there was none.
    pub(super) last: Option<Border>,
    /// How many of the rows that were wanted did not come.
    pub(super) left: Option<u64>,
}

impl Asked<'_> {
    fn order(&self) -> &Order {
        match *self {
            Self::Rows(_, order) | Self::Keys(_, order) => order,
        }
    }

    fn path(&self, after: Option<&Border>) -> String {
        match *self {
            Self::Rows(query, order) => query.rows(Some(order), after),
            Self::Keys(query, order) => query.keys(order, after),
        }
    }
}

impl<'p> Pages<'p> {
    /// Pages of a catalogue as it was at a snapshot, or is now, until a token is cancelled.
    pub(super) fn new(
        server: &'p Server,
        view: Option<&'p str>,
        stop: &'p CancellationToken,
    ) -> Self {
        Self { server, view, stop }
    }

    /// The snapshot.
    pub(super) fn view(&self) -> Option<&str> {
        self.view
    }

    /// The names of the columns of a query. Blocks.
    pub(super) fn columns(&self, query: &Query) -> Result<Vec<String>, SourceError> {
        let path = query.rows(None, None);
        self.wait(self.server.columns(self.view, &path))?
    }

    /// All rows of a query in one answer. Blocks.
    pub(super) fn all(&self, query: &Query) -> Result<Answer, SourceError> {
        let path = query.rows(None, None);
        self.wait(self.server.rows(self.view, &path, query.limit()))?.map_err(Missed::error)
    }

    /// A document. Blocks.
    pub(super) fn document(&self, document: &Document) -> Result<Answer, SourceError> {
        self.wait(self.server.document(self.view, document.path()))?
    }

    /// How many rows are asked for at once in the beginning.
    pub(super) fn stride(&self) -> Stride {
        Stride::new(self.server.page_size())
    }

    /// A page of rows as CSV; nothing where it would be too much, so that fewer rows are to be asked for. Blocks.
    pub(super) fn table(
        &self,
        (query, order): (&Query, &Order),
        after: Option<&Border>,
        wanted: u64,
        stride: &mut Stride,
    ) -> Result<Option<Answer>, SourceError> {
        let path = query.rows(Some(order), after);
        let asking = self.server.table(self.view, &path, Some(wanted), query.spelling());
        let answered = self.wait(asking)?;
        fitting(answered, wanted, stride)
    }

    /// All rows of a query as CSV. Blocks.
    pub(super) fn whole_table(&self, query: &Query) -> Result<Answer, SourceError> {
        let path = query.rows(None, None);
        let asking = self.server.table(self.view, &path, query.limit(), query.spelling());
        self.wait(asking)?.map_err(Missed::error)
    }

    /// How many rows a query has, told by one answer. Blocks.
    pub(super) fn count(&self, query: &Query) -> Result<u64, SourceError> {
        let path = query.bare();
        let asking = self.server.rows(self.view, &path, query.limit());
        let answer = self.wait(asking)?.map_err(Missed::error)?;
        Ok(answer.records("")?.len() as u64)
    }

    /// Shows the rows after a border page by page, so many or all, until it is told to stop. Blocks.
    pub(super) fn walk(
        &self,
        asked: Asked<'_>,
        (mut after, mut left): (Option<Border>, Option<u64>),
        mut each: impl FnMut(&Answer, &[&str], &Border) -> Result<ControlFlow<()>, SourceError>,
    ) -> Result<Walked, SourceError> {
        let page_size = self.server.page_size();
        let mut stride = Stride::new(match asked {
            Asked::Rows(..) => page_size,
            Asked::Keys(..) => page_size.saturating_mul(KEYS),
        });
        while left != Some(0) {
            let wanted = left.map_or(stride.rows(), |left| left.min(stride.rows()));
            let page = self.page(asked, after.as_ref(), wanted, &mut stride)?;
            let Some(answer) = page else { continue };
            let records = answer.records("")?;
            let came = records.len() as u64;
            if came > wanted {
                return Err(too_many(&answer, came, wanted));
            }
            // Fewer than were asked for may come amid others: only an empty page is the end.
            let Some(last) = records.last() else { break };
            let border = Border::of(last, asked.order()).map_err(|why| unfit(&answer, why))?;
            if after.as_ref() == Some(&border) {
                return Err(given_before(&answer));
            }
            stride.came(came, answer.body().len() as u64);
            left = left.map(|left| left - came);
            let flow = each(&answer, &records, &border)?;
            after = Some(border);
            if flow.is_break() {
                break;
            }
        }
        Ok(Walked { last: after, left })
    }

    /// The first rows: so many at most, or fewer. Blocks.
    pub(super) fn first(&self, asked: Asked<'_>, most: u64) -> Result<Answer, SourceError> {
        let mut stride = Stride::new(most);
        loop {
            let wanted = stride.rows();
            if let Some(answer) = self.page(asked, None, wanted, &mut stride)? {
                return Ok(answer);
            }
        }
    }

    /// A page; nothing where it would be too much, so that fewer rows are to be asked for.
    fn page(
        &self,
        asked: Asked<'_>,
        after: Option<&Border>,
        wanted: u64,
        stride: &mut Stride,
    ) -> Result<Option<Answer>, SourceError> {
        let path = asked.path(after);
        let answered = self.wait(self.server.rows(self.view, &path, Some(wanted)))?;
        fitting(answered, wanted, stride)
    }

    fn wait<T>(&self, asking: impl Future<Output = T>) -> Result<T, SourceError> {
        Handle::current().block_on(async {
            tokio::select! {
                answer = asking => Ok(answer),
                () = self.stop.cancelled() => {
                    Err(SourceError::Unavailable { what: "the reading was stopped".to_owned() })
                }
            }
        })
    }
}

/// A page that came; nothing where so many rows were too much, and there are fewer to ask for.
fn fitting(
    answered: Result<Answer, Missed>,
    wanted: u64,
    stride: &mut Stride,
) -> Result<Option<Answer>, SourceError> {
    match answered {
        Ok(answer) => Ok(Some(answer)),
        Err(Missed::Never(error)) => Err(error),
        Err(Missed::TooMuch(error)) => {
            if !stride.halve(wanted) {
                return Err(error);
            }
            tracing::debug!(rows = stride.rows(), "fewer rows asked for at once");
            Ok(None)
        }
    }
}

/// That a page begins as the one before it did, so that there would be no end.
pub(super) fn given_before(answer: &Answer) -> SourceError {
    refused(format!("{} gives a page again that it gave before", answer.told()))
}

/// That more rows came than were asked for.
pub(super) fn too_many(answer: &Answer, came: u64, wanted: u64) -> SourceError {
    refused(format!("{} gives {came} rows, and {wanted} were asked for", answer.told()))
}

/// That no page can begin after a row.
pub(super) fn unfit(answer: &Answer, why: Unfit) -> SourceError {
    refused(match why {
        Unfit::Unspeakable => format!(
            "{} sorts rows by lists or documents, which no page can begin after",
            answer.told()
        ),
        Unfit::Absent { column } => {
            format!("{} gives rows without {column:?}, which they are sorted by", answer.told())
        }
    })
}
