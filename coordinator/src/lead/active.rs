//! A run that its leader holds in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use fabric::board::Summary;
use proto::definition::Definition;
use proto::message::{TaskId, Work};
use proto::plan::Plan;
use proto::run::{Counts, Head, Start, State};

use super::chapter::Chapter;
use crate::accept::summary;
use crate::delivery::Kept;
use crate::plan::Begun;
use crate::run::{Moment, Run};

/// A run under way, or about to be.
pub(super) struct Active {
    pub(super) head: Head,
    pub(super) definition: Definition,
    /// What its plan depends on, besides the definition.
    pub(super) begun: Begun,
    /// The trace that the run's tasks belong to.
    pub(super) chapter: Chapter,
    /// How often planning failed.
    pub(super) plannings: u32,
    pub(super) plan: Option<Arc<Plan>>,
    /// Nothing before there is a plan.
    pub(super) run: Option<Run>,
    /// How far its transports are, by their places in the definition.
    pub(super) kept: Vec<Kept>,
    /// The last batch of each compaction, by its first.
    pub(super) groups: BTreeMap<u32, u32>,
    /// What followers were last told, and when.
    pub(super) told: (Counts, Moment),
    /// Snapshots and the like; dropped once every batch is finished, or with the run.
    pub(super) holds: Vec<Box<dyn Send + Sync>>,
}

impl Active {
    pub(super) fn unplanned(
        head: Head,
        start: &Start,
        chapter: Chapter,
        definition: Definition,
    ) -> Self {
        Self {
            head,
            chapter,
            definition,
            begun: Begun { extent: start.extent, at: start.at },
            plannings: 0,
            plan: None,
            run: None,
            kept: Vec::new(),
            groups: BTreeMap::new(),
            told: (Counts::default(), Moment::ZERO),
            holds: Vec::new(),
        }
    }

    pub(super) fn resumed(
        head: Head,
        start: &Start,
        chapter: Chapter,
        plan: Arc<Plan>,
        run: Run,
        kept: Vec<Kept>,
    ) -> Self {
        let definition = plan.definition.clone();
        let unplanned = Self::unplanned(head, start, chapter, definition);
        Self { plan: Some(plan), run: Some(run), kept, ..unplanned }
    }

    pub(super) fn planned(&mut self, plan: Plan, holds: Vec<Box<dyn Send + Sync>>, now: Moment) {
        let transports = u32::try_from(plan.definition.transports.len()).unwrap_or(u32::MAX);
        self.kept = (0..transports).map(|_| Kept::default()).collect();
        self.run = Some(Run::new(plan.batches, transports, now));
        self.plan = Some(Arc::new(plan));
        self.holds = holds;
    }

    /// The run, as a list shows it.
    pub(super) fn summary(&self) -> Summary {
        let shown = summary(&self.head, State::Processing);
        match &self.plan {
            Some(plan) => Summary { batches: Some(plan.batches), records: plan.records, ..shown },
            None => Summary { state: State::Pending, ..shown },
        }
    }

    /// What a worker is asked to do for a task, where it is a worker's.
    pub(super) fn work(&self, task: TaskId) -> Option<Work> {
        match task {
            TaskId::Batch(ordinal) => Some(Work::Batch(ordinal)),
            TaskId::Compaction(first) => {
                let last = *self.groups.get(&first)?;
                Some(Work::Compact { first, last })
            }
            TaskId::Run | TaskId::Assembly(_) | TaskId::Delivery(_) => None,
        }
    }
}
