//! The lease that whoever does a task keeps on the board. It only saves work: nobody takes the task
//! for lost, and a second message for it is not done beside the first. Without a board nothing is
//! seen, and everything is done all the same.

use std::sync::Arc;
use std::time::Duration;

use proto::id::RunId;
use proto::message::TaskId;

use crate::board::Board;

/// How long a lease outlives the last sign of life of its holder.
const LIFETIME: Duration = Duration::from_secs(10);

/// One task's lease, for one holder.
pub(super) struct Lease {
    board: Arc<dyn Board>,
    run: RunId,
    name: String,
    holder: String,
}

impl Lease {
    /// The lease of a task; it is not taken yet.
    pub(super) fn of(board: Arc<dyn Board>, run: RunId, task: TaskId, holder: String) -> Self {
        Self { board, run, name: task.lease(run), holder }
    }

    /// Takes the lease where it is free. Whether somebody else is known to have it.
    pub(super) async fn is_anothers(&self) -> bool {
        matches!(self.board.lease(&self.name, &self.holder, LIFETIME).await, Ok(false))
    }

    /// Keeps the lease that was just taken; ends when the run is to be stopped.
    pub(super) async fn keep_until_stopped(&self) {
        while !matches!(self.board.is_stopped(self.run).await, Ok(true)) {
            tokio::time::sleep(LIFETIME / 4).await;
            if let Err(error) = self.board.lease(&self.name, &self.holder, LIFETIME).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "lease not kept");
            }
        }
    }

    /// Gives the lease back.
    pub(super) async fn release(&self) {
        if let Err(error) = self.board.release(&self.name, &self.holder).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "lease not released");
        }
    }
}
