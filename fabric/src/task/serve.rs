//! Taking tasks: as many at once as there are slots, each settled only when its end is reported.
//!
//! Cancel safety: the arms of `select!` are queues' `next` and a join set's `join_next`, which lose
//! nothing when dropped.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use futures::future::select_all;
use proto::fault::{Code, Fault};
use proto::message::{Message, Report, TaskResult};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::lease::Lease;
use super::{Reader, Stage, Task, Tasks, Verdict};
use crate::queue::{Consumer, Delivery, Lane, Outgoing, QueueError};

/// Longest part of a panic's message that is told, in characters.
const PANIC_CHARS: usize = 300;

impl Tasks {
    /// Does tasks until told to stop. Then takes nothing more, and gives what is under way its grace.
    pub async fn serve<S: Stage>(
        self,
        stage: S,
        stop: CancellationToken,
    ) -> Result<(), QueueError> {
        let slots = self.slots.max(1);
        let mut lanes = Vec::new();
        for lane in S::LANES {
            lanes.push((self.queue.consume(lane.0, slots).await?, *lane));
        }
        let most = usize::from(slots) * lanes.len();
        let (tasks, stage) = (Arc::new(self), Arc::new(stage));
        let mut under_way = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(ended) = under_way.join_next(), if !under_way.is_empty() => {
                    if let Err(error) = ended {
                        tracing::error!(error = &error as &dyn std::error::Error, "task lost");
                    }
                }
                (delivery, lane) = next(&mut lanes), if under_way.len() < most => {
                    let Some(delivery) = delivery else { return Err(QueueError::Closed) };
                    let (tasks, stage) = (Arc::clone(&tasks), Arc::clone(&stage));
                    under_way.spawn(async move { tasks.handle(&*stage, delivery, lane).await });
                }
            }
        }
        drop(lanes);
        let drained = async { while under_way.join_next().await.is_some() {} };
        if tokio::time::timeout(tasks.grace, drained).await.is_err() {
            tracing::warn!("grace is over, unfinished tasks go back to the queue");
        }
        Ok(())
    }

    /// Does one task and settles its message.
    async fn handle<S: Stage>(
        &self,
        stage: &S,
        delivery: Box<dyn Delivery>,
        (lane, read): ReadLane<S::Work>,
    ) {
        let task = match read(delivery.body()) {
            Ok(task) => task,
            Err(fault) => {
                tracing::error!(%fault, "task parked");
                if let Err(error) = delivery.park(&fault).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "task not parked");
                }
                return;
            }
        };
        let span = S::span(&task);
        crate::trace::continue_from(&span, delivery.trace());
        crate::trace::describe(&span, "messaging.operation.type", "process");
        crate::trace::describe(&span, "messaging.operation.name", "process");
        crate::trace::describe(&span, "messaging.destination.name", lane.as_str());
        crate::trace::tell(&span);
        let settled = self.settle(stage, delivery, &task, lane).instrument(span.clone()).await;
        if let Err(error) = settled {
            let error = &error as &dyn std::error::Error;
            tracing::debug!(parent: &span, error, "task not settled");
        }
    }

    async fn settle<S: Stage>(
        &self,
        stage: &S,
        delivery: Box<dyn Delivery>,
        task: &Task<S::Work>,
        lane: Lane,
    ) -> Result<(), QueueError> {
        let holder = self.ambient.id().simple().to_string();
        let lease = Lease::of(Arc::clone(&self.board), task.run, task.id, holder);
        // A coordinator that takes over hands out again what it has not heard of. A message that was
        // delivered before may bring back a task whose holder has just died, whose lease then ends
        // soon; or the holder has only lost its connection, and works on. Should that one die too, the
        // lead finds the task lost and hands it out again.
        if lease.is_anothers().await && (!delivery.redelivered() || lease.stays_anothers().await) {
            tracing::debug!("another is at it");
            metrics::counter!("longshore_tasks_passed_over_total").increment(1);
            return delivery.acknowledge().await;
        }
        tracing::debug!("task begun");
        let began = Instant::now();
        let result = outcome(stage, task, &lease).await;
        metrics::histogram!(S::SECONDS, "lane" => lane.as_str())
            .record(began.elapsed().as_secs_f64());
        let report = Report { run: task.run, task: task.id, attempt: task.attempt, result };
        let message = Outgoing { body: report.encode(), trace: crate::trace::current() };
        // Not reported is not settled: whoever gets it next finds what is recorded and says so.
        match self.queue.publish(Lane::Reports, message).await {
            Ok(()) => delivery.acknowledge().await,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "task not reported");
                delivery.give_back().await
            }
        }
    }
}

/// A lane, and how its tasks are read.
type ReadLane<W> = (Lane, Reader<W>);

/// The next message of any lane. Dropping it loses nothing.
async fn next<W>(
    lanes: &mut [(Box<dyn Consumer>, ReadLane<W>)],
) -> (Option<Box<dyn Delivery>>, ReadLane<W>) {
    let waiting = lanes.iter_mut().map(|(consumer, lane)| {
        let lane = *lane;
        consumer.next().map(move |delivery| (delivery, lane))
    });
    select_all(waiting).await.0
}

/// Does the work under its lease, and says how it went.
async fn outcome<S: Stage>(stage: &S, task: &Task<S::Work>, lease: &Lease) -> TaskResult {
    // What a panic leaves behind half done is this try's alone, as with a process that was killed.
    let work = AssertUnwindSafe(stage.work(task)).catch_unwind();
    // A task of its own, so that work that holds its thread for long does not lose the lease.
    let (mut keeper, kept) = (JoinSet::new(), lease.clone());
    keeper.spawn(async move { kept.keep_until_stopped().await });
    // What was spawned last waits for this very thread, and no other takes it: it gets its first turn now.
    tokio::task::yield_now().await;
    let ended = tokio::select! {
        ended = work => Some(ended),
        Some(Ok(())) = keeper.join_next() => None,
    };
    // Whoever keeps it must not take it again once it is released.
    keeper.shutdown().await;
    lease.release().await;
    let failed = match ended {
        Some(Ok(Ok(done))) => {
            tracing::debug!("task done");
            return done;
        }
        Some(Ok(Err(error))) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "task failed");
            error.verdict()
        }
        Some(Err(panic)) => {
            // What it says may quote a record; it is on standard error already.
            tracing::error!("task panicked");
            TaskResult::Retry(of_panic(&*panic))
        }
        None => {
            tracing::warn!("task stopped");
            TaskResult::Failed(Fault::new(Code::Stopped, "the run was stopped"))
        }
    };
    metrics::counter!(S::FAILED).increment(1);
    failed
}

/// What a person is told of a panic. Another try may help, where memory ran out say; where it does
/// not, the run ends after the usual number of tries.
fn of_panic(panic: &(dyn Any + Send)) -> Fault {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said =
        said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it did not say why");
    let said: String = said.chars().take(PANIC_CHARS).collect();
    Fault::new(Code::Internal, format!("a mistake of the program: {said}"))
        .hint("the log has the place; tell the maintainers, and retry the run once it is mended")
}
