//! Planning: some runs at once, the owners in turn, each in a task that ends with its run.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use proto::event::Happening;
use proto::fault::Fault;
use proto::id::{Owner, RunId};
use proto::run::BatchFault;
use tokio::task::{AbortHandle, Id, JoinSet};
use tracing::Instrument;

use super::Lead;
use crate::plan::{PlanError, Planned};
use crate::run::{Ending, Moment};
use crate::window::Turns;

/// How many runs are planned at once; each survey may read a whole source.
const AT_ONCE: usize = 8;

/// The runs that are to be planned.
#[derive(Default)]
pub(super) struct Plannings {
    /// Those whose next try is not due yet.
    delayed: BTreeSet<(Moment, RunId)>,
    waiting: Turns,
    under_way: JoinSet<Result<Planned, PlanError>>,
    /// Which run a task plans; whose is not here any more plans in vain.
    runs: HashMap<Id, (RunId, AbortHandle)>,
}

impl Plannings {
    /// Lets a run wait for its turn.
    fn add(&mut self, owner: &Owner, run: RunId) {
        self.waiting.add(owner, run);
    }

    /// Plans a run no further.
    pub(super) fn cancel(&mut self, run: RunId) {
        self.waiting.remove(run);
        self.delayed.retain(|(_, other)| *other != run);
        self.runs.retain(|_, (other, planning)| {
            if *other == run {
                planning.abort();
            }
            *other != run
        });
    }

    /// Whether none is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Waits for a planning to end that was not cancelled; nothing once none is under way. Safe to
    /// be dropped while it waits.
    pub(super) async fn ended(&mut self) -> Option<(RunId, Result<Planned, PlanError>)> {
        loop {
            let (id, planned) = match self.under_way.join_next_with_id().await? {
                Ok(ended) => ended,
                Err(error) => (error.id(), Err(PlanError::Panicked)),
            };
            if let Some((run, _)) = self.runs.remove(&id) {
                return Some((run, planned));
            }
        }
    }
}

impl Lead<'_> {
    /// Lets a run be planned once its turn comes, after a while.
    pub(super) fn begin_planning(&mut self, run: RunId, after: Duration) {
        self.plannings.delayed.insert((self.now() + after, run));
        self.plan_waiting();
    }

    /// Begins to plan those whose turn it is, as far as there are places.
    pub(super) fn plan_waiting(&mut self) {
        let now = self.now();
        while self.plannings.delayed.first().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, run)) = self.plannings.delayed.pop_first()
                && let Some(active) = self.runs.get(&run)
            {
                self.plannings.add(&active.head.owner, run);
            }
        }
        while self.plannings.runs.len() < AT_ONCE
            && let Some(run) = self.plannings.waiting.pop()
        {
            let Some(active) = self.runs.get(&run) else { continue };
            let (definition, begun) = (active.definition.clone(), active.begun);
            let coordinator = self.coordinator.reading_for(&active.head.owner);
            let planning = async move { coordinator.plan(run, definition, begun).await };
            let planning = planning.instrument(active.chapter.span().clone());
            let planning = self.plannings.under_way.spawn(planning);
            self.plannings.runs.insert(planning.id(), (run, planning));
        }
    }

    /// Takes a finished plan in, or why there is none.
    pub(super) async fn planned(&mut self, id: RunId, planned: Result<Planned, PlanError>) {
        self.plan_waiting();
        let now = self.now();
        let settings = &self.coordinator.settings;
        let Some(active) = self.runs.get_mut(&id) else { return };
        match planned {
            Ok(Planned { plan, holds }) => {
                let (batches, records) = (plan.batches, plan.records);
                active.planned(plan, holds, now);
                self.lanes.add(&active.head.owner, id);
                let summary = active.summary();
                self.coordinator.show(&summary).await;
                self.coordinator.tell(id, Happening::Planned { batches, records }).await;
                // Where there are no batches, nobody will report.
                self.step(id).await;
            }
            Err(error) if error.is_transient() && active.plannings < settings.attempts => {
                active.plannings += 1;
                let wait =
                    settings.backoff.after(active.plannings, self.coordinator.ambient.chance());
                tracing::warn!(export.id = %id.export, error = &error as &dyn std::error::Error, "planning failed");
                self.coordinator.tell(id, Happening::Retrying { fault: error.fault() }).await;
                self.begin_planning(id, wait);
            }
            Err(error) => {
                tracing::warn!(export.id = %id.export, error = &error as &dyn std::error::Error, "planning failed");
                self.planning_failed(id, error.fault());
            }
        }
    }

    fn planning_failed(&mut self, id: RunId, fault: Fault) {
        let faults = vec![BatchFault { batch: None, transport: None, fault }];
        self.end(id, Ending::Failed(faults));
    }
}

#[cfg(test)]
mod tests {
    use proto::fault::Code;

    use super::*;

    fn run(number: u32) -> RunId {
        RunId { run: number, ..format!("{}/1", uuid::Uuid::nil()).parse().unwrap() }
    }

    impl Plannings {
        fn spawn(
            &mut self,
            run: RunId,
            planning: impl Future<Output = Result<Planned, PlanError>> + Send + 'static,
        ) {
            let planning = self.under_way.spawn(planning);
            self.runs.insert(planning.id(), (run, planning));
        }
    }

    #[tokio::test]
    async fn a_cancelled_planning_is_heard_of_no_more() {
        let mut plannings = Plannings::default();
        plannings.spawn(run(1), std::future::pending());
        plannings.spawn(run(2), async { Err(PlanError::TooMany { batches: 1 << 33 }) });
        plannings.add(&"ann".to_owned().try_into().unwrap(), run(3));
        plannings.cancel(run(1));
        plannings.cancel(run(3));
        let (ended, planned) = plannings.ended().await.unwrap();
        assert_eq!(ended, run(2));
        assert!(matches!(planned, Err(PlanError::TooMany { .. })));
        assert!(plannings.ended().await.is_none());
        assert_eq!(plannings.waiting.pop(), None);
    }

    #[tokio::test]
    async fn a_planning_that_panics_fails_its_run() {
        let mut plannings = Plannings::default();
        plannings.spawn(run(1), async { panic!("a mistake") });
        let (ended, planned) = plannings.ended().await.unwrap();
        assert_eq!(ended, run(1));
        assert_eq!(planned.err().map(|error| error.fault().code), Some(Code::Internal));
    }
}
