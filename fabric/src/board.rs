//! The board: what is known of progress. It may be wiped at any time; nothing here is ever the only
//! copy of anything, and the coordinator writes it anew from the store.

mod process;
mod redis;
mod under_way;
pub mod suite;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use proto::delivery::{Delivery, Moved};
use proto::event::Event;
use proto::fault::{Code, Fault};
use proto::id::{ExportId, Owner, RunId};
use proto::run::{Counts, State};
use serde::{Deserialize, Serialize};

pub use self::process::ProcessBoard;
pub use self::redis::{RedisBoard, RedisConfig};
pub use self::under_way::under_way;

/// Most events kept of an export, or a little more; older ones make room.
pub const MAX_EVENTS: usize = 10_000;

/// Shows progress.
///
/// Every write is idempotent, for a write that timed out may still happen. Every call ends within a
/// deadline.
#[async_trait]
pub trait Board: Send + Sync {
    /// Marks batches as finished and adds what they counted; a batch marked before counts once.
    async fn mark(&self, run: RunId, batches: &[Mark]) -> Result<(), BoardError>;

    /// What is counted of a run; nothing where the board knows nothing of it.
    async fn counts(&self, run: RunId) -> Result<Option<Counts>, BoardError>;

    /// The ordinals marked so far, ascending.
    async fn marked(&self, run: RunId) -> Result<Vec<u32>, BoardError>;

    /// Shows how far a batch is that is under way, in thousandths of it, or shows it anew.
    async fn show_part(&self, run: RunId, ordinal: u32, thousandths: u32)
    -> Result<(), BoardError>;

    /// How far batches of a run are, by their ordinals, as far as they were shown; those that were marked
    /// since are among them.
    async fn parts(&self, run: RunId) -> Result<BTreeMap<u32, u32>, BoardError>;

    /// Shows how far a transport of a run is, or shows it anew.
    async fn show_delivery(
        &self,
        run: RunId,
        transport: u32,
        delivery: &Delivery,
    ) -> Result<(), BoardError>;

    /// Shows how much of a transport's delivery is on the other side, or shows it anew.
    async fn show_moved(&self, run: RunId, transport: u32, moved: Moved) -> Result<(), BoardError>;

    /// The transports of a run by their places, as far as they were shown.
    async fn deliveries(&self, run: RunId) -> Result<BTreeMap<u32, ShownDelivery>, BoardError>;

    /// Forgets the marks, counts, parts and deliveries of a run, and that it shall stop.
    async fn forget_run(&self, run: RunId) -> Result<(), BoardError>;

    /// Says that a run shall stop, to be seen by workers before their next page.
    async fn stop(&self, run: RunId) -> Result<(), BoardError>;

    /// Whether a run shall stop.
    async fn is_stopped(&self, run: RunId) -> Result<bool, BoardError>;

    /// Shows an export in its owner's list, or shows it anew.
    async fn show(&self, summary: &Summary) -> Result<(), BoardError>;

    /// One export as it is shown.
    async fn summary(&self, export: ExportId) -> Result<Option<Summary>, BoardError>;

    /// The exports of an owner, or of all, newest first, older than `before`, at most `limit`.
    async fn list(
        &self,
        owner: Option<&Owner>,
        before: Option<ExportId>,
        limit: usize,
    ) -> Result<Vec<Summary>, BoardError>;

    /// Takes an export and its events away.
    async fn remove(&self, owner: &Owner, export: ExportId) -> Result<(), BoardError>;

    /// Appends to an export's events and wakes those who follow it; the event's id.
    async fn tell(&self, export: ExportId, event: &Event) -> Result<EventId, BoardError>;

    /// Events of an export after an id, from the first where none is given, at most `limit`. Where
    /// there are none, waits up to `wait` for one.
    async fn events(
        &self,
        export: ExportId,
        after: Option<&EventId>,
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<(EventId, Event)>, BoardError>;

    /// Takes or keeps a lease that only saves work: whether `holder` has it for `lifetime` from now.
    async fn lease(&self, name: &str, holder: &str, lifetime: Duration)
    -> Result<bool, BoardError>;

    /// Gives a lease back early.
    async fn release(&self, name: &str, holder: &str) -> Result<(), BoardError>;

    /// Shows how much there is to do, or shows it anew; after `lifetime` nobody is told any more.
    async fn show_workload(
        &self,
        workload: &Workload,
        lifetime: Duration,
    ) -> Result<(), BoardError>;

    /// How much there is to do, where that was shown not long ago.
    async fn workload(&self) -> Result<Option<Workload>, BoardError>;

    /// Whether the board holds everything since [`Board::set_complete`]; a wiped board does not.
    async fn is_complete(&self) -> Result<bool, BoardError>;

    /// Says that everything in the store is shown.
    async fn set_complete(&self) -> Result<(), BoardError>;
}

/// A finished batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Which.
    pub ordinal: u32,
    /// What it counted.
    pub counts: Counts,
}

/// A transport of a run, as far as it was shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShownDelivery {
    /// How far it is, as who leads shows it.
    pub delivery: Option<Delivery>,
    /// How much is on the other side, as the agent shows it.
    pub moved: Option<Moved>,
}

/// An export, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The export.
    pub id: ExportId,
    /// Whose it is.
    pub owner: Owner,
    /// Its name.
    pub name: String,
    /// Its last run; 0 where there was none.
    pub run: u32,
    /// How far that is.
    pub state: State,
    /// How many batches the run has, once planned.
    pub batches: Option<u32>,
    /// How many records the run has, as far as the source can tell.
    pub records: Option<u64>,
}

/// How much there is to do, as who leads counts it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// For workers.
    pub batches: LaneLoad,
    /// Archives to join, for agents.
    pub assemblies: LaneLoad,
    /// Archives to hand over, for agents.
    pub deliveries: LaneLoad,
}

/// How much there is to do in a lane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneLoad {
    /// Tasks that are not finished, whether or not they were handed out yet.
    pub outstanding: u64,
    /// Those of them that were handed out and have not been heard of.
    pub under_way: u64,
}

/// The place of an event among those of its export.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId(pub String);

/// What a board answers instead.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// No connection, or no answer in time. A write that ends so may still happen.
    #[error("the board does not answer ({during})")]
    Unavailable {
        /// What was asked.
        during: &'static str,
        /// Why, where more than time ran out.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// What it holds cannot be read.
    #[error("the board holds something unreadable ({during})")]
    Unreadable {
        /// What was asked.
        during: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

impl BoardError {
    /// What a person is told.
    pub fn fault(&self) -> Fault {
        Fault::new(Code::BoardUnavailable, crate::causes::chain(self))
    }
}
