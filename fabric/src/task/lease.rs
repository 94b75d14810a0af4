//! The lease that whoever does a task keeps on the board. It only saves work: nobody takes the task
//! for lost, and no other message for it is done beside the first. Without a board nothing is seen,
//! and everything is done all the same.

use std::sync::Arc;
use std::time::Duration;

use proto::id::RunId;
use proto::message::TaskId;

use crate::board::Board;

/// How long a lease outlives the last sign of life of its holder: for so long a task waits whose holder
/// was killed.
pub(super) const LIFETIME: Duration = Duration::from_secs(4);

/// How often a lease is kept in its lifetime, and somebody else's is looked at. Often, for the lead takes
/// a task whose lease ends for lost.
const LOOKS: u32 = 4;

/// One task's lease, for one holder.
#[derive(Clone)]
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

    /// Waits for somebody else's lease to end, and takes it then. Whether it never does, for its holder
    /// lives: a lease that nobody renews ends within its lifetime.
    pub(super) async fn stays_anothers(&self) -> bool {
        // One look more than fit into it.
        for _ in 0..=LOOKS {
            tokio::time::sleep(LIFETIME / LOOKS).await;
            if !self.is_anothers().await {
                return false;
            }
        }
        true
    }

    /// Keeps the lease that was just taken; ends when the run is to be stopped.
    pub(super) async fn keep_until_stopped(&self) {
        while !matches!(self.board.is_stopped(self.run).await, Ok(true)) {
            tokio::time::sleep(LIFETIME / LOOKS).await;
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
