//! The pages of a plan, written as its batches come, so that no more than one waits in memory.

use fabric::record;
use proto::id::RunId;
use proto::key::Key;
use proto::plan::{PAGE_BATCHES, Pick, Plan, PlanPage, PlannedBatch, Slice};

use super::PlanError;
use crate::Coordinator;

/// Writes batches page by page.
pub(super) struct Pages<'p> {
    coordinator: &'p Coordinator,
    run: RunId,
    attempt: &'p str,
    batches: Vec<PlannedBatch>,
    written: u64,
}

impl<'p> Pages<'p> {
    /// No batches yet; pages are named by the attempt.
    pub(super) fn new(coordinator: &'p Coordinator, run: RunId, attempt: &'p str) -> Self {
        Self { coordinator, run, attempt, batches: Vec::new(), written: 0 }
    }

    /// The ordinal of the batch that comes next.
    pub(super) fn next(&self) -> Result<u32, PlanError> {
        let next = self.written + self.batches.len() as u64;
        u32::try_from(next).map_err(|_| PlanError::TooMany { batches: next })
    }

    /// Appends the batches of an output; how many they are.
    pub(super) async fn push_all(
        &mut self,
        slices: Vec<(Slice, Option<Pick>)>,
    ) -> Result<u32, PlanError> {
        let batches = u32::try_from(slices.len())
            .map_err(|_| PlanError::TooMany { batches: slices.len() as u64 })?;
        for (slice, pick) in slices {
            self.push(slice, pick).await?;
        }
        Ok(batches)
    }

    async fn push(&mut self, slice: Slice, pick: Option<Pick>) -> Result<(), PlanError> {
        let ordinal = self.next()?;
        self.batches.push(PlannedBatch { ordinal, slice, pick });
        if self.batches.len() == PAGE_BATCHES as usize { self.write().await } else { Ok(()) }
    }

    async fn write(&mut self) -> Result<(), PlanError> {
        let Some(first) = self.batches.first() else { return Ok(()) };
        let key = Key::plan_page(self.run, self.attempt, Plan::page_of(first.ordinal));
        let page = PlanPage { batches: std::mem::take(&mut self.batches) };
        self.written += page.batches.len() as u64;
        record::create(&*self.coordinator.store, &key, &page).await?;
        Ok(())
    }

    /// Writes what is left; how many batches there are.
    pub(super) async fn finish(mut self) -> Result<u32, PlanError> {
        let batches = self.next()?;
        self.write().await?;
        Ok(batches)
    }
}
