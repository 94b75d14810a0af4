//! Noting what happens to transports: in memory, on the board, and in the store where it must outlive
//! both.

use fabric::record;
use fabric::store::StoreError;
use proto::delivery::{Delivery, Step};
use proto::event::Happening;
use proto::fault::Fault;
use proto::id::RunId;
use proto::key::Key;
use proto::message::TaskId;
use proto::run::{Head, Outcome, State};

use super::Lead;
use crate::Coordinator;
use crate::accept::told;
use crate::delivery::{Kept, has_failed};
use crate::run::Change;

impl Lead<'_> {
    /// Notes what a report changed about a transport; other tasks leave no trace here.
    pub(super) async fn note_change(
        &mut self,
        id: RunId,
        task: TaskId,
        attempt: u32,
        change: &Change,
    ) {
        let transport = match task {
            TaskId::Assembly(transport) | TaskId::Delivery(transport) => transport,
            TaskId::Run | TaskId::Batch(_) | TaskId::Compaction(_) => return,
        };
        let (step, told) = match change {
            Change::Nothing => return,
            Change::Finished(TaskId::Delivery(_)) => {
                (Step::Delivered, Some(Happening::Delivered { transport }))
            }
            Change::Finished(_) => (Step::Assembled, Some(Happening::Assembled { transport })),
            Change::Retrying(fault) => (Step::Retrying { fault: fault.clone() }, None),
            Change::Failed(fault) => (
                Step::Failed { fault: fault.clone() },
                Some(Happening::TransportFailed { transport, fault: fault.clone() }),
            ),
        };
        self.note(id, transport, attempt, step).await;
        if let Some(told) = told {
            self.coordinator.tell(id, told).await;
        }
    }

    /// Notes that a task of a transport was handed out.
    pub(super) async fn note_handed_out(&mut self, id: RunId, task: TaskId, attempt: u32) {
        match task {
            TaskId::Assembly(transport) => {
                self.note(id, transport, attempt, Step::Assembling).await;
            }
            TaskId::Delivery(transport) => {
                self.note(id, transport, attempt, Step::Delivering).await;
            }
            TaskId::Run | TaskId::Batch(_) | TaskId::Compaction(_) => {}
        }
    }

    async fn note(&mut self, id: RunId, transport: u32, attempt: u32, step: Step) {
        let now = self.coordinator.ambient.now();
        let Some(active) = self.runs.get_mut(&id) else { return };
        let Some(kept) = active.kept.get_mut(transport as usize) else { return };
        // What is on its way and goes well need not outlive the board; it is seen again.
        let is_kept = match &step {
            Step::Assembling | Step::Assembled | Step::Delivering => false,
            Step::Retrying { .. } | Step::Delivered | Step::Failed { .. } | Step::Resumed => true,
        };
        let delivery = &mut kept.delivery;
        delivery.note(now, attempt, step);
        if delivery.state == State::Done
            && active.run.as_ref().is_some_and(|run| run.has_warnings(transport))
        {
            delivery.state = State::DoneWithWarnings;
        }
        let delivery = delivery.clone();
        self.show_delivery(id, transport, &delivery).await;
        if is_kept
            && let Err(error) = self.coordinator.keep_delivery(id, transport, &delivery).await
        {
            // A leader after this one tries it again, and a receipt keeps it from arriving twice.
            tracing::warn!(export.id = %id.export, transport, error = &error as &dyn std::error::Error, "delivery not recorded");
        }
    }

    /// Shows the transports of a run that is in memory.
    pub(super) async fn show_deliveries(&self, id: RunId) {
        let Some(active) = self.runs.get(&id) else { return };
        for (transport, kept) in (0..).zip(&active.kept) {
            if kept.delivery != Delivery::default() {
                self.show_delivery(id, transport, &kept.delivery).await;
            }
        }
    }

    async fn show_delivery(&self, id: RunId, transport: u32, delivery: &Delivery) {
        if let Err(error) = self.coordinator.board.show_delivery(id, transport, delivery).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "board not updated");
        }
    }

    /// Takes up the transports of a run in memory that failed, or wait for their next try, and that
    /// their owner wants tried now; whether there are any.
    pub(super) async fn resume_transports(&mut self, id: RunId) -> bool {
        let Some(active) = self.runs.get(&id) else { return false };
        let Some(run) = &active.run else { return false };
        if run.failed_transports().is_empty() && run.next_due().is_none() {
            return false;
        }
        let transports = u32::try_from(active.kept.len()).unwrap_or(u32::MAX);
        let kept = match self.coordinator.kept_deliveries(id, transports).await {
            Ok(kept) => kept,
            Err(error) => {
                tracing::warn!(run = %id, error = &error as &dyn std::error::Error, "transports not read");
                return false;
            }
        };
        let Some(active) = self.runs.get_mut(&id) else { return false };
        let Some(run) = &mut active.run else { return false };
        let mut any = false;
        for (transport, now) in (0..transports).zip(kept) {
            if !was_resumed(&now) || !(run.resume(transport) || run.hurry(transport)) {
                continue;
            }
            active.kept[transport as usize] = now;
            any = true;
        }
        if any {
            self.lanes.add(&active.head.owner, id);
            self.show_deliveries(id).await;
        }
        any
    }
}

impl Coordinator {
    /// Takes up a run again whose end is written, where its owner had one of the transports tried again that had
    /// failed, and whether it did: whoever asked a moment before could not see that it ends, and was told that it
    /// will be. Whoever wrote the end may have died since.
    pub(super) async fn goes_on(&self, id: RunId, outcome: &Outcome) -> Result<bool, Fault> {
        if outcome.state != State::Failed {
            return Ok(false);
        }
        // Of those that the end does not name, none failed after the last word about it.
        let failed: Vec<u32> = outcome.faults.iter().filter_map(|fault| fault.transport).collect();
        let Some(last) = failed.iter().max() else { return Ok(false) };
        let kept = match self.kept_deliveries(id, last + 1).await {
            Ok(kept) => kept,
            // It says nothing later either. Nobody was promised anything by it.
            Err(error @ StoreError::Damaged { .. }) => {
                tracing::warn!(run = %id, error = &error as &dyn std::error::Error, "transports not read");
                return Ok(false);
            }
            Err(error) => return Err(told(error)),
        };
        if !failed.iter().any(|transport| was_resumed(&kept[*transport as usize])) {
            return Ok(false);
        }
        let head: Option<Head> =
            record::find(&*self.store, &Key::head(id.export)).await.map_err(told)?;
        // A later run may have begun since, or the export be gone: then nobody waits for this one.
        let Some(head) = head.filter(|head| head.run == id.run) else { return Ok(false) };
        self.open_again(&head, id).await?;
        Ok(true)
    }
}

/// Whether the owner said so after the failure, or the last try, was written.
fn was_resumed(kept: &Kept) -> bool {
    !has_failed(&kept.delivery)
        && kept.delivery.log.last().is_some_and(|entry| entry.step == Step::Resumed)
}
