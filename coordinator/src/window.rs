//! How many tasks are handed out, and whose turn it is. Pure.
//!
//! The queue holds a few seconds of work and no more, for what waits there is first come, first
//! served. Owners take turns, and within an owner its runs do, so that a small export waits behind
//! one window and not behind a large export.

use std::collections::VecDeque;

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

/// Whose turn it is.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    owners: VecDeque<(Owner, VecDeque<RunId>)>,
}

impl Turns {
    pub(crate) fn add(&mut self, owner: &Owner, run: RunId) {
        match self.owners.iter_mut().find(|(other, _)| other == owner) {
            Some((_, runs)) => {
                if !runs.contains(&run) {
                    runs.push_back(run);
                }
            }
            None => self.owners.push_back((owner.clone(), VecDeque::from([run]))),
        }
    }

    pub(crate) fn remove(&mut self, run: RunId) {
        for (_, runs) in &mut self.owners {
            runs.retain(|other| *other != run);
        }
        self.owners.retain(|(_, runs)| !runs.is_empty());
    }

    /// The first task that a run gives, asking owners in turn and each one's runs in turn. Who gave
    /// goes to the end.
    pub(crate) fn next<T>(&mut self, mut give: impl FnMut(RunId) -> Option<T>) -> Option<T> {
        for owner in 0..self.owners.len() {
            let runs = &mut self.owners[owner].1;
            for run in 0..runs.len() {
                let Some(task) = give(runs[run]) else { continue };
                if let Some(run) = runs.remove(run) {
                    runs.push_back(run);
                }
                if let Some(owner) = self.owners.remove(owner) {
                    self.owners.push_back(owner);
                }
                return Some(task);
            }
        }
        None
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
    fn who_has_nothing_to_give_is_passed_over() {
        let mut turns = Turns::default();
        turns.add(&"ann".to_owned().try_into().unwrap(), run(1));
        turns.add(&"bob".to_owned().try_into().unwrap(), run(2));
        assert_eq!(turns.next(|run| (run.run == 2).then_some(run.run)), Some(2));
        turns.remove(run(1));
        turns.remove(run(2));
        assert_eq!(turns.next(Some), None);
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
