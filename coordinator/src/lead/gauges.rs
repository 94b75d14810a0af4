//! What a leader tells of how much there is to do: numbers for operators, and what fleets are scaled by.
//!
//! Only a leader knows them. Whoever leads no more tells zero, so that no number stays that is not true.

use std::sync::Arc;
use std::time::Duration;

use fabric::board::{LaneLoad, Workload};
use fabric::queue::Lane;
use tokio::task::JoinSet;

use super::Lead;
use super::lanes::OneLane;
use crate::run::{Moment, Run, lane_of};

/// How often all runs are counted.
const EVERY: Duration = Duration::from_secs(2);

/// How long the board tells what was counted last.
const LIFETIME: Duration = Duration::from_mins(1);

/// The lanes of tasks.
const LANES: [Lane; 3] = [Lane::Batches, Lane::Assemblies, Lane::Deliveries];

/// The numbers of a leader, for as long as it leads.
pub(super) struct Gauges {
    told: Option<Moment>,
    /// What shows the workload, one at a time: a board that does not answer holds up nobody.
    showing: JoinSet<()>,
}

impl Gauges {
    /// Tells that this coordinator does not lead.
    pub(super) fn rest() {
        metrics::gauge!("longshore_leading").set(0.0);
        // The first time is noticed only by who saw the number before it.
        metrics::counter!("longshore_leaderships_total").increment(0);
        metrics::gauge!("longshore_parked").set(0.0);
        metrics::gauge!("longshore_tasks_under_way").set(0.0);
        for lane in LANES.map(Lane::as_str) {
            metrics::gauge!("longshore_queue_waiting", "lane" => lane).set(0.0);
            metrics::gauge!("longshore_tasks_outstanding", "lane" => lane).set(0.0);
            metrics::gauge!("longshore_oldest_task_seconds", "lane" => lane).set(0.0);
            metrics::gauge!("longshore_stalled_seconds", "lane" => lane).set(0.0);
        }
    }

    pub(super) fn begin() -> Self {
        metrics::gauge!("longshore_leading").set(1.0);
        metrics::counter!("longshore_leaderships_total").increment(1);
        metrics::counter!("longshore_tasks_lost_total").increment(0);
        for lane in LANES.map(Lane::as_str) {
            // Who is to notice a rise needs the number that it rises from.
            metrics::counter!("longshore_tasks_finished_total", "lane" => lane).increment(0);
            metrics::counter!("longshore_tasks_retried_total", "lane" => lane).increment(0);
            metrics::counter!("longshore_tasks_failed_total", "lane" => lane).increment(0);
        }
        Self { told: None, showing: JoinSet::new() }
    }
}

impl Drop for Gauges {
    fn drop(&mut self) {
        Self::rest();
    }
}

impl Lead<'_> {
    /// Counts what there is to do, tells it, and begins to show it.
    pub(super) fn tell_workload(&mut self) {
        let now = self.now();
        while self.gauges.showing.try_join_next().is_some() {}
        let is_early = self.gauges.told.is_some_and(|told| now < told + EVERY);
        if is_early || !self.gauges.showing.is_empty() {
            return;
        }
        self.gauges.told = Some(now);
        let runs = &self.runs;
        let runs = || runs.values().filter_map(|active| active.run.as_ref());
        let [batches, assemblies, deliveries] =
            self.lanes.each.each_mut().map(|one| one.tell(runs(), now));
        let workload = Workload { batches, assemblies, deliveries };
        let board = Arc::clone(&self.coordinator.board);
        self.gauges.showing.spawn(async move {
            if let Err(error) = board.show_workload(&workload, LIFETIME).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "workload not shown");
            }
        });
    }
}

impl OneLane {
    /// Counts and tells what runs have to do in this lane.
    fn tell<'r>(&mut self, runs: impl Iterator<Item = &'r Run>, now: Moment) -> LaneLoad {
        let mut load = LaneLoad::default();
        let mut oldest = now;
        for run in runs {
            load.outstanding += run.outstanding_in(self.lane);
            load.under_way += run.under_way_in(self.lane) as u64;
            for (task, _, handed_out) in run.under_way() {
                if lane_of(task) == self.lane {
                    oldest = oldest.min(handed_out);
                }
            }
        }
        let stalled = self.stalled(load.outstanding, now);
        let lane = self.lane.as_str();
        let oldest = now.saturating_sub(oldest);
        metrics::gauge!("longshore_tasks_outstanding", "lane" => lane).set(load.outstanding as f64);
        metrics::gauge!("longshore_oldest_task_seconds", "lane" => lane).set(oldest.as_secs_f64());
        metrics::gauge!("longshore_stalled_seconds", "lane" => lane).set(stalled.as_secs_f64());
        load
    }
}
