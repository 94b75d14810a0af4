//! The columns of tables whose records are taken apart, told before any of them is written.
//!
//! Workers append their rows to a table that nobody rewrites, and its header stands before the first of
//! them: all must know the columns beforehand. So where these depend on what the records hold, all
//! records are read once for the plan. That costs a read of the source, and keeps every batch a pure
//! function of the plan, whatever the number of batches, and the archive joined inside the store.

use proto::definition::{Format, Output};
use proto::fault::{Code, Fault};
use proto::plan::Column;
use source::Survey;
use source::flat::{Learner, NoField, Rules, Unlearned};
use source::page::Page;

use crate::Coordinator;
use crate::look::{Arriving, Look};
use crate::plan::PlanError;

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
        let (fields, slices) = (Some(fields.clone()), &survey.slices);
        let look = Look { index, output, fields, slices, view: survey.view.as_ref() };
        let learner = look.at(&*source, |pages| learn(index, pages, Learner::new(rules))).await?;
        Ok(Some(learner.columns()))
    }
}

/// Learns from all records, until there are too many columns.
async fn learn(
    index: usize,
    mut pages: Arriving,
    mut learner: Learner,
) -> Result<Learner, PlanError> {
    while let Some(page) = pages.next().await {
        learner = learned(learner, page)
            .await
            .map_err(|error| PlanError::Refused(unlearned(index, &error)))?;
    }
    Ok(learner)
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
        .hint(format!("it has {}", proto::abridged::list(fields)))
}
