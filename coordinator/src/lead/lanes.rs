//! The lanes that tasks travel in, each with a window and turns of its own: deliveries that take hours
//! hold up no batch.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fabric::queue::{Lane, QueueError};
use futures::future::join_all;
use proto::id::{Owner, RunId};
use tokio::task::JoinSet;

use super::Lead;
use crate::run::Moment;
use crate::window::{Turns, Window};

/// How long after a task another one of its lane must have been handed out, and have come back, for the
/// first not to wait there any more: messages that are given back change places within seconds.
const OVERTAKEN: Duration = Duration::from_mins(1);

/// What is known of the lanes of tasks.
pub(super) struct Lanes {
    pub(super) each: [OneLane; 3],
    /// When runs have something to give again that have nothing now.
    wakes: BTreeSet<(Moment, RunId)>,
    /// The measurement under way, if any: a broker that does not answer holds up nobody.
    measuring: JoinSet<Measurement>,
}

/// What a look at the queue tells.
struct Measurement {
    lanes: Vec<Measured>,
    /// How many messages are parked, where the broker told.
    parked: Result<u64, QueueError>,
}

/// What a look at a lane's queue tells.
struct Measured {
    /// How many tasks waited, where the broker told.
    waiting: Result<u64, QueueError>,
    /// How many tasks were handed out when it was asked.
    under_way: usize,
}

/// A lane.
pub(super) struct OneLane {
    pub(super) lane: Lane,
    pub(super) window: Window,
    pub(super) turns: Turns,
    /// When the latest task was handed out that has come back. What was handed out long before it
    /// does not wait any more, for a lane is first come, first served.
    came_back: Moment,
    /// When something last finished, or nothing was to be done.
    moved_at: Moment,
}

impl OneLane {
    /// How long nothing has finished, though so many tasks are outstanding.
    pub(super) fn stalled(&mut self, outstanding: u64, now: Moment) -> Duration {
        if outstanding == 0 {
            self.moved_at = now;
        }
        now.saturating_sub(self.moved_at)
    }
}

impl Lanes {
    /// Lanes with nothing in them; `most` is the most tasks that are handed out at once in each.
    pub(super) fn new(most: usize) -> Self {
        let each = [Lane::Batches, Lane::Assemblies, Lane::Deliveries].map(|lane| OneLane {
            lane,
            window: Window::new(most),
            turns: Turns::default(),
            came_back: Moment::ZERO,
            moved_at: Moment::ZERO,
        });
        Self { each, wakes: BTreeSet::new(), measuring: JoinSet::new() }
    }

    /// Asks a run for tasks, for something happened to it.
    pub(super) fn add(&mut self, owner: &Owner, run: RunId) {
        for one in &mut self.each {
            one.turns.add(owner, run);
        }
    }

    /// Asks a run for nothing more.
    pub(super) fn remove(&mut self, run: RunId) {
        for one in &mut self.each {
            one.turns.remove(run);
        }
    }

    /// Asks a run for tasks again at a time.
    pub(super) fn wake(&mut self, at: Moment, run: RunId) {
        self.wakes.insert((at, run));
    }

    /// Whether a task that was handed out at a time cannot be waiting in its lane any more.
    pub(super) fn is_overtaken(&self, lane: Lane, handed_out: Moment) -> bool {
        let is_later = |one: &OneLane| one.lane == lane && handed_out + OVERTAKEN <= one.came_back;
        self.each.iter().any(is_later)
    }

    /// Takes in that a task came back which was handed out at a time.
    pub(super) fn came_back(&mut self, lane: Lane, handed_out: Moment) {
        for one in self.each.iter_mut().filter(|one| one.lane == lane) {
            one.came_back = one.came_back.max(handed_out);
        }
    }

    /// Takes in that a task finished.
    pub(super) fn finished(&mut self, lane: Lane, now: Moment) {
        for one in self.each.iter_mut().filter(|one| one.lane == lane) {
            one.moved_at = now;
        }
    }
}

impl Lead<'_> {
    /// Asks runs for tasks whose next try is due.
    pub(super) fn wake_due(&mut self) {
        let now = self.now();
        while self.lanes.wakes.first().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, id)) = self.lanes.wakes.pop_first()
                && let Some(active) = self.runs.get(&id)
            {
                self.lanes.add(&active.head.owner, id);
            }
        }
    }

    /// Fits the windows to what was measured, and measures anew.
    pub(super) fn observe(&mut self) {
        if let Some(Ok(Measurement { lanes, parked })) = self.lanes.measuring.try_join_next() {
            if let Ok(parked) = parked {
                metrics::gauge!("longshore_parked").set(parked as f64);
            }
            for (one, Measured { waiting, under_way }) in self.lanes.each.iter_mut().zip(lanes) {
                let Ok(waiting) = waiting else { continue };
                one.window.observe(waiting, under_way);
                metrics::gauge!("longshore_queue_waiting", "lane" => one.lane.as_str())
                    .set(waiting as f64);
            }
        }
        if !self.lanes.measuring.is_empty() {
            return;
        }
        let lanes = self.lanes.each.each_ref().map(|one| (one.lane, self.under_way(one.lane)));
        let all: usize = lanes.iter().map(|(_, under_way)| under_way).sum();
        metrics::gauge!("longshore_tasks_under_way").set(all as f64);
        let queue = Arc::clone(&self.coordinator.queue);
        self.lanes.measuring.spawn(async move {
            let measure = |(lane, under_way)| {
                let queue = &queue;
                async move { Measured { waiting: queue.depth(lane).await, under_way } }
            };
            let (lanes, parked) = tokio::join!(join_all(lanes.map(measure)), queue.parked_len());
            Measurement { lanes, parked }
        });
    }

    /// How many tasks of all runs are handed out in a lane.
    pub(super) fn under_way(&self, lane: Lane) -> usize {
        let runs = self.runs.values().filter_map(|active| active.run.as_ref());
        runs.map(|run| run.under_way_in(lane)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_stalls_once_it_has_something_to_do_and_until_something_finishes() {
        let mut lanes = Lanes::new(8);
        let at = Duration::from_secs;
        let mut stalled = |outstanding, now| lanes.each[0].stalled(outstanding, at(now));
        assert_eq!(stalled(0, 500), Duration::ZERO, "there is nothing to do");
        assert_eq!(stalled(9, 600), at(100));
        lanes.finished(Lane::Deliveries, at(650));
        assert_eq!(lanes.each[0].stalled(9, at(700)), at(200), "another lane moved");
        lanes.finished(Lane::Batches, at(700));
        assert_eq!(lanes.each[0].stalled(8, at(701)), at(1));
    }

    #[test]
    fn what_came_back_overtakes_what_was_handed_out_long_before_in_its_lane() {
        let mut lanes = Lanes::new(8);
        let at = Duration::from_secs;
        lanes.came_back(Lane::Batches, at(100));
        lanes.came_back(Lane::Batches, at(30));
        assert!(lanes.is_overtaken(Lane::Batches, at(40)));
        assert!(!lanes.is_overtaken(Lane::Batches, at(41)), "it may have been given back");
        assert!(!lanes.is_overtaken(Lane::Deliveries, at(0)));
    }
}
