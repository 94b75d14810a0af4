//! What an owner can do with an export: look at it, change, start, stop, retry, delete it.
//!
//! Each call changes the store first and then tells whoever leads; a leader that misses the word
//! finds the change by itself.

mod view;
mod begin;
mod retry;
mod update;
mod lifetime;
mod deletion;

use fabric::queue::{Lane, Outgoing};
use fabric::record;
use fabric::store::{StoreError, Tag};
use proto::fault::{Code, Fault};
use proto::id::{ExportId, Owner, RunId};
use proto::key::Key;
use proto::message::{Message, Report, TaskId, TaskResult};
use proto::run::{Counts, Extent, Head};

pub(crate) use self::view::{Export, RunView, TransportView, no_export};
use crate::Coordinator;
use crate::accept::told;

impl Coordinator {
    /// Starts a run. One run at a time: while one is under way it is `conflict`.
    pub async fn start(
        &self,
        owner: &Owner,
        export: ExportId,
        extent: Extent,
    ) -> Result<RunId, Fault> {
        let (head, tag) = self.head_to_change(owner, export).await?;
        if self.is_under_way(&head).await.map_err(told)? {
            return Err(Fault::new(Code::Conflict, format!("run {} has not ended", head.run))
                .hint("stop it first, or wait"));
        }
        self.begin(head, &tag, None, extent).await.map_err(changed_meanwhile)
    }

    /// The head of an export that is the owner's, with the tag by which it is replaced.
    async fn head_to_change(&self, owner: &Owner, export: ExportId) -> Result<(Head, Tag), Fault> {
        let key = Key::head(export);
        let (bytes, tag) = self.store.get(&key).await.map_err(missing_export)?;
        let head: Head = record::decode(&key, &bytes).map_err(told)?;
        if head.owner == *owner { Ok((head, tag)) } else { Err(no_export()) }
    }

    /// Stops the run under way: nothing more is handed out, nothing is delivered.
    pub async fn stop(&self, owner: &Owner, export: ExportId) -> Result<(), Fault> {
        let head = self.head(owner, export).await?;
        let run = RunId { export, run: head.run };
        if !self.is_under_way(&head).await.map_err(told)? {
            return Err(Fault::new(Code::Conflict, "no run is under way"));
        }
        record::create(&*self.store, &Key::stop(run), &self.ambient.now()).await.map_err(told)?;
        // Workers look at the board before each page, to stop within a page instead of a batch.
        if let Err(error) = self.board.stop(run).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "board not updated");
        }
        self.nudge(run).await;
        Ok(())
    }

    /// Tells whoever leads to look at a run. A lost word costs a few seconds, no more.
    pub(crate) async fn nudge(&self, run: RunId) {
        let result = TaskResult::Done { counts: Counts::default(), segment: 0 };
        let report = Report { run, task: TaskId::Run, attempt: 0, result };
        let message = Outgoing { body: report.encode(), trace: None };
        if let Err(error) = self.queue.publish(Lane::Reports, message).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "leader not told");
        }
    }
}

fn changed_meanwhile(error: StoreError) -> Fault {
    // What is gone was there a moment ago.
    if matches!(error, StoreError::Changed { .. } | StoreError::Missing { .. }) {
        return Fault::new(Code::Conflict, "the export was changed at the same moment")
            .hint("look at it and try again");
    }
    told(error)
}

fn missing_export(error: StoreError) -> Fault {
    if error.is_missing() { no_export() } else { told(error) }
}
