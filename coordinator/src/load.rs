//! From the store back to a run in memory: after a start, a crash, a change of leader.

use std::sync::Arc;

use fabric::record;
use fabric::store::StoreError;
use futures::TryStreamExt;
use futures::stream::{self, StreamExt};
use proto::commit::Commit;
use proto::id::RunId;
use proto::key::{Key, Prefix};
use proto::message::TaskId;
use proto::plan::Plan;
use proto::run::{Counts, Head, Outcome, Start, StoredDefinition};

use crate::Coordinator;
use crate::run::{Moment, Run};

/// How many commit records are read at once.
const READ_AHEAD: usize = 32;

/// An open run, as the store has it.
pub(crate) enum Loaded {
    /// It ended; only its mark is left.
    Ended,
    /// It never began, or its export is gone.
    Absent,
    /// It is to be stopped.
    Stopping {
        /// Its export.
        head: Head,
    },
    /// It has no plan yet.
    Unplanned {
        /// Its export.
        head: Head,
        /// How it began.
        start: Start,
        /// What is to be planned.
        definition: Box<StoredDefinition>,
    },
    /// It is under way.
    Planned {
        /// Its export.
        head: Head,
        /// How it began.
        start: Start,
        /// Its plan.
        plan: Arc<Plan>,
        /// How far it is.
        run: Box<Run>,
    },
}

impl Coordinator {
    /// Reads an open run.
    pub(crate) async fn load(&self, id: RunId, now: Moment) -> Result<Loaded, StoreError> {
        let store = &*self.store;
        if record::find::<Outcome>(store, &Key::outcome(id)).await?.is_some() {
            return Ok(Loaded::Ended);
        }
        let Some(head) = record::find::<Head>(store, &Key::head(id.export)).await? else {
            return Ok(Loaded::Absent);
        };
        // Its start was written, but somebody else changed the export first.
        if head.run < id.run {
            return Ok(Loaded::Absent);
        }
        let Some(start) = record::find::<Start>(store, &Key::start(id)).await? else {
            return Ok(Loaded::Absent);
        };
        if record::exists(store, &Key::stop(id)).await? {
            return Ok(Loaded::Stopping { head });
        }
        match record::find::<Plan>(store, &Key::plan(id)).await? {
            Some(plan) => {
                let run = Box::new(self.resume(id, &plan, now).await?);
                Ok(Loaded::Planned { head, start, plan: Arc::new(plan), run })
            }
            None => {
                let key = Key::definition(id.export, start.version);
                let definition = Box::new(record::read(store, &key).await?);
                Ok(Loaded::Unplanned { head, start, definition })
            }
        }
    }

    /// A run with everything marked that is committed.
    ///
    /// Only batches are read: whoever gets a compaction, assembly or delivery that is done already
    /// says so at once.
    async fn resume(&self, id: RunId, plan: &Plan, now: Moment) -> Result<Run, StoreError> {
        let transports = u32::try_from(plan.definition.transports.len()).unwrap_or(u32::MAX);
        let mut run = Run::new(plan.batches, transports, now);
        let mut commits = record::keys(&self.store, Prefix::commits(id))
            .map(|key| async {
                let commit: Commit = record::read(&*self.store, &key?).await?;
                Ok::<_, StoreError>(commit)
            })
            .buffer_unordered(READ_AHEAD);
        while let Some(commit) = commits.try_next().await? {
            let segment = commit.segment.as_ref().map_or(0, |segment| segment.len);
            run.finish(TaskId::Batch(commit.ordinal), &counts(&commit), segment, now);
        }
        Ok(run)
    }

    /// Reads many open runs, several at a time.
    pub(crate) async fn load_all(
        &self,
        ids: Vec<RunId>,
        now: Moment,
    ) -> Vec<(RunId, Result<Loaded, StoreError>)> {
        stream::iter(ids)
            .map(|id| async move { (id, self.load(id, now).await) })
            .buffer_unordered(READ_AHEAD)
            .collect()
            .await
    }
}

/// What a committed batch counts.
pub(crate) fn counts(commit: &Commit) -> Counts {
    Counts {
        batches: 1,
        records: commit.records,
        bytes: commit.bytes,
        warnings: commit.warnings.len() as u64,
    }
}
