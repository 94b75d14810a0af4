//! Taking reports in: all that are there at once, then one step for each run they were about.

use std::collections::BTreeSet;
use std::time::Duration;

use fabric::queue::{Consumer, Delivery};
use fabric::store::StoreError;
use futures::FutureExt;
use futures::future::join_all;
use proto::event::Happening;
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::message::{Message, Report, TaskId, TaskResult};
use proto::run::{Head, Outcome, State};

use super::active::Active;
use super::{Lead, REPORTS};
use crate::Coordinator;
use crate::accept::told;
use crate::run::{Change, Ending, Retries, lane_of};

/// How often followers of a run are told how far it is.
const TELL_EVERY: Duration = Duration::from_secs(1);

impl Lead<'_> {
    /// Takes a report in, and all others that wait already.
    pub(super) async fn take_in(&mut self, first: Box<dyn Delivery>, reports: &mut dyn Consumer) {
        let mut deliveries = vec![first];
        while deliveries.len() < usize::from(REPORTS)
            && let Some(Some(next)) = reports.next().now_or_never()
        {
            deliveries.push(next);
        }
        let mut touched = BTreeSet::new();
        let mut settled = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            match Report::decode(delivery.body()) {
                Ok(report) => {
                    let run = report.run;
                    self.report(report).await;
                    touched.insert(run);
                    settled.push(delivery.acknowledge());
                }
                Err(fault) => {
                    tracing::error!(%fault, "report parked");
                    if let Err(error) = delivery.park(&fault).await {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "report not parked"
                        );
                    }
                }
            }
        }
        for run in touched {
            self.step(run).await;
        }
        // Acknowledged last: a leader that dies before is told again.
        for result in join_all(settled).await {
            if let Err(error) = result {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "report not acknowledged"
                );
            }
        }
    }

    /// Takes one report in.
    pub(super) async fn report(&mut self, report: Report) {
        let Report { run: id, task, attempt, result } = report;
        // Workers see on the board that a run is stopped, and may tell before who stopped it does.
        let is_stopped =
            matches!(&result, TaskResult::Failed(fault) if fault.code == Code::Stopped);
        if task == TaskId::Run || is_stopped && self.runs.contains_key(&id) {
            return self.look_at(id).await;
        }
        let now = self.now();
        let retries = Retries {
            attempts: self.coordinator.settings.attempts,
            backoff: self.coordinator.settings.backoff,
            deliver_for: self.coordinator.settings.deliver_for,
            chance: self.coordinator.ambient.chance(),
        };
        let Some(active) = self.runs.get_mut(&id) else { return };
        let Some(run) = &mut active.run else { return };
        let handed_out = run.handed_out_at(task, attempt);
        let change = run.report(task, attempt, &result, now, retries);
        if let Some(handed_out) = handed_out {
            self.lanes.came_back(lane_of(task), handed_out);
        }
        self.lanes.add(&active.head.owner, id);
        self.note_change(id, task, attempt, &change).await;
        let lane = lane_of(task);
        match change {
            Change::Nothing => {}
            Change::Finished(_) => {
                self.lanes.finished(lane, now);
                metrics::counter!("longshore_tasks_finished_total", "lane" => lane.as_str())
                    .increment(1);
            }
            Change::Retrying(fault) => {
                metrics::counter!("longshore_tasks_retried_total", "lane" => lane.as_str())
                    .increment(1);
                tracing::warn!(export.id = %id.export, %task, attempt, %fault, "task will be tried again");
                self.coordinator.tell(id, Happening::Retrying { fault }).await;
            }
            Change::Failed(fault) => {
                metrics::counter!("longshore_tasks_failed_total", "lane" => lane.as_str())
                    .increment(1);
                tracing::error!(export.id = %id.export, %task, attempt, %fault, "task failed");
            }
        }
    }

    /// Moves a run on after something happened to it.
    pub(super) async fn step(&mut self, id: RunId) {
        let now = self.now();
        let shortest_copy = self.coordinator.store.shortest_copy();
        let Some(active) = self.runs.get_mut(&id) else { return };
        let (Some(run), Some(plan)) = (&mut active.run, &active.plan) else { return };
        if run.wants_compactions() {
            let outputs = plan.outputs.iter().map(proto::plan::PlannedOutput::ordinals);
            active.groups = crate::compaction::groups(run.segments(), outputs, shortest_copy)
                .into_iter()
                .collect();
            run.compact(active.groups.keys().copied());
            // Nothing is read from the sources any more, and deliveries may take hours.
            active.holds.clear();
        }
        run.advance();
        self.lanes.add(&active.head.owner, id);
        let counts = run.counts();
        let ending = run.ending();
        let (told, at) = active.told;
        if told != counts && (ending.is_some() || at + TELL_EVERY <= now) {
            active.told = (counts, now);
            self.coordinator.tell(id, Happening::Progress { counts }).await;
        }
        let Some(ending) = ending else { return };
        // An owner may have wanted a transport tried again whose word was lost.
        if !self.resume_transports(id).await {
            self.end(id, ending);
        }
    }

    /// Forgets a run and begins to write how it ended: until that is written, nobody can start or retry. Where
    /// the store does not take it, the run is found open again and ends again.
    pub(super) fn end(&mut self, id: RunId, ending: Ending) {
        let Some(Active { head, run, .. }) = self.let_go(id) else { return };
        let (counts, warned) =
            run.map_or_else(Default::default, |run| (run.counts(), run.warned()));
        let coordinator = self.coordinator.clone();
        self.end_by(
            id,
            head,
            async move { coordinator.write_end(id, &ending, counts, &warned).await },
        );
    }

    /// Begins to end a run that is not in memory any more by writing how, and to do what follows from that.
    pub(super) fn end_by(
        &mut self,
        id: RunId,
        head: Head,
        write: impl Future<Output = Result<Outcome, StoreError>> + Send + 'static,
    ) {
        let coordinator = self.coordinator.clone();
        self.closings.begin(id, async move {
            let outcome = match write.await {
                Ok(outcome) => outcome,
                Err(error) => {
                    tracing::error!(run = %id, error = &error as &dyn std::error::Error, "outcome not written");
                    coordinator.unwritten.send_replace(Some(error.fault()));
                    return None;
                }
            };
            let state = outcome.state.as_str();
            let follows = coordinator.what_follows(id, head, outcome).await?;
            metrics::counter!("longshore_runs_ended_total", "state" => state).increment(1);
            Some(follows)
        });
    }

    /// Begins to do what follows from the end of a run. Where the store does not take it, the run is found
    /// open again, and it is done again.
    pub(super) fn conclude(&mut self, id: RunId, head: Head, outcome: Outcome) {
        let coordinator = self.coordinator.clone();
        self.closings.begin(id, coordinator.what_follows(id, head, outcome));
    }

    /// Says that a run is under way.
    pub(super) async fn say_processing(&self, id: RunId) {
        if let Some(active) = self.runs.get(&id) {
            let shown = active.summary();
            let state = if active.plan.is_some() { State::Processing } else { State::Pending };
            self.coordinator.show(&shown).await;
            self.coordinator.tell(id, Happening::State { state }).await;
        }
    }
}

