//! What a run has still to do, as fleets are scaled by it.

use fabric::queue::Lane;

use super::{Run, lane_of};

impl Run {
    /// How many tasks of a lane are not finished, whether or not they were handed out; those of later
    /// stages are not known yet. Once a batch failed, nothing more will be done than is under way.
    pub(crate) fn outstanding_in(&self, lane: Lane) -> u64 {
        if !self.faults.is_empty() {
            return self.under_way_in(lane) as u64;
        }
        let batches = if lane == Lane::Batches { u64::from(self.finished.unset()) } else { 0 };
        batches + self.open.iter().filter(|task| lane_of(**task) == lane).count() as u64
    }
}
