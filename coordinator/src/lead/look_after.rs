//! Looking after runs that stand still: was the report lost, the message, or is it just slow?
//!
//! The store says what is committed; a lease on the board says that somebody works on it; an empty
//! queue says that nothing waits. What is neither committed, nor worked on, nor waiting is handed out
//! again. Being wrong costs work, not correctness.

use std::time::Duration;

use fabric::queue::Lane;
use fabric::record;
use fabric::store::StoreError;
use proto::archive::Handover;
use proto::commit::Commit;
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use proto::message::{Report, TaskId, TaskResult};
use proto::run::Counts;

use super::Lead;

/// How long a lease is taken for, only to learn whether it is free.
const PROBE: Duration = Duration::from_millis(500);

impl Lead<'_> {
    /// Looks after every run in which nothing happened for a while.
    pub(super) async fn look_after(&mut self) {
        let now = self.now();
        let patience = self.coordinator.settings.patience;
        let still: Vec<RunId> = self
            .runs
            .iter()
            .filter_map(|(id, active)| {
                let run = active.run.as_ref()?;
                (run.under_way_len() > 0 && run.moved_at() + patience <= now).then_some(*id)
            })
            .collect();
        for id in still {
            if let Err(error) = self.look_after_run(id).await {
                tracing::warn!(run = %id, error = &error as &dyn std::error::Error, "run not looked after");
            }
        }
    }

    async fn look_after_run(&mut self, id: RunId) -> Result<(), StoreError> {
        let now = self.now();
        let Some(run) = self.runs.get_mut(&id).and_then(|active| active.run.as_mut()) else {
            return Ok(());
        };
        let tasks: Vec<(TaskId, u32)> = run.under_way().collect();
        run.looked_after(now);
        let mut lost = Vec::new();
        for (task, attempt) in tasks {
            if let Some((counts, segment)) = self.committed(id, task).await? {
                let result = TaskResult::Done { counts, segment };
                self.report(Report { run: id, task, attempt, result }).await;
            } else if self.is_lost(id, task).await {
                lost.push((task, attempt));
            }
        }
        for (task, attempt) in lost {
            tracing::warn!(export.id = %id.export, %task, "task was lost");
            // Counted as a try, or a task that ends every worker would be handed out for ever.
            let result = TaskResult::Retry(lost_fault());
            self.report(Report { run: id, task, attempt, result }).await;
        }
        self.step(id).await;
        Ok(())
    }

    /// Whether nobody works on a task and no message of its kind waits.
    async fn is_lost(&self, id: RunId, task: TaskId) -> bool {
        let coordinator = self.coordinator;
        let lane = match task {
            TaskId::Run => return false,
            TaskId::Batch(_) | TaskId::Compaction(_) => Lane::Batches,
            TaskId::Assembly(_) => Lane::Assemblies,
            TaskId::Delivery(_) => Lane::Deliveries,
        };
        if !matches!(coordinator.queue.depth(lane).await, Ok(0)) {
            return false;
        }
        let name = task.lease(id);
        let probe = "probe";
        match coordinator.board.lease(&name, probe, PROBE).await {
            Ok(true) => {
                if let Err(error) = coordinator.board.release(&name, probe).await {
                    tracing::debug!(error = &error as &dyn std::error::Error, "lease not released");
                }
                true
            }
            Ok(false) => false,
            // Without a board nobody can say; doing it twice is harmless.
            Err(_) => true,
        }
    }

    /// What a task committed, where it did.
    async fn committed(
        &self,
        id: RunId,
        task: TaskId,
    ) -> Result<Option<(Counts, u64)>, StoreError> {
        let store = &*self.coordinator.store;
        let nothing = (Counts::default(), 0);
        match task {
            TaskId::Run => Ok(None),
            TaskId::Batch(ordinal) => {
                let commit: Option<Commit> = record::find(store, &Key::commit(id, ordinal)).await?;
                Ok(commit.map(|commit| (crate::load::counts(&commit), commit.shortest())))
            }
            TaskId::Compaction(first) => {
                let last = self.runs.get(&id).and_then(|active| active.groups.get(&first).copied());
                let Some(last) = last else { return Ok(None) };
                Ok(record::exists(store, &Key::compaction(id, first, last))
                    .await?
                    .then_some(nothing))
            }
            TaskId::Assembly(transport) => {
                Ok(record::exists(store, &Key::archive(id, transport)).await?.then_some(nothing))
            }
            TaskId::Delivery(transport) => {
                let handover: Option<Handover> =
                    record::find(store, &Key::handover(id, transport)).await?;
                Ok(handover.map(|handover| {
                    let warnings = handover.unreached.len() as u64;
                    (Counts { warnings, ..Counts::default() }, 0)
                }))
            }
        }
    }
}

/// What is told of a task that nobody works on and nobody waits for.
fn lost_fault() -> Fault {
    Fault::new(Code::QueueUnavailable, "the task was handed out, and is neither done nor waiting")
        .hint("was the queue purged, or does this batch end every worker that takes it? see the parked messages")
}
