//! The tasks of a run that are known by name: ready to be handed out, waiting for their next try, or
//! under way. A task is in one of these places at most.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proto::message::TaskId;

use super::Moment;

/// Tasks with their attempts, from 1.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    ready: VecDeque<(TaskId, u32)>,
    delayed: BTreeSet<(Moment, TaskId, u32)>,
    under_way: BTreeMap<TaskId, u32>,
}

impl Tasks {
    /// Makes a task ready for its first try.
    pub(super) fn add(&mut self, task: TaskId) {
        self.ready.push_back((task, 1));
    }

    /// The next task that is ready now.
    pub(super) fn next(&mut self, now: Moment) -> Option<(TaskId, u32)> {
        while self.delayed.first().is_some_and(|(due, _, _)| *due <= now) {
            if let Some((_, task, attempt)) = self.delayed.pop_first() {
                self.ready.push_back((task, attempt));
            }
        }
        self.ready.pop_front()
    }

    /// Records that a task was handed out.
    pub(super) fn hand_out(&mut self, task: TaskId, attempt: u32) {
        self.under_way.insert(task, attempt);
    }

    /// Takes back a task that could not be handed out; it is the next one.
    pub(super) fn give_back(&mut self, task: TaskId) {
        if let Some(attempt) = self.under_way.remove(&task) {
            self.ready.push_front((task, attempt));
        }
    }

    /// Whether this very try of a task is under way.
    pub(super) fn is_under_way(&self, task: TaskId, attempt: u32) -> bool {
        self.under_way.get(&task) == Some(&attempt)
    }

    /// Lets a task under way wait for another try.
    pub(super) fn delay(&mut self, task: TaskId, attempt: u32, due: Moment) {
        self.under_way.remove(&task);
        self.delayed.insert((due, task, attempt));
    }

    /// Makes a task ready that waits for another try; whether it did.
    pub(super) fn hurry(&mut self, task: TaskId) -> bool {
        let waiting = self.delayed.iter().find(|(_, other, _)| *other == task).copied();
        let Some(waiting) = waiting else { return false };
        self.delayed.remove(&waiting);
        let (_, task, attempt) = waiting;
        self.ready.push_back((task, attempt));
        true
    }

    /// Forgets a task, wherever it is.
    pub(super) fn forget(&mut self, task: TaskId) {
        self.under_way.remove(&task);
        self.ready.retain(|(other, _)| *other != task);
        self.delayed.retain(|(_, other, _)| *other != task);
    }

    /// Whether a task waits for its next try.
    pub(super) fn has_delayed(&self) -> bool {
        !self.delayed.is_empty()
    }

    /// The tasks under way.
    pub(super) fn under_way(&self) -> impl Iterator<Item = (TaskId, u32)> {
        self.under_way.iter().map(|(task, attempt)| (*task, *attempt))
    }

    /// How many tasks are under way.
    pub(super) fn under_way_len(&self) -> usize {
        self.under_way.len()
    }
}
