//! Tasks: what a stage takes from the queue, does, and reports.
//!
//! A stage says which lanes it takes from, what their messages mean and how the work is done; taking,
//! leases, reports and settling are here and the same for all. A message is acknowledged only when
//! the task's end is reported, so that a stage may die at any moment: its tasks come again. They may
//! run twice, also at once; that this is harmless is for each stage to see to.

mod serve;
mod lease;

use std::sync::Arc;
use std::time::Duration;

use proto::fault::Fault;
use proto::id::RunId;
use proto::message::{TaskId, TaskResult};
use tracing::Span;

use crate::ambient::Ambient;
use crate::board::Board;
use crate::queue::{Lane, Queue};

/// How long whoever works on a task may go unseen on a board that answers: leases are kept each second,
/// a call may take 2 s, and a server that missed a deadline is asked nothing for 5 s.
pub const UNSEEN: Duration = Duration::from_secs(8);

/// A task, as a message brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task<W> {
    /// The run.
    pub run: RunId,
    /// Which task of the run; it names the lease and the report.
    pub id: TaskId,
    /// Which try, from 1.
    pub attempt: u32,
    /// What there is to do.
    pub work: W,
}

/// How a lane's messages are read; one that cannot be read is parked with the fault.
pub type Reader<W> = fn(&[u8]) -> Result<Task<W>, Fault>;

/// Something that does tasks.
pub trait Stage: Send + Sync + 'static {
    /// What there is to do.
    type Work: Send + Sync + 'static;

    /// Why it was not done.
    type Error: Verdict;

    /// The lanes to take from, at once and independently, and how their messages are read.
    const LANES: &'static [(Lane, Reader<Self::Work>)];

    /// The histogram that gets the seconds of each task.
    const SECONDS: &'static str;

    /// The counter of tasks that failed or must be tried again.
    const FAILED: &'static str;

    /// The span in which the task is done, without its place in the trace.
    fn span(task: &Task<Self::Work>) -> Span;

    /// Does the work, or finds it done. Dropped where the run is to be stopped, and a panic is taken
    /// for a failure of this try.
    fn work(
        &self,
        task: &Task<Self::Work>,
    ) -> impl Future<Output = Result<TaskResult, Self::Error>> + Send;
}

/// An error that knows what becomes of its task.
pub trait Verdict: std::error::Error + Send + 'static {
    /// Another try, or failure.
    fn verdict(&self) -> TaskResult;
}

/// Takes tasks for one stage.
pub struct Tasks {
    /// Where tasks come from and reports go.
    pub queue: Arc<dyn Queue>,
    /// Where leases are kept, and where a stop is seen.
    pub board: Arc<dyn Board>,
    /// New ids, to hold leases by.
    pub ambient: Ambient,
    /// How many tasks of each lane are done at once.
    pub slots: u16,
    /// How long tasks under way may take to end when told to stop.
    pub grace: Duration,
}

#[cfg(test)]
mod tests;
