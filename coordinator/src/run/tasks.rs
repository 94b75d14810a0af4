//! The tasks of a run that are known by name: ready to be handed out, waiting for their next try, or
//! under way. A task is in one of these places at most.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fabric::queue::Lane;
use proto::message::TaskId;

use super::{Moment, lane_of};

/// Tasks with their attempts, from 1.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    ready: BTreeMap<Lane, VecDeque<(TaskId, u32)>>,
    delayed: BTreeSet<(Moment, TaskId, u32)>,
    under_way: BTreeMap<TaskId, HandedOut>,
    /// How many are under way in each lane.
    counts: BTreeMap<Lane, usize>,
}

/// A task that was handed out.
#[derive(Debug, Clone, Copy)]
struct HandedOut {
    attempt: u32,
    at: Moment,
}

impl Tasks {
    /// Makes a task ready for its first try.
    pub(super) fn add(&mut self, task: TaskId) {
        self.make_ready(task, 1);
    }

    fn make_ready(&mut self, task: TaskId, attempt: u32) {
        self.ready.entry(lane_of(task)).or_default().push_back((task, attempt));
    }

    /// The next task of a lane that is ready now.
    pub(super) fn next(&mut self, now: Moment, lane: Lane) -> Option<(TaskId, u32)> {
        while self.delayed.first().is_some_and(|(due, _, _)| *due <= now) {
            if let Some((_, task, attempt)) = self.delayed.pop_first() {
                self.make_ready(task, attempt);
            }
        }
        self.ready.get_mut(&lane)?.pop_front()
    }

    /// When the next task is due that waits for another try.
    pub(super) fn next_due(&self) -> Option<Moment> {
        self.delayed.first().map(|(due, _, _)| *due)
    }

    /// Records that a task was handed out.
    pub(super) fn hand_out(&mut self, task: TaskId, attempt: u32, at: Moment) {
        if self.under_way.insert(task, HandedOut { attempt, at }).is_none() {
            *self.counts.entry(lane_of(task)).or_default() += 1;
        }
    }

    /// Takes a task out of those under way; its attempt.
    fn take_back(&mut self, task: TaskId) -> Option<u32> {
        let HandedOut { attempt, .. } = self.under_way.remove(&task)?;
        if let Some(count) = self.counts.get_mut(&lane_of(task)) {
            *count -= 1;
        }
        Some(attempt)
    }

    /// Takes back a task that could not be handed out; it is the next one.
    pub(super) fn give_back(&mut self, task: TaskId) {
        if let Some(attempt) = self.take_back(task) {
            self.ready.entry(lane_of(task)).or_default().push_front((task, attempt));
        }
    }

    /// When this very try of a task was handed out; nothing where it is not under way.
    pub(super) fn handed_out_at(&self, task: TaskId, attempt: u32) -> Option<Moment> {
        let handed_out = self.under_way.get(&task)?;
        (handed_out.attempt == attempt).then_some(handed_out.at)
    }

    /// Lets a task under way wait for another try.
    pub(super) fn delay(&mut self, task: TaskId, attempt: u32, due: Moment) {
        self.take_back(task);
        self.delayed.insert((due, task, attempt));
    }

    /// Makes a task ready that waits for another try; whether it did.
    pub(super) fn hurry(&mut self, task: TaskId) -> bool {
        let waiting = self.delayed.iter().find(|(_, other, _)| *other == task).copied();
        let Some(waiting) = waiting else { return false };
        self.delayed.remove(&waiting);
        let (_, task, attempt) = waiting;
        self.make_ready(task, attempt);
        true
    }

    /// Forgets a task, wherever it is.
    pub(super) fn forget(&mut self, task: TaskId) {
        self.take_back(task);
        if let Some(ready) = self.ready.get_mut(&lane_of(task)) {
            ready.retain(|(other, _)| *other != task);
        }
        self.delayed.retain(|(_, other, _)| *other != task);
    }

    /// The tasks under way, with when they were handed out.
    pub(super) fn under_way(&self) -> impl Iterator<Item = (TaskId, u32, Moment)> {
        self.under_way.iter().map(|(task, handed_out)| (*task, handed_out.attempt, handed_out.at))
    }

    /// How many tasks are under way.
    pub(super) fn under_way_len(&self) -> usize {
        self.under_way.len()
    }

    /// How many tasks are under way in a lane.
    pub(super) fn under_way_in(&self, lane: Lane) -> usize {
        self.counts.get(&lane).copied().unwrap_or_default()
    }
}
