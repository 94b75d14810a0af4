//! Incremental runs: only what is new or changed since the last run that succeeded.
//!
//! Decided when the run is planned, and written into its plan: as conditions on a field, or as the places
//! of the records that changed. How far the run comes is written beside the plan, and is copied to
//! the export once the run has succeeded. So a run that failed moves nothing, one that is tried again
//! makes the same bytes, and a run that begins before its predecessor was closed closes it first.

mod rise;
mod entry;
mod sorted;
mod seen;
mod changes;
mod gone;
mod met;
mod merging;
mod found;
mod again;
mod digest;

use fabric::record;
use fabric::store::StoreError;
use futures::TryStreamExt;
use proto::definition::{By, Definition, Easydb, Output};
use proto::digest::hex;
use proto::filter::Operand;
use proto::id::RunId;
use proto::key::{Key, Prefix};
use proto::marks::{Mark, Marks, Reached};
use proto::plan::{Listed, Plan};
use proto::run::{Extent, Outcome, State};
use sha2::{Digest, Sha256};

use self::again::Again;
pub(crate) use self::digest::Comparing;
pub(crate) use self::gone::Listing;
use crate::Coordinator;
use crate::plan::PlanError;

/// What incremental outputs are planned from, and what they reach.
pub(crate) struct Progress {
    run: RunId,
    attempt: String,
    before: Marks,
    after: Marks,
}

/// An output whose changes are known by a field that rises.
pub(crate) struct Rising {
    by: By,
    /// What the last run reached.
    before: Option<Operand>,
    /// The objects of a catalogue that the search of the last run found.
    found: Option<Listed>,
    /// The objects above others that the last run left out.
    above: Vec<u64>,
    /// Its place among the marks.
    mark: usize,
}

/// What an output of a catalogue has besides what changed.
#[derive(Default)]
pub(crate) struct Beside {
    /// Objects that nobody changed and that are exported all the same.
    pub(crate) again: Vec<Again>,
    /// Objects above others that are exported whether anything below them is or not.
    pub(crate) above: Vec<u64>,
    /// The list of those that are gone.
    pub(crate) gone: Option<Listing>,
}

impl Progress {
    /// How much a run gives of an output, as the definition has it: everything until a run has succeeded, and
    /// again where what was reached before is of another definition.
    pub(crate) fn extent(&self, output: &Output) -> Extent {
        match self.before.reached(&output.to, &identity(output)) {
            Some(_) => Extent::Changes,
            None => Extent::Everything,
        }
    }
}

impl Coordinator {
    /// Where the incremental outputs of a run begin; nothing where it has none.
    pub(crate) async fn progress(
        &self,
        run: RunId,
        definition: &Definition,
        attempt: &str,
        extent: Extent,
    ) -> Result<Option<Progress>, StoreError> {
        if definition.outputs.iter().all(|output| output.incremental.is_none()) {
            return Ok(None);
        }
        if run.run > 1 {
            self.settle_marks(RunId { run: run.run - 1, ..run }).await?;
        }
        let last = match extent {
            Extent::Changes => self.last_marks(run).await?,
            Extent::Everything => None,
        };
        let (since, before) = match last {
            Some((since, marks)) => (Some(since), marks),
            None => (None, Marks::default()),
        };
        let after = Marks { since, outputs: Vec::new(), left_out: Vec::new() };
        Ok(Some(Progress { run, attempt: attempt.to_owned(), before, after }))
    }

    /// The marks of the last run before this that succeeded.
    async fn last_marks(&self, run: RunId) -> Result<Option<(u32, Marks)>, StoreError> {
        let keys: Vec<Key> =
            record::keys(&self.store, Prefix::marks(run.export)).try_collect().await?;
        let runs = keys.iter().filter_map(Key::run_of_marks).filter(|of| *of < run.run);
        let Some(last) = runs.max() else { return Ok(None) };
        let key = Key::marks(RunId { run: last, ..run });
        Ok(Some((last, record::read(&*self.store, &key).await?)))
    }

    /// Writes what an output reached into the marks, and the conditions by which it gets there into
    /// the output; nothing where no field tells its changes. Its digests are compared later, when its slices are
    /// known.
    pub(crate) async fn begin_output(
        &self,
        (index, view): (usize, Option<String>),
        progress: &mut Progress,
        output: &mut Output,
    ) -> Result<Option<Rising>, PlanError> {
        let Some(incremental) = output.incremental.clone() else { return Ok(None) };
        if incremental.by.field().is_none() {
            return Ok(None);
        }
        let of = identity(output);
        let before = match progress.before.reached(&output.to, &of) {
            Some(Reached::Value(value)) => Some(value.clone()),
            Some(Reached::Digests { .. }) | None => None,
        };
        let found = progress.before.found(&output.to, &of).cloned();
        let above = progress.before.above(&output.to, &of).to_vec();
        let reached = self.risen((index, view), output, &incremental, before.clone()).await?;
        let reached = reached.map(Reached::Value);
        let mark = progress.after.outputs.len();
        let to = output.to.clone();
        progress.after.outputs.push(Mark { to, of, reached, found: None, above: Vec::new() });
        Ok(Some(Rising { by: incremental.by, before, found, above, mark }))
    }

