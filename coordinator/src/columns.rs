//! The columns of tables whose records are taken apart, told before any of them is written.
//!
//! Workers append their rows to a table that nobody rewrites, and its header stands before the first of
//! them: all must know the columns beforehand. So where these depend on what the records hold, all
//! records are read once for the plan. That costs a read of the source, and keeps every batch a pure
//! function of the plan, whatever the number of batches, and the archive joined inside the store.

use proto::definition::{Format, OnError, Output};
use proto::fault::{Code, Fault};
use proto::plan::Column;
use source::flat::{Learner, NoField, Rules, Unlearned};
use source::page::Page;
use source::{Chunk, Read, Source, Survey};
use tokio::sync::mpsc;

use crate::Coordinator;
use crate::plan::PlanError;

/// Pages that wait to be looked at.
const CHANNEL: usize = 4;

impl Coordinator {
    /// The columns of an output; nothing where each of its fields is one.
    pub(crate) async fn columns(
        &self,
        index: usize,
        output: &Output,
        survey: &Survey,
    ) -> Result<Option<Vec<Column>>, PlanError> {
        let (is_table, options) = (output.format.is_some_and(Format::is_table), &output.options);
        let Some(fields) = &survey.fields else { return Ok(None) };
        if !is_table || !output.needs_look() || fields.is_empty() {
            return Ok(None);
        }
        let place = format!("/outputs/{index}");
        let source = self
            .catalog
            .get(&output.from)
            .map_err(|fault| PlanError::Refused(fault.at(format!("{place}/from"))))?;
        let displays = output.field_names(Some(fields)).unwrap_or_default();
        let rules = Rules::new(options, fields, &displays)
            .map_err(|NoField(field)| PlanError::Refused(unknown(&field, fields, &place)))?;
        let learner = look(index, &*source, output, survey, Learner::new(rules)).await?;
        Ok(Some(learner.columns()))
    }
}

/// Reads all records.
async fn look(
    index: usize,
    source: &dyn Source,
    output: &Output,
    survey: &Survey,
    learner: Learner,
) -> Result<Learner, PlanError> {
    let mut learner = Some(learner);
    for slice in &survey.slices {
        let read = Read {
            slice: slice.clone(),
            fields: survey.fields.clone(),
            besides: Vec::new(),
            filter: output.select.filter.clone(),
            search: output.search(),
            view: survey.view.clone(),
            // Who writes them tells what is broken.
            on_error: OnError::Warn,
        };
        let (out, chunks) = mpsc::channel(CHANNEL);
        let looking = async {
            // Dropped at the end, so that the source stops where there are too many columns.
            let mut chunks = chunks;
            while let Some(chunk) = chunks.recv().await {
                let Chunk::Page(page) = chunk else { continue };
                let before = learner.take().expect("it is put back after each page");
                learner = Some(learned(before, page).await?);
            }
            Ok::<_, Unlearned>(())
        };
        let (read, looked) = tokio::join!(source.rows(&read, out), looking);
        looked.map_err(|error| PlanError::Refused(unlearned(index, &error)))?;
        read.map_err(|source| PlanError::Source { output: index, source })?;
    }
    Ok(learner.expect("it is put back after each page"))
}

/// Looks at a page away from the threads that serve everybody.
async fn learned(mut learner: Learner, page: Page) -> Result<Learner, Unlearned> {
    let learning = tokio::task::spawn_blocking(move || learner.page(&page).map(|()| learner));
    learning.await.expect("looking does not panic")
}

fn unlearned(index: usize, error: &Unlearned) -> Fault {
    let fault = Fault::new(Code::SourceRefused, error.to_string());
    fault
        .at(format!("/outputs/{index}/options"))
        .hint("name the fields that are wanted, or leave lists and objects whole")
}

fn unknown(field: &str, fields: &[String], place: &str) -> Fault {
    Fault::new(Code::UnknownSourceField, format!("the output has no field {field:?}"))
        .at(format!("{place}/options"))
        .hint(format!("it has {}", fields.join(", ")))
}
