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
use crate::patience::Patience;

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

/// A try of what it is asked to do, and whether it waits for what does not come.
#[derive(Clone, Copy)]
struct Try {
    work: Work,
    patience: Patience,
    /// Which one it is, from 1.
    attempt: u32,
}

impl Stage for Batches {
    type Work = Try;
    type Error = BatchError;

    const LANES: &'static [(Lane, Reader<Try>)] = &[(Lane::Batches, |body| {
        let BatchTask { run, work, attempt, is_last } = BatchTask::decode(body)?;
        let patience = Patience::at(attempt, is_last);
        Ok(Task { run, id: work.id(), attempt, work: Try { work, patience, attempt } })
    })];
    const SECONDS: &'static str = "longshore_batch_seconds";
    const FAILED: &'static str = "longshore_batches_failed_total";

    fn span(task: &Task<Try>) -> Span {
        tracing::info_span!(
            "batch", export.id = %task.run.export, run = task.run.run, task = %task.id,
            attempt = task.attempt, otel.kind = "consumer", trace_id = tracing::field::Empty,
        )
    }

    async fn work(&self, task: &Task<Try>) -> Result<TaskResult, BatchError> {
        let Try { work, patience, attempt } = task.work;
        let done = match work {
            Work::Batch(ordinal) => self.0.batch(task.run, ordinal, (patience, attempt)).await,
            Work::Compact { first, last } => {
                let _turn = self.0.turn().await;
                self.0.compact(task.run, first, last).await
            }
        };
        if let Err(BatchError::Source(_)) = &done {
            metrics::counter!("longshore_source_errors_total").increment(1);
        }
        done
    }
}
