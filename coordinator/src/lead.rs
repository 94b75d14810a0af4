//! Leading: one loop that takes reports in, hands tasks out, and looks after what is lost.
//!
//! Running twice is harmless: whatever a second leader publishes again is committed once. What the
//! loop holds in memory is only what the store says, and a count of what is under way.
//!
//! Cancel safety: the arms of the loop's `select!` are a queue's `next`, a join set's `join_next`
//! and timers, which lose nothing when dropped; everything else runs to its end inside an arm.

mod chapter;
mod active;
mod due;
mod planning;
mod lanes;
mod gauges;
mod hand_out;
mod look_after;
mod reconcile;
mod anew;
mod take_in;
mod note;
mod closing;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use fabric::queue::{Lane, QueueError};
use fabric::store::StoreError;
use jiff::Timestamp;
use proto::event::{Event, Happening};
use proto::id::RunId;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use self::active::Active;
use self::closing::Closings;
use self::due::Dues;
use self::gauges::Gauges;
use self::lanes::Lanes;
use self::look_after::Seen;
use self::planning::Plannings;
use crate::Coordinator;
use crate::run::Moment;

/// How often the window is measured and what is due is handed out.
const TICK: Duration = Duration::from_millis(100);

/// How often the store is asked which runs are open. A lost word costs this long.
const RECONCILE: Duration = Duration::from_secs(10);

/// How often what is past its time is taken away.
const CLEAN_UP: Duration = Duration::from_mins(10);

/// How long a leader that is told to stop goes on closing runs: meanwhile it keeps the lease, and nobody leads.
const FAREWELL: Duration = Duration::from_secs(5);

/// Most reports that are taken at once.
const REPORTS: u16 = 512;

/// The lease that makes a coordinator the leader.
const LEASE: &str = "leader";

/// What a leader holds in memory.
struct Lead<'c> {
    coordinator: &'c Coordinator,
    began: Instant,
    runs: BTreeMap<RunId, Active>,
    lanes: Lanes,
    gauges: Gauges,
    plannings: Plannings,
    /// The runs that have ended, while that is written and what follows from it is done.
    closings: Closings,
    /// What looks after tasks of which nothing was heard, one round at a time.
    looking: JoinSet<Vec<Seen>>,
    /// Marks without a run, seen once; a run that is being started has one for a moment.
    orphans: HashSet<RunId>,
    /// What is taken away, meanwhile.
    chores: JoinSet<()>,
    /// What writes a wiped board anew.
    showing: JoinSet<Result<(), StoreError>>,
    /// When something is due.
    dues: Dues,
    /// What starts runs that are due, one at a time.
    starting: JoinSet<Result<Option<Timestamp>, StoreError>>,
}

impl Coordinator {
    /// Leads whenever no other coordinator does, until told to stop.
    pub async fn lead(&self, stop: CancellationToken) -> Result<(), QueueError> {
        let me = self.ambient.id().simple().to_string();
        Gauges::rest();
        while !stop.is_cancelled() {
            if self.holds_lease(&me).await {
                // Beside the loop, whose arms may take longer than the lease. Cut off, they leave what a
                // crash would leave.
                tokio::select! {
                    led = self.lead_once(&stop) => led?,
                    () = self.until_lease_is_lost(&me) => tracing::info!("another coordinator leads"),
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(self.settings.lease / 3) => {}
            }
        }
        if let Err(error) = self.board.release(LEASE, &me).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "lease not released");
        }
        Ok(())
    }

    /// Whether this coordinator leads. Without a board it does: two leaders waste work, none wastes
    /// the export.
    async fn holds_lease(&self, me: &str) -> bool {
        match self.board.lease(LEASE, me, self.settings.lease).await {
            Ok(held) => held,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "no board, leading without a lease"
                );
                true
            }
        }
    }

    /// Keeps the lease, and ends once another coordinator has it.
    async fn until_lease_is_lost(&self, me: &str) {
        loop {
            tokio::time::sleep(self.settings.lease / 3).await;
            if !self.holds_lease(me).await {
                return;
            }
        }
    }

    async fn lead_once(&self, stop: &CancellationToken) -> Result<(), QueueError> {
        tracing::info!("leading");
        let mut reports = self.queue.consume(Lane::Reports, REPORTS).await?;
        let mut lead = Lead {
            coordinator: self,
            began: Instant::now(),
            runs: BTreeMap::new(),
            lanes: Lanes::new(self.settings.most_under_way),
            gauges: Gauges::begin(),
            plannings: Plannings::default(),
            closings: Closings::default(),
            looking: JoinSet::new(),
            orphans: HashSet::new(),
            chores: JoinSet::new(),
            showing: JoinSet::new(),
            dues: Dues::default(),
            starting: JoinSet::new(),
        };
        let mut tick = interval(TICK);
        let mut reconcile = interval(RECONCILE);
        let mut clean_up = interval(CLEAN_UP);
        loop {
            tokio::select! {
                () = stop.cancelled() => {
                    lead.closings.finish(FAREWELL).await;
                    return Ok(());
                }
                report = reports.next() => match report {
                    Some(report) => lead.take_in(report, &mut *reports).await,
                    None => return Err(QueueError::Closed),
                },
                Some((run, planned)) = lead.plannings.ended(), if !lead.plannings.is_idle() => {
                    lead.planned(run, planned).await;
                }
                called = lead.closings.next(), if !lead.closings.is_empty() => {
                    if let Some(run) = called {
                        lead.look_at(run).await;
                    }
                }
                Some(seen) = lead.looking.join_next(), if !lead.looking.is_empty() => {
                    if let Ok(seen) = seen {
                        lead.looked_after(seen).await;
                    }
                }
                Some(_) = lead.chores.join_next(), if !lead.chores.is_empty() => {}
                Some(shown) = lead.showing.join_next(), if !lead.showing.is_empty() => {
                    if let Ok(shown) = shown {
                        lead.shown_again(shown).await;
                    }
                }
                Some(started) = lead.starting.join_next(), if !lead.starting.is_empty() => {
                    if let Ok(started) = started {
                        lead.started_due(started);
                    }
                }
                _ = tick.tick() => lead.tick(),
                _ = reconcile.tick() => lead.reconcile().await,
                _ = clean_up.tick(), if lead.chores.is_empty() => {
                    let coordinator = self.clone();
                    lead.chores.spawn(async move {
                        if let Err(error) = coordinator.clean_up().await {
                            tracing::warn!(error = &error as &dyn std::error::Error, "not cleaned up");
                        }
                    });
                }
            }
            lead.hand_out().await;
        }
    }

    /// Appends to an export's events. What the board misses is shown late or not at all; nothing
    /// depends on it.
    pub(crate) async fn tell(&self, run: RunId, what: Happening) {
        self.notify(run, &what).await;
        let event = Event { at: self.ambient.now(), run: run.run, what };
        if let Err(error) = self.board.tell(run.export, &event).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "event not told");
        }
    }
}

impl Lead<'_> {
    fn now(&self) -> Moment {
        self.began.elapsed()
    }

    /// Measures the windows, looks after runs that stand still, and begins what is due.
    fn tick(&mut self) {
        self.observe();
        self.tell_workload();
        self.wake_due();
        self.plan_waiting();
        self.look_after();
        self.look_for_due();
    }
}

fn interval(every: Duration) -> tokio::time::Interval {
    let mut interval = tokio::time::interval(every);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
