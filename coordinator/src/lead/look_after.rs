//! Looking after runs that stand still: was the report lost, the message, or is it just slow?
//!
//! The store says what is committed; a lease on the board says that somebody works on it; a task still
//! waits as long as its lane holds any, unless tasks that were handed out long after it have come back.
//! What is neither committed, nor worked on, nor waiting is handed out again. Being wrong costs work,
//! and one of the task's tries, but not correctness. Whoever works on a task may go unseen on a board
//! that was away or wiped, so that a task counts as lost only where two looks say so.
//!
//! There may be thousands of tasks to ask after, so a round of asking goes on beside the loop.

use std::collections::BTreeSet;
use std::time::Duration;

use fabric::queue::Lane;
use fabric::record;
use fabric::store::StoreError;
use fabric::task::UNSEEN;
use futures::stream::{self, StreamExt};
use proto::archive::Handover;
use proto::commit::Commit;
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use proto::message::{Report, TaskId, TaskResult};
use proto::run::Counts;

use super::Lead;
use crate::Coordinator;
use crate::run::lane_of;

/// How long a lease is taken for, only to learn whether it is free.
const PROBE: Duration = Duration::from_millis(500);

/// How many tasks are asked after at once.
const AT_ONCE: usize = 32;

/// A task under way of which nothing was heard for a while.
struct Asked {
    run: RunId,
    task: TaskId,
    attempt: u32,
    /// The last batch, of a compaction.
    last: Option<u32>,
    /// Whether it cannot be waiting in its lane any more.
    is_overtaken: bool,
}

impl Asked {
    fn seen(self, verdict: Verdict) -> Seen {
        Seen { run: self.run, task: self.task, attempt: self.attempt, verdict }
    }
}

/// What was found out about a task.
pub(super) struct Seen {
    run: RunId,
    task: TaskId,
    attempt: u32,
    verdict: Verdict,
}

enum Verdict {
    /// It is finished, and the report was lost.
    Committed { counts: Counts, segment: u64 },
    /// Nobody works on it, and it waits nowhere.
    Lost,
}

impl Lead<'_> {
    /// Begins to look after every run in which nothing happened for a while, unless a round of that is
    /// under way.
    pub(super) fn look_after(&mut self) {
        if !self.looking.is_empty() {
            return;
        }
        let (now, patience) = (self.now(), self.coordinator.settings.patience);
        let lanes = &self.lanes;
        let mut asked = Vec::new();
        for (id, active) in &mut self.runs {
            let Some(run) = &mut active.run else { continue };
            if run.under_way_len() == 0 || run.moved_at() + patience > now {
                continue;
            }
            asked.extend(run.under_way().map(|(task, attempt, at)| {
                let last = match task {
                    TaskId::Compaction(first) => active.groups.get(&first).copied(),
                    TaskId::Run | TaskId::Batch(_) | TaskId::Assembly(_) | TaskId::Delivery(_) => {
                        None
                    }
                };
                let is_overtaken = lanes.is_overtaken(lane_of(task), at);
                Asked { run: *id, task, attempt, last, is_overtaken }
            }));
            run.looked_after(now);
        }
        if !asked.is_empty() {
            let coordinator = self.coordinator.clone();
            self.looking.spawn(async move { coordinator.look_for(asked).await });
        }
    }

    /// Takes in what a round of looking found out.
    pub(super) async fn looked_after(&mut self, seen: Vec<Seen>) {
        let runs: BTreeSet<RunId> = seen.iter().map(|seen| seen.run).collect();
        for Seen { run, task, attempt, verdict } in seen {
            let result = match verdict {
                Verdict::Committed { counts, segment } => TaskResult::Done { counts, segment },
                Verdict::Lost => {
                    tracing::warn!(export.id = %run.export, %task, "task was lost");
                    metrics::counter!("longshore_tasks_lost_total").increment(1);
                    // Counted as a try, or a task that ends every worker would be handed out for ever.
                    TaskResult::Retry(lost_fault())
                }
            };
            self.report(Report { run, task, attempt, result }).await;
        }
        for run in runs {
            self.step(run).await;
        }
    }
}

impl Coordinator {
    /// Asks after tasks; those that are just slow are not among the answers.
    async fn look_for(&self, asked: Vec<Asked>) -> Vec<Seen> {
        let (mut seen, mut missed) = (Vec::new(), Vec::new());
        for (asked, verdict) in self.look_once(asked).await {
            match verdict {
                Verdict::Committed { .. } => seen.push(asked.seen(verdict)),
                Verdict::Lost => missed.push(asked),
            }
        }
        if !missed.is_empty() {
            tokio::time::sleep(UNSEEN).await;
            let again = self.look_once(missed).await;
            seen.extend(again.into_iter().map(|(asked, verdict)| asked.seen(verdict)));
        }
        seen
    }

    /// Asks after tasks once, many at a time.
    async fn look_once(&self, asked: Vec<Asked>) -> Vec<(Asked, Verdict)> {
        let lanes: BTreeSet<Lane> = asked.iter().map(|asked| lane_of(asked.task)).collect();
        let mut empty = BTreeSet::new();
        for lane in lanes {
            if matches!(self.queue.depth(lane).await, Ok(0)) {
                empty.insert(lane);
            }
        }
        let empty = &empty;
        let seen = stream::iter(asked)
            .map(|asked| async move {
                let waits = !asked.is_overtaken && !empty.contains(&lane_of(asked.task));
                let verdict = self.verdict(&asked, waits).await.unwrap_or_else(|error| {
                    tracing::warn!(run = %asked.run, error = &error as &dyn std::error::Error, "task not looked after");
                    None
                });
                verdict.map(|verdict| (asked, verdict))
            })
            .buffer_unordered(AT_ONCE);
        seen.filter_map(std::future::ready).collect().await
    }

    async fn verdict(&self, asked: &Asked, waits: bool) -> Result<Option<Verdict>, StoreError> {
        if let Some((counts, segment)) = self.committed(asked).await? {
            return Ok(Some(Verdict::Committed { counts, segment }));
        }
        let is_lost = !waits && !self.is_worked_on(asked).await;
        Ok(is_lost.then_some(Verdict::Lost))
    }

    /// Whether somebody works on a task.
    async fn is_worked_on(&self, asked: &Asked) -> bool {
        let (name, probe) = (asked.task.lease(asked.run), "probe");
        match self.board.lease(&name, probe, PROBE).await {
            Ok(true) => {
                if let Err(error) = self.board.release(&name, probe).await {
                    tracing::debug!(error = &error as &dyn std::error::Error, "lease not released");
                }
                false
            }
            Ok(false) => true,
            // Without a board nobody can say. Whoever died at work gave its message back to the queue,
            // and of those who live none is to be doubled, or counted as a failed try.
            Err(_) => true,
        }
    }

    /// What a task committed, where it did.
    async fn committed(&self, asked: &Asked) -> Result<Option<(Counts, u64)>, StoreError> {
        let (id, store) = (asked.run, &*self.store);
        let nothing = (Counts::default(), 0);
        match asked.task {
            TaskId::Run => Ok(None),
            TaskId::Batch(ordinal) => {
                let commit: Option<Commit> = record::find(store, &Key::commit(id, ordinal)).await?;
                Ok(commit.map(|commit| (crate::load::counts(&commit), commit.shortest())))
            }
            TaskId::Compaction(first) => {
                let Some(last) = asked.last else { return Ok(None) };
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
