//! Outputs of objects of a catalogue that come after those that the definition names: objects that nobody changed, and
//! those above others. Each has batches of its own.

use proto::definition::{Definition, Output};
use proto::plan::PlannedOutput;
use source::{Search, Survey};

use super::PlanError;
use super::above::{Above, beside};
use super::pages::Pages;
use super::totals::Totals;
use super::views::Views;
use crate::Coordinator;

/// What comes after the outputs of a definition.
pub(super) struct Beyond {
    /// Outputs of objects that nobody changed, each with the place of the one that it is beside.
    pub(super) again: Vec<(usize, Output)>,
    /// What is above the objects of outputs.
    pub(super) above: Vec<Above>,
}

impl Coordinator {
    /// Adds these outputs to a definition, and their batches to the pages.
    pub(super) async fn beyond(
        &self,
        Beyond { again, mut above }: Beyond,
        definition: &mut Definition,
        totals: &mut Totals,
        pages: &mut Pages<'_>,
    ) -> Result<Vec<PlannedOutput>, PlanError> {
        let (mut outputs, size) = (Vec::new(), definition.batch_size);
        let mut views = Views::default();
        for (of, output) in again {
            let index = definition.outputs.len();
            let mut survey = self.survey(index, &output, size, &mut views).await?;
            if let Some(all) = above.iter_mut().find(|all| all.index == of) {
                self.look_above(all, &output, (&survey.slices, survey.view.as_ref())).await?;
            }
            totals.add(&mut survey);
            outputs.push(planned(index, survey, None, pages).await?);
            definition.outputs.push(output);
        }
        for all in above {
            let output = beside(&definition.outputs[all.index]);
            for search in self.searches_above(&all, &output).await? {
                let index = definition.outputs.len();
                let mut survey = self.survey_above(all.index, &output, &search, size).await?;
                totals.add(&mut survey);
                outputs.push(planned(index, survey, Some(search), pages).await?);
                definition.outputs.push(output.clone());
            }
        }
        Ok(outputs)
    }
}

/// An output with its batches.
async fn planned(
    index: usize,
    survey: Survey,
    search: Option<Search>,
    pages: &mut Pages<'_>,
) -> Result<PlannedOutput, PlanError> {
    let slices = survey.slices.into_iter().map(|slice| (slice, None)).collect();
    let first = pages.next()?;
    Ok(PlannedOutput {
        index: u32::try_from(index).expect("outputs are counted in memory"),
        member: None,
        fields: survey.fields,
        search,
        columns: None,
        view: survey.view,
        sheets: Vec::new(),
        merge: None,
        first,
        batches: pages.push_all(slices).await?,
    })
}
