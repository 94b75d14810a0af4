//! How many tasks that do nothing a fleet's queue and board carry: `cargo bench -p tests [-- COUNT]`.
//!
//! Each is published with the broker's confirm, taken by the stage loop that workers run (lease,
//! manual acknowledgement), marked on the board, reported with another confirm, and its report is
//! taken in and acknowledged. Needs the servers of `tests/setup/servers.sh`. Prints a line of JSON
//! that `tests/bench/measure.py` believes: it begins where the servers are connected.

mod never;

use std::fs;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use fabric::ambient::Ambient;
use fabric::board::{Board, Mark, RedisBoard, RedisConfig};
use fabric::queue::{Lane, Outgoing, Queue, RabbitConfig, RabbitQueue};
use fabric::task::{Reader, Stage, Task, Tasks};
use futures::{StreamExt, TryStreamExt, stream};
use proto::id::{ExportId, RunId};
use proto::message::{BatchTask, Message, Report, TaskResult, Work};
use proto::run::Counts;
use secrecy::SecretString;
use tests::{Namespace, env};
use tokio_util::sync::CancellationToken;
use tracing::Span;

use self::never::Never;

/// Tasks, unless said otherwise.
const TASKS: u32 = 10_000;

/// Tasks done at once. They only wait for servers, as ordinary batches do not.
const SLOTS: u16 = 128;

/// Publishes on their way at once, as many as a coordinator has.
const PUBLISHES: usize = 256;

/// What the tasks do: nothing, and say so on the board.
struct Nothing(Arc<dyn Board>);

impl Stage for Nothing {
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
        let counts = Counts { batches: 1, ..Counts::default() };
        let mark = Mark { ordinal: task.work, counts };
        self.0.mark(task.run, &[mark]).await.expect("the board is up");
        Ok(TaskResult::Done { counts, segment: 0 })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    // Cargo adds an argument of its own.
    let count = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(TASKS);
    let namespace = Namespace::new();
    let name = || namespace.name().to_owned();
    let rabbit = RabbitConfig::at(SecretString::from(namespace.amqp().await?));
    let queue: Arc<dyn Queue> =
        Arc::new(RabbitQueue::connect(RabbitConfig { namespace: name(), ..rabbit }).await?);
    let redis = RedisConfig::at(SecretString::from(env::redis()?));
    let board: Arc<dyn Board> =
        Arc::new(RedisBoard::connect(RedisConfig { namespace: name(), ..redis }).await?);
    let stop = CancellationToken::new();
    let tasks = Tasks {
        queue: Arc::clone(&queue),
        board: Arc::clone(&board),
        ambient: Ambient::system(),
        slots: SLOTS,
        grace: Duration::from_secs(10),
    };
    let stage = tokio::spawn(tasks.serve(Nothing(Arc::clone(&board)), stop.clone()));
    let run = RunId { export: ExportId(uuid::Uuid::now_v7()), run: 1 };
    let (began, busy) = (Instant::now(), cpu_seconds()?);
    let publishing = tokio::spawn(publish(Arc::clone(&queue), run, count));
    take_in(&*queue, count).await?;
    publishing.await??;
    let seconds = began.elapsed().as_secs_f64();
    let measured = serde_json::json!({
        "seconds": seconds,
        "cpu_seconds": cpu_seconds()? - busy,
        "peak_bytes": peak_bytes()?,
        "tasks_per_second": f64::from(count) / seconds,
    });
    writeln!(std::io::stdout(), "{measured}")?;
    stop.cancel();
    stage.await??;
    Ok(())
}

/// Hands all tasks out, each once the broker has confirmed it.
async fn publish(queue: Arc<dyn Queue>, run: RunId, count: u32) -> Result<()> {
    let publishes = stream::iter(0..count).map(|ordinal| {
        let work = Work::Batch(ordinal);
        let body = BatchTask { run, work, attempt: 1, is_last: false }.encode();
        let queue = Arc::clone(&queue);
        async move { queue.publish(Lane::Batches, Outgoing { body, trace: None }).await }
    });
    publishes.buffer_unordered(PUBLISHES).try_collect::<()>().await?;
    Ok(())
}

/// Takes reports in until every task was reported.
async fn take_in(queue: &dyn Queue, count: u32) -> Result<()> {
    let mut reports = queue.consume(Lane::Reports, 512).await?;
    for _ in 0..count {
        let report = reports.next().await.context("the queue was closed")?;
        Report::decode(report.body()).map_err(|fault| anyhow::anyhow!("{fault}"))?;
        report.acknowledge().await?;
    }
    Ok(())
}

/// The processor time of this process so far.
fn cpu_seconds() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').context("no name in /proc/self/stat")?;
    let ticks: Result<Vec<u32>, _> =
        fields.split_whitespace().skip(11).take(2).map(str::parse).collect();
    Ok(f64::from(ticks?.iter().sum::<u32>()) / 100.0)
}

/// The most memory that this process had resident.
fn peak_bytes() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim_end_matches("kB").trim().parse::<u64>()? * 1024)
}
