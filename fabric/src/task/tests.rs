use std::time::{Duration, Instant};

use proto::fault::Code;
use proto::message::{BatchTask, Message, Report, Work};
use proto::run::Counts;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::board::ProcessBoard;
use crate::queue::{Consumer, Outgoing, ProcessQueue, QueueError};

/// How long anything may take that must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Does a batch by its ordinal.
struct Scene {
    began: mpsc::UnboundedSender<u32>,
}

/// The batch that is done at once; those after it end in ways of their own.
const GOOD: u32 = 0;
const BROKEN: u32 = 1;
const PANICKING: u32 = 2;
const ENDLESS: u32 = 3;
/// Gives its thread to nobody else while its lease would end by itself.
const BUSY: u32 = 4;

#[derive(Debug, thiserror::Error)]
#[error("broken")]
struct Broken;

impl Verdict for Broken {
    fn verdict(&self) -> TaskResult {
        TaskResult::Failed(Fault::new(Code::BrokenRecord, self.to_string()))
    }
}

impl Stage for Scene {
    type Work = u32;
    type Error = Broken;

    const LANES: &'static [(Lane, Reader<u32>)] =
        &[(Lane::Batches, read), (Lane::Deliveries, read)];
    const SECONDS: &'static str = "scene_seconds";
    const FAILED: &'static str = "scene_failed_total";

    fn span(task: &Task<u32>) -> Span {
        tracing::info_span!("batch", task = %task.id)
    }

    async fn work(&self, task: &Task<u32>) -> Result<TaskResult, Broken> {
        self.began.send(task.work).unwrap();
        match task.work {
            GOOD => Ok(done()),
            BROKEN => Err(Broken),
            PANICKING => panic!("no record has {} fields", task.work),
            BUSY => {
                std::thread::sleep(lease::LIFETIME * 5 / 4);
                self.began.send(task.work).unwrap();
                std::thread::sleep(lease::LIFETIME / 4);
                std::future::pending().await
            }
            _endless => std::future::pending().await,
        }
    }
}

fn read(body: &[u8]) -> Result<Task<u32>, Fault> {
    let BatchTask { run, work, attempt, .. } = BatchTask::decode(body)?;
    match work {
        Work::Batch(ordinal) => Ok(Task { run, id: work.id(), attempt, work: ordinal }),
        Work::Compact { .. } => Err(Fault::new(Code::InvalidMessage, "not of this scene")),
    }
}

fn done() -> TaskResult {
    TaskResult::Done { counts: Counts::default(), segment: 7 }
}

fn run() -> RunId {
    "0192d3a0-0000-7000-8000-000000000000/3".parse().unwrap()
}

/// A stage at work, seen from outside.
struct Watched {
    queue: Arc<ProcessQueue>,
    board: Arc<ProcessBoard>,
    began: mpsc::UnboundedReceiver<u32>,
    reports: Box<dyn Consumer>,
    stop: CancellationToken,
    serving: JoinHandle<Result<(), QueueError>>,
}

impl Watched {
    async fn start() -> Self {
        Self::over(Arc::new(ProcessQueue::new()), Arc::new(ProcessBoard::new())).await
    }

    async fn over(queue: Arc<ProcessQueue>, board: Arc<ProcessBoard>) -> Self {
        let (scene, began) = mpsc::unbounded_channel();
        let tasks = Tasks {
            queue: Arc::clone(&queue) as Arc<dyn Queue>,
            board: Arc::clone(&board) as Arc<dyn Board>,
            ambient: Ambient::system(),
            slots: 2,
            grace: Duration::ZERO,
        };
        let stop = CancellationToken::new();
        let serving = tokio::spawn(tasks.serve(Scene { began: scene }, stop.clone()));
        let reports = queue.consume(Lane::Reports, 10).await.unwrap();
        Self { queue, board, began, reports, stop, serving }
    }

    async fn publish(&self, lane: Lane, work: Work) {
        let body = BatchTask { run: run(), work, attempt: 1, is_last: false }.encode();
        self.queue.publish(lane, Outgoing { body, trace: None }).await.unwrap();
    }

    async fn begins(&mut self, ordinal: u32) {
        let began = tokio::time::timeout(PATIENCE, self.began.recv()).await.unwrap();
        assert_eq!(began, Some(ordinal));
    }

    async fn report(&mut self) -> Report {
        let report = tokio::time::timeout(PATIENCE, self.reports.next()).await.unwrap().unwrap();
        let read = Report::decode(report.body()).unwrap();
        report.acknowledge().await.unwrap();
        read
    }

    /// Stops the stage, and counts what it left in the queue.
    async fn left(self) -> u64 {
        self.stop.cancel();
        self.serving.await.unwrap().unwrap();
        self.queue.depth(Lane::Batches).await.unwrap()
    }
}

