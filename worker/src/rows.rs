//! From what a source sends to whoever writes it: pages are taken apart where the plan says so, and
//! records that the format cannot hold fail the batch or are told.

use std::io;

use proto::commit::Warning;
use proto::definition::{Format, OnError, Output};
use proto::fault::{Code, Fault};
use source::Chunk;
use source::flat::Flattener;
use source::page::{Halves, Met, Page, Row};
use source::walk::Malformed;

use crate::batch::{Apart, Task, warning};
use crate::error::BatchError;
use crate::render::Unrenderable;
use crate::warnings::Warnings;
use crate::xslt::XsltError;

/// The rows of a batch, on their way to be written.
pub(crate) struct Rows<'t> {
    output: &'t Output,
    on_error: OnError,
    format: Format,
    flattener: Option<Flattener>,
    halves: Halves,
    warnings: Warnings,
}

/// Why a row was not written.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The format cannot hold it.
    Unrenderable(Unrenderable),
    /// The file cannot take any more.
    TooLarge { why: String },
    /// There is no room for it.
    Scratch(io::Error),
    /// What stands beside it cannot be had, or the batch cannot take any more.
    Batch(Box<BatchError>),
    /// Its document cannot be transformed.
    Stylesheet(XsltError),
}

impl<'t> Rows<'t> {
    /// The rows of a batch, in a format.
    pub(crate) fn new(task: &'t Task, format: Format) -> Self {
        let mut rows = Self {
            output: &task.output,
            on_error: task.read.on_error,
            format,
            flattener: None,
            halves: Halves::default(),
            warnings: Warnings::default(),
        };
        rows.turn_to(task.apart.as_ref());
        rows
    }

    /// Goes on with records that are taken apart otherwise.
    pub(crate) fn turn_to(&mut self, apart: Option<&Apart>) {
        if let Some(flattener) = self.flattener.take() {
            self.halves.add(flattener.replaced());
        }
        self.flattener = apart.map(|apart| Flattener::new(apart.rules.clone(), &apart.columns));
    }

    /// Hands each row of a chunk on, with the width of its page. One that the format cannot hold is
    /// left out, where that is wanted; whoever refuses it must not have taken any of it.
    pub(crate) fn take(
        &mut self,
        chunk: Chunk,
        mut write: impl FnMut(&Row<'_>, usize) -> Result<(), Refused>,
    ) -> Result<(), BatchError> {
        let page = match chunk {
            Chunk::Broken { fault, text } => {
                self.warnings.push(warning(self.output, fault, &text));
                return Ok(());
            }
            Chunk::Page(page) => page,
        };
        self.halves.add(page.halves());
        let Self { output, on_error, format, flattener, warnings, .. } = self;
        let mut rows = |page: &Page| {
            for row in page.rows() {
                match (write(&row, page.width()), &*on_error) {
                    (Ok(()), _) => {}
                    (Err(Refused::Unrenderable(error)), OnError::Warn) => {
                        let subject = row.told(page.width());
                        warnings.push(warning(output, error.fault(*format), &subject));
                    }
                    (Err(error), OnError::Fail | OnError::Warn) => return Err(error),
                }
            }
            Ok(())
        };
        let taken = match flattener {
            Some(flattener) => flattener.rows(&page, rows),
            None => rows(&page),
        };
        taken.map_err(|error| error.in_format(*format))
    }

    /// Tells more of the rows that were handed on.
    pub(crate) fn warn(&mut self, warnings: Vec<Warning>) {
        self.warnings.extend(warnings);
    }

    /// What was left out or written otherwise; the latter is said once for the batch.
    pub(crate) fn finish(mut self, replaced: Option<Fault>) -> Vec<Warning> {
        self.turn_to(None);
        self.warnings.extend(of_halves(self.output, self.halves));
        self.warnings.extend(replaced.map(|fault| of_batch(self.output, fault, None)));
        self.warnings.finish()
    }
}

/// What is told, once for a batch, of halves of surrogate pairs that were replaced.
pub(crate) fn of_halves(output: &Output, halves: Halves) -> Option<Warning> {
    let Halves { count, first } = halves;
    if count == 0 {
        return None;
    }
    let message = format!("halves of surrogate pairs were replaced by U+FFFD: {count}");
    let fault = Fault::new(Code::Unrenderable, message);
    Some(match first {
        Some(Met { place: Some(place), text }) => of_batch(output, fault.at(place), Some(text)),
        Some(Met { place: None, text }) => of_batch(output, fault, Some(text)),
        None => of_batch(output, fault, None),
    })
}

fn of_batch(output: &Output, fault: Fault, subject: Option<String>) -> Warning {
    Warning { fault, output: output.to.clone(), subject, object: None, left_out: None }
}

impl Refused {
    /// The same as the batch's error.
    pub(crate) fn in_format(self, format: Format) -> BatchError {
        match self {
            Self::Unrenderable(error) => error.in_format(format),
            Self::TooLarge { why } => BatchError::TooLarge { format: format.as_str(), why },
            Self::Scratch(error) => BatchError::Scratch(error),
            Self::Batch(error) => *error,
            Self::Stylesheet(error) => BatchError::Stylesheet(error),
        }
    }
}

impl From<Unrenderable> for Refused {
    fn from(error: Unrenderable) -> Self {
        Self::Unrenderable(error)
    }
}

impl From<Malformed> for Refused {
    fn from(error: Malformed) -> Self {
        Self::Unrenderable(error.into())
    }
}

impl From<XsltError> for Refused {
    fn from(error: XsltError) -> Self {
        Self::Stylesheet(error)
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Scratch(error)
    }
}
