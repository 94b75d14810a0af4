//! Objects of a catalogue that were left out: the next run has them again, mended or not, for nothing about
//! them need have changed when they can be written at last.

use fabric::record;
use fabric::store::StoreError;
use futures::TryStreamExt;
use proto::definition::Output;
use proto::fault::Code;
use proto::filter::{Comparison, Condition, Operand};
use proto::id::RunId;
use proto::plan::Plan;

use crate::Coordinator;

/// The field with the number of an object.
const NUMBER: &str = "_system_object_id";

/// Most objects that are noted. Where more are left out, or where it cannot be told which, the run moves
/// nothing, and the next one has all of it again.
const MOST: usize = 10_000;

/// What an output is to have again.
pub(crate) struct Again {
    /// The field that it rises by.
    pub(super) field: String,
    /// What the last run reached: what is beyond is new.
    pub(super) before: Operand,
    /// The objects.
    pub(super) ids: Vec<u64>,
}

impl Again {
    /// An output of its own beside the one with the changes, whose conditions and folder are decided.
    pub(crate) fn beside(self, output: &Output) -> Output {
        let mut again = output.clone();
        again.incremental = None;
        let until = Comparison { le: Some(self.before), ..Comparison::default() };
        again.select.filter.insert(self.field, Condition::Compare(until));
        let ids = self.ids.into_iter().map(|id| Operand::Number(id.into())).collect();
        again.select.filter.insert(NUMBER.to_owned(), Condition::In(ids));
        again
    }
}

impl Coordinator {
    /// The objects that a run left out; nothing where they cannot be told.
    pub(super) async fn left_out(
        &self,
        run: RunId,
        plan: &Plan,
    ) -> Result<Option<Vec<u64>>, StoreError> {
        let is_of_catalogue = |output: &Output| output.easydb.is_some();
        let mut ids = Vec::new();
        let mut commits = record::commits(&self.store, run, 0..plan.batches);
        while let Some(commit) = commits.try_next().await? {
            let planned = plan.output_of(commit.ordinal);
            let output =
                planned.and_then(|planned| plan.definition.outputs.get(planned.index as usize));
            if !output.is_some_and(is_of_catalogue) {
                continue;
            }
            for warning in &commit.warnings {
                match warning.object {
                    Some(id) => ids.push(id),
                    None if warning.fault.code == Code::BrokenRecord => return Ok(None),
                    None => {}
                }
            }
            if ids.len() > MOST {
                return Ok(None);
            }
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(Some(ids))
    }
}
