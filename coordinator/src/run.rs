//! One run, as its coordinator sees it: facts in, tasks out. No I/O and no clock, so that a seeded
//! simulation can drive it through every order of events.
//!
//! Reports may come twice, late, or for another attempt; each is taken at its word that something is
//! committed, and otherwise only where the task is under way.

mod bits;
mod tasks;

use std::collections::BTreeSet;
use std::time::Duration;

use proto::fault::{Code, Fault};
use proto::message::{TaskId, TaskResult};
use proto::run::{BatchFault, Counts};

use self::bits::Bits;
use self::tasks::Tasks;

/// Time as the run sees it: since the coordinator began.
pub(crate) type Moment = Duration;

/// A run that has its plan.
#[derive(Debug)]
pub(crate) struct Run {
    batches: u32,
    transports: u32,
    finished: Bits,
    /// Batches below this were handed out or are finished.
    next: u32,
    segments: Vec<u32>,
    stage: Stage,
    tasks: Tasks,
    open: BTreeSet<TaskId>,
    faults: Vec<BatchFault>,
    counts: Counts,
    warned: Vec<u32>,
    moved_at: Moment,
}

/// What a run is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Batches,
    Compactions,
    Transports,
}

/// What a report changed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// Nothing that was not known.
    Nothing,
    /// A task is finished for the first time.
    Finished(TaskId),
    /// A task will be tried again.
    Retrying(Fault),
    /// A task failed for good, and with it the run.
    Failed(Fault),
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ending {
    /// Everything is delivered.
    Delivered,
    /// Something failed for good, and nothing is under way any more.
    Failed(Vec<BatchFault>),
}

/// How often and when a task is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retries {
    /// How often at the most.
    pub(crate) attempts: u32,
    /// The wait before the next try, by the number of failures.
    pub(crate) backoff: fabric::retry::Backoff,
    /// A number in 0..1 that spreads the wait.
    pub(crate) chance: f64,
}

impl Run {
    /// A run of which nothing is finished.
    pub(crate) fn new(batches: u32, transports: u32, now: Moment) -> Self {
        Self {
            batches,
            transports,
            finished: Bits::new(batches),
            next: 0,
            segments: vec![0; batches as usize],
            stage: Stage::Batches,
            tasks: Tasks::default(),
            open: BTreeSet::new(),
            faults: Vec::new(),
            counts: Counts::default(),
            warned: Vec::new(),
            moved_at: now,
        }
    }

    /// The next task to hand out and its attempt; nothing while there is none, or once one failed.
    pub(crate) fn take(&mut self, now: Moment) -> Option<(TaskId, u32)> {
        if !self.faults.is_empty() {
            return None;
        }
        let (task, attempt) = self.tasks.next(now).or_else(|| self.next_batch())?;
        self.tasks.hand_out(task, attempt);
        self.moved_at = now;
        Some((task, attempt))
    }

    fn next_batch(&mut self) -> Option<(TaskId, u32)> {
        while self.next < self.batches {
            let ordinal = self.next;
            self.next += 1;
            if !self.finished.get(ordinal) {
                return Some((TaskId::Batch(ordinal), 1));
            }
        }
        None
    }

    /// Whether a task waits for its next try.
    pub(crate) fn waits(&self) -> bool {
        self.tasks.has_delayed()
    }

    /// Takes back a task that could not be handed out.
    pub(crate) fn give_back(&mut self, task: TaskId) {
        self.tasks.give_back(task);
    }

    /// Takes a report in.
    pub(crate) fn report(
        &mut self,
        task: TaskId,
        attempt: u32,
        result: &TaskResult,
        now: Moment,
        retries: Retries,
    ) -> Change {
        match result {
            TaskResult::Done { counts, segment } => self.finish(task, counts, *segment, now),
            TaskResult::Retry(fault) => self.retry(task, attempt, fault, now, retries),
            TaskResult::Failed(fault) => self.fail(task, attempt, fault, now),
        }
    }