impl Coordinator {
    /// What is to be done of what follows from the end of a run: nothing where the run goes on instead, or
    /// where nobody can tell for now; then it is found open and ended again.
    async fn what_follows(
        self,
        id: RunId,
        head: Head,
        outcome: Outcome,
    ) -> Option<impl Future<Output = ()> + Send + 'static> {
        let goes_on = async {
            let goes_on = self.goes_on(id, &outcome).await?;
            if !goes_on {
                // Before it waits for its place, where a retry may call it away.
                self.notify_end(id, &outcome).await.map_err(told)?;
            }
            Ok::<_, Fault>(goes_on)
        }
        .await;
        match goes_on {
            Ok(true) => None,
            Ok(false) => Some(self.follow_up(id, head, outcome)),
            Err(fault) => {
                tracing::warn!(run = %id, %fault, "run not closed");
                self.unwritten.send_replace(Some(fault));
                None
            }
        }
    }

    /// Does what follows from the end of a run.
    async fn follow_up(self, id: RunId, head: Head, outcome: Outcome) {
        if let Err(error) = self.conclude(id, &head, &outcome).await {
            tracing::warn!(run = %id, error = &error as &dyn std::error::Error, "run not closed");
            self.unwritten.send_replace(Some(error.fault()));
        }
    }
}
