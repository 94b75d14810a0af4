//! One run, as its coordinator sees it: facts in, tasks out. No I/O and no clock, so that a seeded
//! simulation can drive it through every order of events.
//!
//! Reports may come twice, late, or for another attempt; each is taken at its word that something is
//! committed, and otherwise only where the task is under way.
//!
//! A batch that fails for good ends the run, for nothing whole can come of it. A transport that fails
//! for good ends itself alone: the others go to their ends, and the run has failed only then.

mod bits;
mod tasks;
mod transports;
mod report;
mod outstanding;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fabric::queue::Lane;
use proto::fault::Fault;
use proto::message::TaskId;
use proto::run::{BatchFault, Counts};

use self::bits::Bits;
use self::tasks::Tasks;
use self::transports::Transports;

/// Time as the run sees it: since the coordinator began.
pub(crate) type Moment = Duration;

/// The lane that a task travels in.
pub(crate) fn lane_of(task: TaskId) -> Lane {
    match task {
        TaskId::Run => Lane::Reports,
        TaskId::Batch(_) | TaskId::Compaction(_) => Lane::Batches,
        TaskId::Assembly(_) => Lane::Assemblies,
        TaskId::Delivery(_) => Lane::Deliveries,
    }
}

/// A run that has its plan.
#[derive(Debug)]
pub(crate) struct Run {
    batches: u32,
    transports: Transports,
    finished: Bits,
    /// Batches below this were handed out or are finished.
    next: u32,
    segments: Vec<u32>,
    stage: Stage,
    tasks: Tasks,
    open: BTreeSet<TaskId>,
    /// Of batches, and of packing them together; nothing more is handed out.
    faults: Vec<BatchFault>,
    counts: Counts,
    warned: Vec<u32>,
    /// Transports that some of their recipients got nothing of.
    unreached: BTreeSet<u32>,
    /// When transports first were handed over, or tried to.
    delivering: BTreeMap<u32, Moment>,
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
    /// A task failed for good.
    Failed(Fault),
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ending {
    /// Everything is delivered.
    Delivered,
    /// Something failed for good, and nothing is under way any more. What was delivered stays.
    Failed(Vec<BatchFault>),
}

/// How often and when a task is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retries {
    /// How often at the most, a delivery with time left excepted.
    pub(crate) attempts: u32,
    /// The wait before the next try, by the number of failures.
    pub(crate) backoff: fabric::retry::Backoff,
    /// How long a delivery is tried, from its first try on: whoever is delivered to may want it later.
    pub(crate) deliver_for: Duration,
    /// A number in 0..1 that spreads the wait.
    pub(crate) chance: f64,
}

impl Run {
    /// A run of which nothing is finished.
    pub(crate) fn new(batches: u32, transports: u32, now: Moment) -> Self {
        Self {
            batches,
            transports: Transports::new(transports),
            finished: Bits::new(batches),
            next: 0,
            segments: vec![0; batches as usize],
            stage: Stage::Batches,
            tasks: Tasks::default(),
            open: BTreeSet::new(),
            faults: Vec::new(),
            counts: Counts::default(),
            warned: Vec::new(),
            unreached: BTreeSet::new(),
            delivering: BTreeMap::new(),
            moved_at: now,
        }
    }

    /// The next task to hand out in a lane, and its attempt; nothing while there is none, or once a
    /// batch failed.
    pub(crate) fn take(&mut self, now: Moment, lane: Lane) -> Option<(TaskId, u32)> {
        if !self.faults.is_empty() {
            return None;
        }
        let next = self.tasks.next(now, lane);
        let (task, attempt) =
            next.or_else(|| (lane == Lane::Batches).then(|| self.next_batch()).flatten())?;
        self.tasks.hand_out(task, attempt, now);
        if let TaskId::Delivery(transport) = task {
            self.delivering.entry(transport).or_insert(now);
        }
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

    /// When the next task is due that waits for another try.
    pub(crate) fn next_due(&self) -> Option<Moment> {
        self.tasks.next_due()
    }

    /// When this very try of a task was handed out; nothing where it is not under way.
    pub(crate) fn handed_out_at(&self, task: TaskId, attempt: u32) -> Option<Moment> {
        self.tasks.handed_out_at(task, attempt)
    }

    /// Takes back a task that could not be handed out.
    pub(crate) fn give_back(&mut self, task: TaskId) {
        self.tasks.give_back(task);
    }

    /// Takes in that a transport failed before, as its record says.
    pub(crate) fn failed_before(&mut self, transport: u32, fault: &Fault) {
        self.transports.fail(transport, fault.clone());
    }

    /// Takes a failed transport up again; whether it had failed.
    pub(crate) fn resume(&mut self, transport: u32) -> bool {
        let had_failed = self.transports.resume(transport);
        if had_failed && self.stage == Stage::Transports {
            self.begin(TaskId::Assembly(transport));
        }
        had_failed
    }

    /// Tries a transport now that waits for its next try; whether it did.
    pub(crate) fn hurry(&mut self, transport: u32) -> bool {
        let tasks = [TaskId::Assembly(transport), TaskId::Delivery(transport)];
        tasks.into_iter().any(|task| self.tasks.hurry(task))
    }

    /// The transports that failed for good.
    pub(crate) fn failed_transports(&self) -> Vec<u32> {
        self.transports.failed().map(|(transport, _)| transport).collect()
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
            for transport in self.transports.open() {
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
        let transports = self.transports.failed().map(|(transport, fault)| BatchFault {
            batch: None,
            transport: Some(transport),
            fault: fault.clone(),
        });
        if !self.faults.is_empty() {
            return Some(Ending::Failed(self.faults.iter().cloned().chain(transports).collect()));
        }
        if self.stage != Stage::Transports || !self.open.is_empty() {
            return None;
        }
        let faults: Vec<BatchFault> = transports.collect();
        Some(if faults.is_empty() { Ending::Delivered } else { Ending::Failed(faults) })
    }

    /// The tasks that were handed out and have not been heard of since, each with its attempt and when
    /// that was.
    pub(crate) fn under_way(&self) -> impl Iterator<Item = (TaskId, u32, Moment)> {
        self.tasks.under_way()
    }

    /// How many tasks were handed out and have not been heard of since.
    pub(crate) fn under_way_len(&self) -> usize {
        self.tasks.under_way_len()
    }

    /// How many of them are in a lane.
    pub(crate) fn under_way_in(&self, lane: Lane) -> usize {
        self.tasks.under_way_in(lane)
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

    /// Whether a transport hands over less than was asked for, or to fewer.
    pub(crate) fn has_warnings(&self, transport: u32) -> bool {
        !self.warned.is_empty() || self.unreached.contains(&transport)
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
