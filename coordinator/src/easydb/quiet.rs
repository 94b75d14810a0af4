//! Runs that a schedule began and that found nothing. easydb tells nobody of them: an export that looks every five
//! minutes whether there is anything new would fill its log with them, and what happened would be in it no more.

use fabric::record;
use fabric::store::StoreError;
use proto::definition::{Generation, Output};
use proto::id::RunId;
use proto::key::Key;
use proto::run::{Outcome, Start, State, StoredDefinition};

use super::telling::begun;
use crate::Coordinator;

impl Coordinator {
    /// Whether nobody is told of a run before it ends, for until then it may be one that finds nothing: where a
    /// schedule began it, of an export that is easydb's. fylr has a name for them. One that failed and was taken up
    /// again has been told of.
    pub(super) async fn is_told_late(&self, id: RunId, start: &Start) -> Result<bool, StoreError> {
        let told = Key::told(id.export, &begun(id));
        if start.due.is_none() || record::exists(&*self.store, &told).await? {
            return Ok(false);
        }
        let key = Key::definition(id.export, start.version);
        let stored: Option<StoredDefinition> = record::find(&*self.store, &key).await?;
        let outputs = stored.map_or_else(Vec::new, |stored| stored.definition.outputs);
        Ok(outputs.iter().any(is_of_easydb))
    }
}

fn is_of_easydb(output: &Output) -> bool {
    let easydb = output.easydb.as_ref();
    easydb.is_some_and(|easydb| easydb.generation == Generation::Easydb)
}

/// Whether a schedule began a run that found nothing, and nothing went wrong with it.
pub(super) fn found_nothing(start: &Start, outcome: &Outcome) -> bool {
    start.due.is_some() && outcome.state == State::Done && outcome.counts.records == 0
}
