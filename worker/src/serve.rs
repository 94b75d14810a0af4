//! Taking tasks: as many at once as there are slots, each settled only when its end is reported.
//!
//! Running twice is harmless: a batch that is committed already is reported as done without being
//! read again. Cancel safety: the arms of `select!` are a queue's `next` and a join set's
//! `join_next`, which lose nothing when dropped.

use std::time::{Duration, Instant};

use fabric::queue::{Delivery, Lane, Outgoing, QueueError};
use proto::id::RunId;
use proto::message::{BatchTask, Message, Report, TaskId, TaskResult, Work};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::Worker;
use crate::error::BatchError;

/// How long a lease outlives the last sign of life of its worker.
const LEASE: Duration = Duration::from_secs(10);

impl Worker {
    /// Works until told to stop. Then takes nothing more, and gives what is under way its grace.
    pub async fn run(self, stop: CancellationToken) -> Result<(), QueueError> {
        let slots = self.settings.slots.max(1);
        let mut tasks = self.queue.consume(Lane::Batches, slots).await?;
        let mut under_way = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(_) = under_way.join_next(), if !under_way.is_empty() => {}
                delivery = tasks.next(), if under_way.len() < usize::from(slots) => {
                    let Some(delivery) = delivery else { return Err(QueueError::Closed) };
                    let worker = self.clone();
                    under_way.spawn(async move { worker.handle(delivery).await });
                }
            }
        }
        drop(tasks);
        let drained = async { while under_way.join_next().await.is_some() {} };
        if tokio::time::timeout(self.settings.grace, drained).await.is_err() {
            tracing::warn!("grace is over, unfinished batches go back to the queue");
        }
        Ok(())
    }

    /// Does one task and settles its message.
    async fn handle(&self, delivery: Box<dyn Delivery>) {
        let task = match BatchTask::decode(delivery.body()) {
            Ok(task) => task,
            Err(fault) => {
                tracing::error!(%fault, "task parked");
                if let Err(error) = delivery.park(&fault).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "task not parked");
                }
                return;
            }
        };
        let BatchTask { run, work, attempt } = task;
        let span = tracing::info_span!(
            "batch", export.id = %run.export, run = run.run, task = %work.id(), attempt,
            otel.kind = "consumer",
        );
        fabric::trace::continue_from(&span, delivery.trace());
        if !delivery.redelivered() && self.is_under_way(run, work.id()).await {
            tracing::debug!(parent: &span, "another worker is at it");
            if let Err(error) = delivery.acknowledge().await {
                tracing::debug!(error = &error as &dyn std::error::Error, "task not settled");
            }
            return;
        }
        async {
            let began = Instant::now();
            let result = self.settle(run, work).await;
            metrics::histogram!("longshore_batch_seconds").record(began.elapsed().as_secs_f64());
            let report = Report { run, task: work.id(), attempt, result };
            let message = Outgoing { body: report.encode(), trace: fabric::trace::current() };
            // Not reported is not settled: whoever gets it next finds the commit and says so.
            let settled = match self.queue.publish(Lane::Reports, message).await {
                Ok(()) => delivery.acknowledge().await,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "batch not reported");
                    delivery.give_back().await
                }
            };
            if let Err(error) = settled {
                tracing::debug!(error = &error as &dyn std::error::Error, "task not settled");
            }
        }
        .instrument(span)
        .await;
    }

    /// Whether another worker has the task, so that this is a second message for it: a coordinator
    /// that takes over hands out again what it has not heard of. The first message brings the task
    /// back should that worker die; one that was delivered before is therefore never taken for a
    /// second.
    async fn is_under_way(&self, run: RunId, task: TaskId) -> bool {
        let (name, me) = (task.lease(run), self.ambient.id().simple().to_string());
        if !matches!(self.board.lease(&name, &me, LEASE).await, Ok(false)) {
            if let Err(error) = self.board.release(&name, &me).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "lease not released");
            }
            return false;
        }
        true
    }

    /// Does the work and says how it went.
    async fn settle(&self, run: RunId, work: Work) -> TaskResult {
        let done = async {
            match work {
                Work::Batch(ordinal) => self.batch(run, ordinal).await,
                Work::Compact { first, last } => self.compact(run, first, last).await,
            }
        };
        let me = self.ambient.id().simple().to_string();
        let outcome = tokio::select! {
            outcome = done => outcome,
            () = self.keep_alive(run, work.id(), &me) => Err(BatchError::Stopped),
        };
        if let Err(error) = self.board.release(&work.id().lease(run), &me).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "lease not released");
        }
        match outcome {
            Ok(done) => {
                tracing::debug!("batch done");
                done
            }
            Err(error) => {
                metrics::counter!("longshore_batches_failed_total").increment(1);
                tracing::warn!(error = &error as &dyn std::error::Error, "batch failed");
                error.verdict()
            }
        }
    }

    /// Keeps the task's lease and ends when the run is to be stopped. Without a board nothing is
    /// seen and nothing is stopped early.
    async fn keep_alive(&self, run: RunId, task: TaskId, me: &str) {
        let name = task.lease(run);
        let mut beats = tokio::time::interval(LEASE / 4);
        loop {
            beats.tick().await;
            if let Err(error) = self.board.lease(&name, me, LEASE).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "lease not kept");
            }
            if matches!(self.board.is_stopped(run).await, Ok(true)) {
                return;
            }
        }
    }
}
