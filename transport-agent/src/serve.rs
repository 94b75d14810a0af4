//! Taking tasks: archives to join and archives to deliver, each settled only when its end is
//! reported.
//!
//! Running twice is harmless: what is recorded already is reported as done. Cancel safety: the arms
//! of `select!` are a queue's `next` and a join set's `join_next`, which lose nothing when dropped.

use std::time::{Duration, Instant};

use fabric::queue::{Delivery, Lane, Outgoing, QueueError};
use proto::id::RunId;
use proto::message::{Message, Report, TaskId, TaskResult, TransportTask};
use proto::run::Counts;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::Agent;
use crate::error::AgentError;

/// How long a lease outlives the last sign of life of its agent.
const LEASE: Duration = Duration::from_secs(10);

impl Agent {
    /// Works until told to stop. Then takes nothing more, and gives what is under way its grace.
    pub async fn run(self, stop: CancellationToken) -> Result<(), QueueError> {
        let slots = self.settings.slots.max(1);
        let mut assemblies = self.queue.consume(Lane::Assemblies, slots).await?;
        let mut deliveries = self.queue.consume(Lane::Deliveries, slots).await?;
        let mut under_way = JoinSet::new();
        loop {
            let has_room = under_way.len() < usize::from(slots) * 2;
            let (delivery, task): (_, fn(u32) -> TaskId) = tokio::select! {
                () = stop.cancelled() => break,
                Some(_) = under_way.join_next(), if !under_way.is_empty() => continue,
                delivery = assemblies.next(), if has_room => (delivery, TaskId::Assembly),
                delivery = deliveries.next(), if has_room => (delivery, TaskId::Delivery),
            };
            let Some(delivery) = delivery else { return Err(QueueError::Closed) };
            let agent = self.clone();
            under_way.spawn(async move { agent.handle(delivery, task).await });
        }
        drop((assemblies, deliveries));
        let drained = async { while under_way.join_next().await.is_some() {} };
        if tokio::time::timeout(self.settings.grace, drained).await.is_err() {
            tracing::warn!("grace is over, unfinished tasks go back to the queue");
        }
        Ok(())
    }

    /// Does one task and settles its message.
    async fn handle(&self, delivery: Box<dyn Delivery>, task: fn(u32) -> TaskId) {
        let TransportTask { run, transport, attempt } = match TransportTask::decode(delivery.body())
        {
            Ok(task) => task,
            Err(fault) => {
                tracing::error!(%fault, "task parked");
                if let Err(error) = delivery.park(&fault).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "task not parked");
                }
                return;
            }
        };
        let task = task(transport);
        let span = match task {
            TaskId::Delivery(_) => tracing::info_span!(
                "delivery", export.id = %run.export, run = run.run, transport, attempt, otel.kind = "consumer"
            ),
            TaskId::Run | TaskId::Batch(_) | TaskId::Compaction(_) | TaskId::Assembly(_) => {
                tracing::info_span!(
                    "archive", export.id = %run.export, run = run.run, transport, attempt, otel.kind = "consumer"
                )
            }
        };
        fabric::trace::continue_from(&span, delivery.trace());
        async {
            let began = Instant::now();
            let result = self.settle(run, task).await;
            metrics::histogram!("longshore_transport_seconds")
                .record(began.elapsed().as_secs_f64());
            let report = Report { run, task, attempt, result };
            let message = Outgoing { body: report.encode(), trace: fabric::trace::current() };
            // Not reported is not settled: whoever gets it next finds the record and says so.
            let settled = match self.queue.publish(Lane::Reports, message).await {
                Ok(()) => delivery.acknowledge().await,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "task not reported");
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

    async fn settle(&self, run: RunId, task: TaskId) -> TaskResult {
        let work = async {
            match task {
                TaskId::Assembly(transport) => self.assemble(run, transport).await,
                TaskId::Delivery(transport) => self.deliver(run, transport).await,
                TaskId::Run | TaskId::Batch(_) | TaskId::Compaction(_) => Ok(()),
            }
        };
        let me = self.ambient.id().simple().to_string();
        let outcome = tokio::select! {
            outcome = work => outcome,
            () = self.keep_alive(run, task, &me) => Err(AgentError::Stopped),
        };
        if let Err(error) = self.board.release(&task.lease(run), &me).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "lease not released");
        }
        match outcome {
            Ok(()) => TaskResult::Done { counts: Counts::default(), segment: 0 },
            Err(error) => {
                metrics::counter!("longshore_transports_failed_total").increment(1);
                tracing::warn!(error = &error as &dyn std::error::Error, "task failed");
                error.verdict()
            }
        }
    }

    /// Keeps the task's lease and ends when the run is to be stopped.
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
