//! What an agent says of its tasks: archives to join, and archives to deliver.
//!
//! Running twice is harmless: what is recorded already is reported as done.

use std::sync::Arc;

use fabric::queue::{Lane, QueueError};
use fabric::task::{Reader, Stage, Task, Tasks};
use proto::fault::Fault;
use proto::message::{Message, TaskId, TaskResult, TransportTask};
use proto::run::Counts;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use crate::Agent;
use crate::error::AgentError;

/// What an agent does for a transport of a run, by its place in the definition.
#[derive(Debug, Clone, Copy)]
enum Work {
    Assemble(u32),
    Deliver(u32),
}

impl Agent {
    /// Works until told to stop, and sends mails to owners meanwhile. Then takes nothing more, and gives what is under
    /// way its grace.
    pub async fn run(self, stop: CancellationToken) -> Result<(), QueueError> {
        self.sweep_scratch().await;
        let tasks = Tasks {
            queue: Arc::clone(&self.queue),
            board: Arc::clone(&self.board),
            ambient: self.ambient.clone(),
            slots: self.settings.slots,
            grace: self.settings.grace,
        };
        let (agent, ended) = (self.clone(), stop.child_token());
        let serving = async {
            let served = tasks.serve(Transports(self), stop).await;
            ended.cancel();
            served
        };
        let (served, ()) = tokio::join!(serving, Box::pin(agent.mail_owners(&ended)));
        served
    }
}

/// An agent, as a stage.
struct Transports(Agent);

impl Stage for Transports {
    type Work = Work;
    type Error = AgentError;

    const LANES: &'static [(Lane, Reader<Work>)] = &[
        (Lane::Assemblies, |body| task(body, TaskId::Assembly, Work::Assemble)),
        (Lane::Deliveries, |body| task(body, TaskId::Delivery, Work::Deliver)),
    ];
    const SECONDS: &'static str = "longshore_transport_seconds";
    const FAILED: &'static str = "longshore_transports_failed_total";

    fn span(task: &Task<Work>) -> Span {
        let Task { run, attempt, .. } = *task;
        match task.work {
            Work::Assemble(transport) => tracing::info_span!(
                "archive", export.id = %run.export, run = run.run, transport, attempt,
                otel.kind = "consumer", trace_id = tracing::field::Empty,
            ),
            Work::Deliver(transport) => tracing::info_span!(
                "delivery", export.id = %run.export, run = run.run, transport, attempt,
                otel.kind = "consumer", trace_id = tracing::field::Empty,
            ),
        }
    }

    async fn work(&self, task: &Task<Work>) -> Result<TaskResult, AgentError> {
        match task.work {
            Work::Assemble(transport) => {
                self.0.assemble(task.run, transport).await?;
                Ok(TaskResult::Done { counts: Counts::default(), segment: 0 })
            }
            Work::Deliver(transport) => {
                let handover = self.0.deliver(task.run, transport).await?;
                let warnings = handover.unreached.len() as u64;
                let counts = Counts { warnings, ..Counts::default() };
                Ok(TaskResult::Done { counts, segment: 0 })
            }
        }
    }
}

/// Reads a message; what it is about depends on the lane.
fn task(body: &[u8], id: fn(u32) -> TaskId, work: fn(u32) -> Work) -> Result<Task<Work>, Fault> {
    let TransportTask { run, transport, attempt } = TransportTask::decode(body)?;
    Ok(Task { run, id: id(transport), attempt, work: work(transport) })
}