    /// What an output of a catalogue is to have besides: what the last run left out, what came to be found without
    /// being changed, and a list of what is gone. Asked once it is known what the run exports, so that nothing is
    /// exported and not noted.
    pub(crate) async fn beside(
        &self,
        index: usize,
        output: &Output,
        rising: Rising,
        progress: &mut Progress,
    ) -> Result<Beside, PlanError> {
        if output.easydb.is_none() {
            return Ok(Beside::default());
        }
        let found = self.found(index, output, &rising, progress).await?;
        if let Some(mark) = progress.after.outputs.get_mut(rising.mark) {
            mark.found = Some(found.now);
        }
        let gone = found.gone.map(|gone| Listing::of_objects(output, gone));
        let again = match (rising.by.field(), rising.before) {
            (Some(field), Some(before)) => {
                let ids = progress.before.left_out.iter().copied().chain(found.come);
                Again::all(field, &before, ids.collect())
            }
            (_, None) | (None, _) => Vec::new(),
        };
        Ok(Beside { again, above: rising.above, gone })
    }

    /// Writes the marks that a plan makes, beside the plan.
    pub(crate) async fn write_marks(&self, progress: &Progress) -> Result<(), StoreError> {
        let key = Key::planned_marks(progress.run, &progress.attempt);
        record::create(&*self.store, &key, &progress.after).await?;
        Ok(())
    }

    /// Makes a run's marks those of its export, where it has succeeded. Doing it twice changes nothing.
    pub(crate) async fn settle_marks(&self, run: RunId) -> Result<(), StoreError> {
        let outcome: Option<Outcome> = record::find(&*self.store, &Key::outcome(run)).await?;
        let warnings = outcome.as_ref().map_or(0, |outcome| outcome.counts.warnings);
        match outcome.map(|outcome| outcome.state) {
            Some(State::Done | State::DoneWithWarnings) => {}
            // It was settled before it could expire.
            Some(
                State::New
                | State::Pending
                | State::Processing
                | State::Failed
                | State::Stopped
                | State::Expired,
            )
            | None => return Ok(()),
        }
        let Some(plan) = record::find::<Plan>(&*self.store, &Key::plan(run)).await? else {
            return Ok(());
        };
        if plan.definition.outputs.iter().all(|output| output.incremental.is_none()) {
            return Ok(());
        }
        let key = Key::planned_marks(run, &plan.attempt);
        let Some(mut marks) = record::find::<Marks>(&*self.store, &key).await? else {
            return Ok(());
        };
        if warnings > 0 {
            match self.left_out(run, &plan).await? {
                Some(left_out) => left_out.note(&mut marks),
                None => return Ok(()),
            }
        }
        record::create(&*self.store, &Key::marks(run), &marks).await?;
        self.forget_older(run, &marks).await
    }

    /// Takes away the marks of older runs, and digests that no mark speaks of any more.
    async fn forget_older(&self, run: RunId, marks: &Marks) -> Result<(), StoreError> {
        record::delete_all(&self.store, Prefix::marks(run.export), |key| {
            key.run_of_marks().is_none_or(|of| of >= run.run)
        })
        .await?;
        let kept: Vec<&Key> = marks.outputs.iter().flat_map(Mark::kept).collect();
        record::delete_all(&self.store, Prefix::digests(run.export), |key| {
            kept.contains(&key) || key.run_of_digests().is_none_or(|of| of > run.run)
        })
        .await
    }
}

impl Progress {
    /// The digests that an output has from before, where it has any.
    fn digests(&self, output: &Output) -> Option<(Key, u64)> {
        match self.before.reached(&output.to, &identity(output))? {
            Reached::Digests { key, len } => Some((key.clone(), *len)),
            Reached::Value(_) => None,
        }
    }

    /// Notes the digests of an output.
    fn reach(&mut self, output: &Output, key: Key, len: u64) {
        let reached = Some(Reached::Digests { key, len });
        let (to, of) = (output.to.clone(), identity(output));
        self.after.outputs.push(Mark { to, of, reached, found: None, above: Vec::new() });
    }
}

/// What decides which records are an output's own, and what they are.
fn identity(output: &Output) -> String {
    let Output { from, query, select, incremental, assets, .. } = output;
    let text = match &output.easydb {
        Some(easydb) => {
            let Easydb { search, fields, mapping, include_parents, .. } = &**easydb;
            let text = serde_json::to_string(&(from, select, incremental, search, fields, mapping));
            // Whoever asks for the objects above others gets those of all that went before, too.
            text.map(|text| if *include_parents { text + " and above" } else { text })
        }
        None => match query {
            Some(query) => serde_json::to_string(&(from, query, select, incremental, assets)),
            None => serde_json::to_string(&(from, select, incremental, assets)),
        },
    };
    hex(&Sha256::digest(text.expect("definitions are JSON").as_bytes()))
}
