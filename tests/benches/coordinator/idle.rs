//! Workers and agents that do nothing, and do that as real ones do: each takes its tasks by connections of its own,
//! keeps leases, marks batches on the board, and reports what the broker confirms.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use fabric::ambient::Ambient;
use fabric::board::{Board, Mark, RedisBoard, RedisConfig};
use fabric::queue::{Lane, Queue, QueueError, RabbitConfig, RabbitQueue};
use fabric::task::{Reader, Stage, Task, Tasks};
use proto::fault::Fault;
use proto::message::{BatchTask, Message, TaskId, TaskResult, TransportTask, Work};
use proto::run::Counts;
use secrecy::SecretString;
use tests::{Backends, env, until};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use super::never::Never;

/// Workers.
const WORKERS: usize = 500;

/// Agents.
const AGENTS: usize = 20;

/// Tasks that each of them does at once.
const SLOTS: u16 = 2;

/// How many of them report, and speak to the board, by the same connections.
const SHARING: usize = 25;

/// As the configuration of [`Backends`] has it: queues are declared alike by all.
const DELIVERY_LIMIT: u32 = 100;

/// How long all of them may take to connect.
const DEADLINE: Duration = Duration::from_mins(3);

/// Begins all of them. They end when told to stop.
pub(crate) async fn begin(
    backends: &Backends,
    stop: &CancellationToken,
) -> Result<JoinSet<Result<(), QueueError>>> {
    let mut fleet = JoinSet::new();
    for _ in 0..WORKERS / SHARING {
        let ground = Ground::connect(backends).await?;
        for _ in 0..SHARING {
            let batches = Batches(Arc::clone(&ground.board));
            fleet.spawn(ground.tasks().serve(batches, stop.clone()));
        }
    }
    let ground = Ground::connect(backends).await?;
    for _ in 0..AGENTS {
        fleet.spawn(ground.tasks().serve(Transports, stop.clone()));
    }
    are_connected(backends).await?;
    Ok(fleet)
}

/// Waits until the broker knows all workers.
async fn are_connected(backends: &Backends) -> Result<()> {
    let (management, name) = (env::amqp_management()?, backends.namespace.name());
    let address = format!("{management}/api/queues/{name}/{name}.batches");
    let client = reqwest::Client::new();
    until("workers at the queue", DEADLINE, async || {
        let answer = client.get(&address).send().await?;
        if !answer.status().is_success() {
            return Ok(None);
        }
        let queue: serde_json::Value = answer.json().await?;
        Ok((queue["consumers"].as_u64() >= Some(WORKERS as u64)).then_some(()))
    })
    .await
}

/// What some of them stand on.
struct Ground {
    queue: Arc<dyn Queue>,
    board: Arc<dyn Board>,
}

impl Ground {
    async fn connect(backends: &Backends) -> Result<Self> {
        let namespace = || backends.namespace.name().to_owned();
        let rabbit = RabbitConfig {
            namespace: namespace(),
            delivery_limit: DELIVERY_LIMIT,
            ..RabbitConfig::at(SecretString::from(backends.amqp.clone()))
        };
        let redis = RedisConfig {
            namespace: namespace(),
            ..RedisConfig::at(SecretString::from(backends.redis.clone()))
        };
        Ok(Self {
            queue: Arc::new(RabbitQueue::connect(rabbit).await?),
            board: Arc::new(RedisBoard::connect(redis).await?),
        })
    }

    fn tasks(&self) -> Tasks {
        Tasks {
            queue: Arc::clone(&self.queue),
            board: Arc::clone(&self.board),
            ambient: Ambient::system(),
            slots: SLOTS,
            grace: Duration::from_secs(10),
        }
    }
}

/// A worker.
struct Batches(Arc<dyn Board>);

impl Stage for Batches {
    type Work = u32;
    type Error = Never;

    const LANES: &'static [(Lane, Reader<u32>)] = &[(Lane::Batches, |body| {
        let BatchTask { run, work, attempt, .. } = BatchTask::decode(body)?;
        let (Work::Batch(ordinal) | Work::Compact { first: ordinal, .. }) = work;
        Ok(Task { run, id: work.id(), attempt, work: ordinal })
    })];
    const SECONDS: &'static str = "bench_task_seconds";
    const FAILED: &'static str = "bench_tasks_failed_total";

    fn span(_task: &Task<u32>) -> Span {
        Span::none()
    }

    async fn work(&self, task: &Task<u32>) -> Result<TaskResult, Never> {
        let counts = Counts { batches: 1, records: 1, ..Counts::default() };
        let mark = Mark { ordinal: task.work, counts };
        // As with a real worker: what the board does not show is no failure.
        drop(self.0.mark(task.run, &[mark]).await);
        Ok(TaskResult::Done { counts, segment: 0 })
    }
}

/// An agent.
struct Transports;

impl Stage for Transports {
    type Work = ();
    type Error = Never;

    const LANES: &'static [(Lane, Reader<()>)] = &[
        (Lane::Assemblies, |body| transport(body, TaskId::Assembly)),
        (Lane::Deliveries, |body| transport(body, TaskId::Delivery)),
    ];
    const SECONDS: &'static str = "bench_task_seconds";
    const FAILED: &'static str = "bench_tasks_failed_total";

    fn span(_task: &Task<()>) -> Span {
        Span::none()
    }

    async fn work(&self, _task: &Task<()>) -> Result<TaskResult, Never> {
        Ok(TaskResult::Done { counts: Counts::default(), segment: 0 })
    }
}

fn transport(body: &[u8], id: fn(u32) -> TaskId) -> Result<Task<()>, Fault> {
    let TransportTask { run, transport, attempt } = TransportTask::decode(body)?;
    Ok(Task { run, id: id(transport), attempt, work: () })
}
