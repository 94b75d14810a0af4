//! What a worker says of its tasks: batches, and small segments to pack together.
//!
//! Running twice is harmless: a batch that is committed already is reported as done without being
//! read again.

use std::sync::Arc;

use fabric::queue::{Lane, QueueError};
use fabric::task::{Reader, Stage, Task, Tasks};
use proto::message::{BatchTask, Message, TaskResult, Work};
use tokio_util::sync::CancellationToken;
use tracing::Span;

use crate::Worker;
use crate::error::BatchError;

impl Worker {
    /// Works until told to stop. Then takes nothing more, and gives what is under way its grace.
    pub async fn run(self, stop: CancellationToken) -> Result<(), QueueError> {
        let tasks = Tasks {
            queue: Arc::clone(&self.queue),
            board: Arc::clone(&self.board),
            ambient: self.ambient.clone(),
            // While one is flushed to the store, which takes as long as a small batch takes to be made,
            // the next one is made.
            slots: self.settings.slots.max(1).saturating_add(1),
            grace: self.settings.grace,
        };
        tasks.serve(Batches(self), stop).await
    }
}

/// A worker, as a stage.
struct Batches(Worker);

impl Stage for Batches {
    type Work = Work;
    type Error = BatchError;

    const LANES: &'static [(Lane, Reader<Work>)] = &[(Lane::Batches, |body| {
        let BatchTask { run, work, attempt } = BatchTask::decode(body)?;
        Ok(Task { run, id: work.id(), attempt, work })
    })];
    const SECONDS: &'static str = "longshore_batch_seconds";
    const FAILED: &'static str = "longshore_batches_failed_total";

    fn span(task: &Task<Work>) -> Span {
        tracing::info_span!(
            "batch", export.id = %task.run.export, run = task.run.run, task = %task.id,
            attempt = task.attempt, otel.kind = "consumer",
        )
    }

    async fn work(&self, task: &Task<Work>) -> Result<TaskResult, BatchError> {
        match task.work {
            Work::Batch(ordinal) => self.0.batch(task.run, ordinal, task.attempt).await,
            Work::Compact { first, last } => {
                let _turn = self.0.turn().await;
                self.0.compact(task.run, first, last).await
            }
        }
    }
}
