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
use crate::delivery::{Kept, fault, has_failed, is_later};
use crate::run::{Moment, Run};

/// How many runs are read at once. Each of them reads its commit records ahead.
const AT_ONCE: usize = 8;

/// How it stands with a run whose mark is open; `M` is what more is known of one that goes on.
pub(crate) enum Standing<M> {
    /// It ended, and what follows from that may not all have been done.
    Ended {
        /// Its export; nothing where that is gone.
        head: Option<Head>,
        /// Its end.
        outcome: Outcome,
    },
    /// It never began, or its export is gone.
    Absent,
    /// It is to be stopped.
    Stopping {
        /// Its export.
        head: Head,
    },
    /// It goes on.
    UnderWay {
        /// Its export.
        head: Head,
        /// How it began.
        start: Start,
        /// What more is known of it.
        more: M,
    },
}

/// All that the store has of a run that goes on.
pub(crate) enum Loaded {
    /// What is to be planned.
    Unplanned(Box<StoredDefinition>),
    /// It has a plan.
    Planned {
        /// Its plan.
        plan: Arc<Plan>,
        /// How far it is.
        run: Box<Run>,
        /// How far its transports are.
        kept: Vec<Kept>,
    },
}

impl Coordinator {
    /// Looks how it stands with an open run, by a few small records.
    pub(crate) async fn standing(&self, id: RunId) -> Result<Standing<()>, StoreError> {
        let store = &*self.store;
        let outcome = record::find::<Outcome>(store, &Key::outcome(id)).await?;
        let head = record::find::<Head>(store, &Key::head(id.export)).await?;
        if let Some(outcome) = outcome {
            return Ok(Standing::Ended { head, outcome });
        }
        // A later run than the head's: somebody else changed the export first.
        let Some(head) = head.filter(|head| head.run >= id.run) else {
            return Ok(Standing::Absent);
        };
        let Some(start) = self.beginning(&head, id).await? else {
            return Ok(Standing::Absent);
        };
        if record::exists(store, &Key::stop(id)).await? {
            return Ok(Standing::Stopping { head });
        }
        Ok(Standing::UnderWay { head, start, more: () })
    }

    /// Reads an open run.
    pub(crate) async fn load(
        &self,
        id: RunId,
        now: Moment,
    ) -> Result<Standing<Loaded>, StoreError> {
        let (head, start) = match self.standing(id).await? {
            Standing::Ended { head, outcome } => return Ok(Standing::Ended { head, outcome }),
            Standing::Absent => return Ok(Standing::Absent),
            Standing::Stopping { head } => return Ok(Standing::Stopping { head }),
            Standing::UnderWay { head, start, more: () } => (head, start),
        };
        let store = &*self.store;
        let more = match record::find::<Plan>(store, &Key::plan(id)).await? {
            Some(plan) => {
                let (run, kept) = self.resume_run(id, &plan, now).await?;
                Loaded::Planned { plan: Arc::new(plan), run: Box::new(run), kept }
            }
            None => {
                let key = Key::definition(id.export, start.version);
                Loaded::Unplanned(Box::new(record::read(store, &key).await?))
            }
        };
        Ok(Standing::UnderWay { head, start, more })
    }

    /// A run with everything marked that is committed.
    ///
    /// Of compactions and assemblies nothing is read: whoever gets one that is done already says so
    /// at once.
    async fn resume_run(
        &self,
        id: RunId,
        plan: &Plan,
        now: Moment,
    ) -> Result<(Run, Vec<Kept>), StoreError> {
        let transports = u32::try_from(plan.definition.transports.len()).unwrap_or(u32::MAX);
        let mut run = Run::new(plan.batches, transports, now);
        let keys = record::keys(&self.store, Prefix::commits(id));
        let mut commits = record::follow::<Commit>(&self.store, keys);
        while let Some(commit) = commits.try_next().await? {
            run.finish(TaskId::Batch(commit.ordinal), &counts(&commit), commit.shortest(), now);
        }
        let mut kept = self.kept_deliveries(id, transports).await?;
        // The board may have seen more of those that are on their way.
        let mut shown = self.board.deliveries(id).await.unwrap_or_default();
        for (transport, kept) in (0..).zip(&mut kept) {
            if let Some(handover) = &kept.handover {
                let warnings = handover.unreached.len() as u64;
                let counts = Counts { warnings, ..Counts::default() };
                run.finish(TaskId::Delivery(transport), &counts, 0, now);
            } else if has_failed(&kept.delivery) {
                run.failed_before(transport, &fault(&kept.delivery));
            } else if let Some(seen) = shown.remove(&transport).and_then(|shown| shown.delivery)
                && is_later(&seen, &kept.delivery)
            {
                kept.delivery.log = seen.log;
            }
        }
        Ok((run, kept))
    }

    /// Reads many open runs, several at a time.
    pub(crate) async fn load_all(
        &self,
        ids: Vec<RunId>,
        now: Moment,
    ) -> Vec<(RunId, Result<Standing<Loaded>, StoreError>)> {
        stream::iter(ids)
            .map(|id| async move { (id, self.load(id, now).await) })
            .buffer_unordered(AT_ONCE)
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