    /// Marks a task as finished, however that came to be known.
    pub(crate) fn finish(
        &mut self,
        task: TaskId,
        counts: &Counts,
        segment: u64,
        now: Moment,
    ) -> Change {
        let known = match task {
            TaskId::Run => false,
            TaskId::Batch(ordinal) => ordinal < self.batches && self.finished.set(ordinal),
            TaskId::Compaction(_) | TaskId::Assembly(_) | TaskId::Delivery(_) => {
                self.open.remove(&task)
            }
        };
        if !known {
            return Change::Nothing;
        }
        self.tasks.forget(task);
        self.moved_at = now;
        match task {
            TaskId::Batch(ordinal) => {
                self.counts.add(counts);
                self.segments[ordinal as usize] = u32::try_from(segment).unwrap_or(u32::MAX);
                if counts.warnings > 0 {
                    self.warned.push(ordinal);
                }
            }
            TaskId::Assembly(transport) => self.begin(TaskId::Delivery(transport)),
            TaskId::Delivery(_) => self.counts.warnings += counts.warnings,
            TaskId::Run | TaskId::Compaction(_) => {}
        }
        Change::Finished(task)
    }

    fn retry(
        &mut self,
        task: TaskId,
        attempt: u32,
        fault: &Fault,
        now: Moment,
        retries: Retries,
    ) -> Change {
        if !self.tasks.is_under_way(task, attempt) {
            return Change::Nothing;
        }
        if attempt >= retries.attempts {
            let fault = Fault::new(
                Code::AttemptsExhausted,
                format!("tried {attempt} times, last: {} [{}]", fault.message, fault.code),
            )
            .hint(
                fault
                    .hint
                    .clone()
                    .unwrap_or_else(|| "when the cause is mended, retry the run".to_owned()),
            );
            return self.fail(task, attempt, &fault, now);
        }
        self.moved_at = now;
        let due = now + retries.backoff.after(attempt, retries.chance);
        self.tasks.delay(task, attempt + 1, due);
        Change::Retrying(fault.clone())
    }

    fn fail(&mut self, task: TaskId, attempt: u32, fault: &Fault, now: Moment) -> Change {
        if !self.tasks.is_under_way(task, attempt) {
            return Change::Nothing;
        }
        self.tasks.forget(task);
        self.moved_at = now;
        let (batch, transport) = match task {
            TaskId::Run => (None, None),
            TaskId::Batch(ordinal) | TaskId::Compaction(ordinal) => (Some(ordinal), None),
            TaskId::Assembly(transport) | TaskId::Delivery(transport) => (None, Some(transport)),
        };
        self.faults.push(BatchFault { batch, transport, fault: fault.clone() });
        Change::Failed(fault.clone())
    }

    /// Whether every batch is finished and the compactions can be chosen.
    pub(crate) fn wants_compactions(&self) -> bool {
        self.stage == Stage::Batches && self.finished.all()
    }

    /// Lengths of the batches' segments, cut at 4 GiB.
    pub(crate) fn segments(&self) -> &[u32] {
        &self.segments
    }

    /// Goes on to packing small segments together, by the first batch of each group; none is fine.
    pub(crate) fn compact(&mut self, groups: impl IntoIterator<Item = u32>) {
        self.stage = Stage::Compactions;
        for first in groups {
            self.begin(TaskId::Compaction(first));
        }
    }

    /// Goes on to the transports once nothing is left to be packed together.
    pub(crate) fn advance(&mut self) {
        if self.stage == Stage::Compactions && self.open.is_empty() {
            self.stage = Stage::Transports;
            for transport in 0..self.transports {
                self.begin(TaskId::Assembly(transport));
            }
        }
    }

    fn begin(&mut self, task: TaskId) {
        self.open.insert(task);
        self.tasks.add(task);
    }

    /// How the run ended, once it has.
    pub(crate) fn ending(&self) -> Option<Ending> {
        if self.tasks.under_way_len() > 0 {
            return None;
        }
        if !self.faults.is_empty() {
            return Some(Ending::Failed(self.faults.clone()));
        }
        (self.stage == Stage::Transports && self.open.is_empty()).then_some(Ending::Delivered)
    }

    /// The tasks that were handed out and have not been heard of since.
    pub(crate) fn under_way(&self) -> impl Iterator<Item = (TaskId, u32)> {
        self.tasks.under_way()
    }

    /// How many tasks were handed out and have not been heard of since.
    pub(crate) fn under_way_len(&self) -> usize {
        self.tasks.under_way_len()
    }

    /// Records that the tasks under way were looked after.
    pub(crate) fn looked_after(&mut self, now: Moment) {
        self.moved_at = now;
    }

    /// When something last happened.
    pub(crate) fn moved_at(&self) -> Moment {
        self.moved_at
    }

    /// What the finished batches counted.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// Finished batches that left something out, ascending.
    pub(crate) fn warned(&self) -> Vec<u32> {
        let mut ordinals = self.warned.clone();
        ordinals.sort_unstable();
        ordinals
    }
}

#[cfg(test)]
mod tests;