#[tokio::test]
async fn a_task_is_done_reported_and_gone() {
    let mut watched = Watched::start().await;
    watched.publish(Lane::Deliveries, Work::Batch(GOOD)).await;
    let report = watched.report().await;
    let expected = Report { run: run(), task: TaskId::Batch(GOOD), attempt: 1, result: done() };
    assert_eq!(report, expected);
    watched.publish(Lane::Batches, Work::Batch(BROKEN)).await;
    let result = watched.report().await.result;
    assert_eq!(result, Broken.verdict());
    assert_eq!(watched.left().await, 0);
}

#[tokio::test]
async fn a_task_that_panics_is_reported_at_once_and_does_not_come_again() {
    let mut watched = Watched::start().await;
    watched.publish(Lane::Batches, Work::Batch(PANICKING)).await;
    watched.begins(PANICKING).await;
    let TaskResult::Retry(fault) = watched.report().await.result else {
        panic!("another try may help");
    };
    assert_eq!(fault.code, Code::Internal);
    assert!(fault.message.contains("no record has 2 fields"), "{fault}");
    // The stage lives on, and the next task it gets is another one.
    watched.publish(Lane::Batches, Work::Batch(GOOD)).await;
    watched.begins(GOOD).await;
    assert_eq!(watched.report().await.result, done());
    assert_eq!(watched.left().await, 0);
}

#[tokio::test]
async fn a_second_message_for_a_task_under_way_is_done_with() {
    let mut watched = Watched::start().await;
    watched.publish(Lane::Batches, Work::Batch(ENDLESS)).await;
    watched.begins(ENDLESS).await;
    // The endless task has one slot, so that the second message is settled before the third.
    watched.publish(Lane::Batches, Work::Batch(ENDLESS)).await;
    watched.publish(Lane::Batches, Work::Batch(GOOD)).await;
    watched.begins(GOOD).await;
    watched.report().await;
    assert_eq!(watched.left().await, 1, "only the first message comes again");
}

/// A message that came back, for a task whose lease somebody else took for so long.
async fn came_back(ordinal: u32, lease: Duration) -> Watched {
    let (queue, board) = (Arc::new(ProcessQueue::new()), Arc::new(ProcessBoard::new()));
    let name = TaskId::Batch(ordinal).lease(run());
    assert!(board.lease(&name, "somebody", lease).await.unwrap());
    let work = Work::Batch(ordinal);
    let body = BatchTask { run: run(), work, attempt: 1, is_last: false }.encode();
    queue.publish(Lane::Batches, Outgoing { body, trace: None }).await.unwrap();
    let mut theirs = queue.consume(Lane::Batches, 1).await.unwrap();
    drop(theirs.next().await.unwrap());
    drop(theirs);
    Watched::over(queue, board).await
}

#[tokio::test]
async fn a_message_that_came_back_is_done_once_the_lease_of_whoever_died_has_ended() {
    let before = Instant::now();
    let mut watched = came_back(GOOD, lease::LIFETIME).await;
    watched.begins(GOOD).await;
    assert!(before.elapsed() >= lease::LIFETIME, "{:?}", before.elapsed());
    assert_eq!(watched.report().await.result, done());
    assert_eq!(watched.left().await, 0);
}

#[tokio::test]
async fn a_message_that_came_back_is_done_with_while_whoever_had_it_works_on() {
    // Longer than anybody's who has died.
    let mut watched = came_back(BROKEN, PATIENCE).await;
    watched.publish(Lane::Batches, Work::Batch(ENDLESS)).await;
    watched.begins(ENDLESS).await;
    // Both slots are taken, so that this one begins when the message that came back is settled.
    watched.publish(Lane::Batches, Work::Batch(GOOD)).await;
    watched.begins(GOOD).await;
    assert_eq!(watched.report().await.task, TaskId::Batch(GOOD));
    assert_eq!(watched.left().await, 1, "only the endless one comes again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn work_that_gives_its_thread_to_nobody_keeps_its_lease() {
    let mut watched = Watched::start().await;
    watched.publish(Lane::Batches, Work::Batch(BUSY)).await;
    watched.begins(BUSY).await;
    watched.begins(BUSY).await;
    let name = TaskId::Batch(BUSY).lease(run());
    assert!(!watched.board.lease(&name, "somebody", lease::LIFETIME).await.unwrap());
}

#[tokio::test]
async fn a_stopped_run_ends_its_tasks() {
    let mut watched = Watched::start().await;
    // Stopped before, so that the first look at the board sees it.
    watched.board.stop(run()).await.unwrap();
    watched.publish(Lane::Batches, Work::Batch(ENDLESS)).await;
    let TaskResult::Failed(fault) = watched.report().await.result else {
        panic!("a stopped task is not tried again");
    };
    assert_eq!(fault.code, Code::Stopped);
    assert_eq!(watched.left().await, 0);
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside() {
    let mut watched = Watched::start().await;
    watched.publish(Lane::Batches, Work::Compact { first: 0, last: 1 }).await;
    watched.publish(Lane::Batches, Work::Batch(GOOD)).await;
    watched.begins(GOOD).await;
    watched.report().await;
    let queue = Arc::clone(&watched.queue);
    assert_eq!(watched.left().await, 0);
    let parked = queue.parked(10).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].fault.message, "not of this scene");
}
