//! How many tasks are handed out, and whose turn it is. Pure.
//!
//! The queue holds a few seconds of work and no more, for what waits there is first come, first
//! served. Owners take turns, and within an owner its runs do, so that a small export waits behind
//! one window and not behind a large export.

use std::collections::{HashSet, VecDeque};

use proto::id::{Owner, RunId};

/// Fewest tasks handed out at once, whatever the fleet's speed.
const LEAST: usize = 8;

/// How many tasks may be handed out at once; follows the fleet's appetite.
#[derive(Debug)]
pub(crate) struct Window {
    size: usize,
    most: usize,
}

impl Window {
    pub(crate) fn new(most: usize) -> Self {
        Self { size: LEAST.min(most), most }
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Looks at the queue: empty while the window is used up, workers wait for tasks, and the window
    /// doubles; more than half of it waiting, it shrinks by a quarter.
    pub(crate) fn observe(&mut self, waiting: u64, under_way: usize) {
        let waiting = usize::try_from(waiting).unwrap_or(usize::MAX);
        if waiting == 0 && under_way >= self.size {
            self.size = (self.size * 2).min(self.most);
        } else if waiting > self.size / 2 + LEAST {
            self.size = (self.size - self.size / 4).max(LEAST.min(self.most));
        }
    }
}

/// Whose turn it is, among the runs that may have something to give.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    owners: VecDeque<(Owner, VecDeque<RunId>)>,
    /// The same runs, for there are many and each is added whenever something happens to it.
    known: HashSet<RunId>,
}

impl Turns {
    pub(crate) fn add(&mut self, owner: &Owner, run: RunId) {
        if !self.known.insert(run) {
            return;
        }
        match self.owners.iter_mut().find(|(other, _)| other == owner) {
            Some((_, runs)) => runs.push_back(run),
            None => self.owners.push_back((owner.clone(), VecDeque::from([run]))),
        }
    }

    pub(crate) fn remove(&mut self, run: RunId) {
        if !self.known.remove(&run) {
            return;
        }
        for (_, runs) in &mut self.owners {
            runs.retain(|other| *other != run);
        }
        self.owners.retain(|(_, runs)| !runs.is_empty());
    }

    /// The first task that a run gives, asking owners in turn and each one's runs in turn. Who gave
    /// goes to the end; who has nothing to give leaves, until it is added again.
    pub(crate) fn next<T>(&mut self, mut give: impl FnMut(RunId) -> Option<T>) -> Option<T> {
        while let Some((owner, mut runs)) = self.owners.pop_front() {
            while let Some(run) = runs.pop_front() {
                if let Some(task) = give(run) {
                    runs.push_back(run);
                    self.owners.push_back((owner, runs));
                    return Some(task);
                }
                self.known.remove(&run);
            }
        }
        None
    }

    /// The run whose turn it is. It leaves.
    pub(crate) fn pop(&mut self) -> Option<RunId> {
        let run = self.next(Some)?;
        self.remove(run);
        Some(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(number: u32) -> RunId {
        RunId { run: number, ..format!("{}/1", uuid::Uuid::nil()).parse().unwrap() }
    }

    #[test]
    fn owners_take_turns_however_many_runs_they_have() {
        let mut turns = Turns::default();
        let (ann, bob) =
            ("ann".to_owned().try_into().unwrap(), "bob".to_owned().try_into().unwrap());
        for number in 1..=3 {
            turns.add(&ann, run(number));
        }
        turns.add(&bob, run(9));
        let given: Vec<u32> = (0..6).filter_map(|_| turns.next(Some)).map(|run| run.run).collect();
        assert_eq!(given, [1, 9, 2, 9, 3, 9]);
    }

    #[test]
    fn who_has_nothing_to_give_leaves_until_it_is_added_again() {
        let mut turns = Turns::default();
        let ann = "ann".to_owned().try_into().unwrap();
        turns.add(&ann, run(1));
        turns.add(&"bob".to_owned().try_into().unwrap(), run(2));
        assert_eq!(turns.next(|run| (run.run == 2).then_some(run.run)), Some(2));
        assert_eq!(turns.pop(), Some(run(2)));
        assert_eq!(turns.pop(), None);
        turns.add(&ann, run(1));
        turns.add(&ann, run(1));
        turns.remove(run(2));
        assert_eq!(turns.pop(), Some(run(1)));
        assert_eq!(turns.pop(), None, "who is added twice has one turn");
    }

    #[test]
    fn the_window_follows_the_appetite_of_the_fleet() {
        let mut window = Window::new(64);
        for _ in 0..10 {
            window.observe(0, window.size());
        }
        assert_eq!(window.size(), 64);
        for _ in 0..20 {
            window.observe(60, 64);
        }
        assert!(window.size() < 64);
        window.observe(0, 1);
        assert!(window.size() >= LEAST, "an idle fleet changes nothing");
    }
}
